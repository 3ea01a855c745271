#include "checker/result_sender.hpp"

#include "contracts/telemetry.hpp"

#include <map>

namespace monitron::checker {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kBatch = 256;
constexpr auto kLinger = 50ms;
constexpr auto kRetryPause = 500ms;

}  // namespace

// Outlives the sender while confirms are under way.
struct ResultSender::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  Batch waiting;
  Parcels again;  // not confirmed: sent once more
  std::size_t unconfirmed = 0;
  bool stopping = false;

  void settle(const std::shared_ptr<Parcel>& parcel, bool confirmed) {
    if (confirmed) {
      for (const auto& works : parcel->waiting) {
        for (const auto& work : works) work->job_done();
      }
    }
    {
      const std::lock_guard lock(mutex);
      if (confirmed) {
        unconfirmed -= parcel->waiting.size();
      } else {
        again.push_back(parcel);
      }
    }
    changed.notify_all();
  }
};

ResultSender::ResultSender(std::string worker, Publish publish)
    : worker_(std::move(worker)),
      publish_(std::move(publish)),
      shared_(std::make_shared<Shared>()),
      thread_([this] { run(); }) {}

ResultSender::~ResultSender() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stopping = true;
  }
  shared_->changed.notify_all();
  thread_.join();
}

void ResultSender::add(domain::CheckResult result, Waiting waiting) {
  add(Entry{std::move(result), std::move(waiting)});
}

void ResultSender::add(domain::MissedSlots missed, Waiting waiting) {
  MONITRON_EXPECTS(missed.check_id.has_value());
  add(Entry{std::move(missed), std::move(waiting)});
}

void ResultSender::add(Entry entry) {
  std::size_t count = 0;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->waiting.push_back(std::move(entry));
    ++shared_->unconfirmed;
    count = shared_->waiting.size();
  }
  if (count == 1 || count >= kBatch) shared_->changed.notify_all();  // else it fills meanwhile
}

std::size_t ResultSender::unconfirmed() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->unconfirmed;
}

void ResultSender::run() {
  std::unique_lock lock(shared_->mutex);
  for (;;) {
    shared_->changed.wait(lock, [&] {
      return shared_->stopping || !shared_->waiting.empty() || !shared_->again.empty();
    });
    if (shared_->stopping) return;
    // A short wait fills the batch; after a failure a longer one spares the broker.
    const auto pause = shared_->again.empty() ? kLinger : kRetryPause;
    shared_->changed.wait_for(lock, pause, [&] {
      return shared_->stopping || (pause == kLinger && shared_->waiting.size() >= kBatch);
    });
    Parcels parcels = std::exchange(shared_->again, {});
    Batch batch = std::exchange(shared_->waiting, {});
    lock.unlock();
    for (auto& parcel : pack(std::move(batch))) parcels.push_back(std::move(parcel));
    for (const auto& parcel : parcels) send(parcel);
    lock.lock();
  }
}

ResultSender::Parcels ResultSender::pack(Batch batch) const {
  std::map<std::string, std::shared_ptr<Parcel>> open;
  Parcels parcels;
  for (auto& entry : batch) {
    auto* result = std::get_if<domain::CheckResult>(&entry.told);
    auto* missed = std::get_if<domain::MissedSlots>(&entry.told);
    const auto id = result != nullptr ? result->check_id : *missed->check_id;
    auto key = contracts::check_key(SourceId{id.value});
    auto& parcel = open[key];
    if (!parcel || parcel->waiting.size() == kBatch) {
      parcel = std::make_shared<Parcel>();
      parcel->content.worker = worker_;
      parcel->key = std::move(key);
      parcels.push_back(parcel);
    }
    if (result != nullptr) parcel->content.results.push_back(std::move(*result));
    if (missed != nullptr) parcel->content.missed.push_back(std::move(*missed));
    parcel->waiting.push_back(std::move(entry.waiting));
  }
  return parcels;
}

void ResultSender::send(const std::shared_ptr<Parcel>& parcel) {
  const auto confirmed = [parcel, shared = shared_](const Result<void>& done) {
    shared->settle(parcel, done.has_value());
  };
  if (!publish_(contracts::to_message(parcel->content, parcel->key), confirmed)) {
    shared_->settle(parcel, false);
  }
}

}  // namespace monitron::checker
