#include "api/deletion_waits.hpp"

#include "api/promql_answer.hpp"
#include "store/retention.hpp"

#include <set>

namespace monitron::api {
namespace {

constexpr std::chrono::milliseconds kLookAgain{200};
constexpr std::size_t kMost = 200;  // at once, of all clients

void answer(http::Exchange& exchange, bool done) {
  exchange.send(done ? http::Response{.status = 204}
                     : promql_answer(PromqlError{PromqlError::Type::timeout,
                                                 "the deletion was accepted and will be done, but "
                                                 "not within the time limit"}));
}

}  // namespace

DeletionWaits::DeletionWaits(db::Pool& database)
    : database_(database), thread_([this] { run(); }) {}

DeletionWaits::~DeletionWaits() { stop(); }

void DeletionWaits::add(const Uuid& deletion, std::shared_ptr<http::Exchange> exchange,
                        std::chrono::milliseconds patience) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && waiting_ < kMost) {
      ++waiting_;
      fresh_.push_back(
          {deletion, std::move(exchange), std::chrono::steady_clock::now() + patience});
      changed_.notify_all();
      return;
    }
  }
  answer(*exchange, false);
}

void DeletionWaits::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void DeletionWaits::run() {
  std::vector<Wait> waits;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (waits.empty()) changed_.wait(lock, [this] { return stopping_ || !fresh_.empty(); });
    std::move(fresh_.begin(), fresh_.end(), std::back_inserter(waits));
    fresh_.clear();
    lock.unlock();
    look(waits);
    lock.lock();
    waiting_ = waits.size() + fresh_.size();
    if (!waits.empty()) changed_.wait_for(lock, kLookAgain, [this] { return stopping_; });
  }
  std::move(fresh_.begin(), fresh_.end(), std::back_inserter(waits));
  fresh_.clear();
  lock.unlock();
  for (const auto& wait : waits) answer(*wait.exchange, false);
}

// A database that is away is asked again.
void DeletionWaits::look(std::vector<Wait>& waits) {
  std::set<Uuid> done;
  (void)database_.transact([&](pqxx::work& tx) {
    for (const auto& wait : waits) {
      if (store::is_deleted(tx, wait.deletion)) done.insert(wait.deletion);
    }
  });
  const auto now = std::chrono::steady_clock::now();
  std::erase_if(waits, [&](const Wait& wait) {
    const auto& gone = wait.exchange->request().gone;
    const bool ready = done.contains(wait.deletion);
    if (!ready && wait.end > now && (gone == nullptr || !*gone)) return false;
    answer(*wait.exchange, ready);
    return true;
  });
}

}  // namespace monitron::api
