#include "checker/result_sender.hpp"

#include "contracts/telemetry.hpp"

#include <map>

namespace monitron::checker {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kBatch = 256;
constexpr auto kLinger = 10ms;
constexpr auto kRetryPause = 500ms;

}  // namespace

// Outlives the sender while confirms are under way.
struct ResultSender::Shared {
  std::mutex mutex;
  std::condition_variable changed;
  Batch waiting;
  std::size_t unconfirmed = 0;
  bool failed = false;
  bool stopping = false;

  void settle(Batch& batch, bool confirmed) {
    if (confirmed) {
      for (auto& entry : batch) {
        for (auto& work : entry.waiting) work->job_done();
      }
    }
    {
      const std::lock_guard lock(mutex);
      if (confirmed) {
        unconfirmed -= batch.size();
      } else {
        failed = true;
        for (auto& entry : batch) waiting.push_back(std::move(entry));
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
  std::size_t count = 0;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->waiting.push_back({std::move(result), std::move(waiting)});
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
    shared_->changed.wait(lock, [&] { return shared_->stopping || !shared_->waiting.empty(); });
    if (shared_->stopping) return;
    // A short wait fills the batch; after a failure a longer one spares the broker.
    const auto pause = std::exchange(shared_->failed, false) ? kRetryPause : kLinger;
    shared_->changed.wait_for(lock, pause, [&] {
      return shared_->stopping || (pause == kLinger && shared_->waiting.size() >= kBatch);
    });
    Batch batch = std::exchange(shared_->waiting, {});
    lock.unlock();
    send(std::move(batch));
    lock.lock();
  }
}

void ResultSender::send(Batch batch) {
  std::map<std::string, std::vector<Batch>> by_key;
  for (auto& entry : batch) {
    auto& batches = by_key[contracts::check_key(SourceId{entry.result.check_id.value})];
    if (batches.empty() || batches.back().size() == kBatch) batches.emplace_back();
    batches.back().push_back(std::move(entry));
  }
  for (auto& [key, batches] : by_key) {
    for (auto& part : batches) {
      contracts::CheckResults results{worker_, {}};
      for (const auto& entry : part) results.results.push_back(entry.result);
      auto message = contracts::to_message(results, key);
      auto held = std::make_shared<Batch>(std::move(part));
      const auto confirmed = [held, shared = shared_](const Result<void>& done) {
        shared->settle(*held, done.has_value());
      };
      if (!publish_(std::move(message), confirmed)) shared_->settle(*held, false);
    }
  }
}

}  // namespace monitron::checker
