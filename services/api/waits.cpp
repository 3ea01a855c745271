#include "api/waits.hpp"

namespace monitron::api {
namespace {

constexpr std::chrono::milliseconds kLookAgain{100};
constexpr std::size_t kMost = 200;  // at once, of all clients

}  // namespace

Waits::Waits(db::Pool& database) : database_(database), thread_([this] { run(); }) {}

Waits::~Waits() { stop(); }

void Waits::add(Look look, std::shared_ptr<http::Exchange> exchange,
                std::chrono::milliseconds patience, http::Response late) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_ && waiting_ < kMost) {
      ++waiting_;
      fresh_.push_back({std::move(look), std::move(exchange),
                        std::chrono::steady_clock::now() + patience, std::move(late)});
      changed_.notify_all();
      return;
    }
  }
  exchange->send(std::move(late));
}

void Waits::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Waits::run() {
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
  for (auto& wait : waits) wait.exchange->send(std::move(wait.late));
}

// A database that is away is asked again.
void Waits::look(std::vector<Wait>& waits) {
  std::vector<std::optional<http::Response>> found(waits.size());
  (void)database_.transact([&](pqxx::work& tx) {
    for (std::size_t i = 0; i < waits.size(); ++i) found[i] = waits[i].look(tx);
  });
  const auto now = std::chrono::steady_clock::now();
  std::size_t at = 0;
  std::erase_if(waits, [&](Wait& wait) {
    auto& answer = found[at++];
    const auto& gone = wait.exchange->request().gone;
    if (!answer && wait.end > now && (gone == nullptr || !*gone)) return false;
    wait.exchange->send(answer ? std::move(*answer) : std::move(wait.late));
    return true;
  });
}

}  // namespace monitron::api
