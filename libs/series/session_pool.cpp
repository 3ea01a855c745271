#include "series/session_pool.hpp"

namespace monitron::series {

namespace {
constexpr int kAttempts = 3;
}

Result<void> SessionPool::with(std::chrono::milliseconds wait,
                               const std::function<Result<void>(Session&)>& work) {
  if (auto done = acquire(wait); !done) return done;
  Result<void> done;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    bool again = false;
    done = this->attempt(work, again);
    if (done || !again) break;
  }
  const std::lock_guard lock(mutex_);
  ++free_;
  released_.notify_one();
  return done;
}

Result<void> SessionPool::acquire(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  if (!released_.wait_for(lock, wait, [&] { return free_ > 0; })) {
    return fail(Fault::unavailable, "too many queries at once");
  }
  --free_;
  return {};
}

Result<void> SessionPool::attempt(const std::function<Result<void>(Session&)>& work, bool& again) {
  std::optional<Session> session;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      session.emplace(std::move(idle_.back()));
      idle_.pop_back();
    }
  }
  const bool was_idle = session.has_value();
  if (!session) {
    auto opened = Session::open(url_, application_name_);
    if (!opened) return fail(opened.error());
    session.emplace(std::move(*opened));
  }
  auto done = work(*session);
  if (done) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(*session));
    return done;
  }
  // A session that failed may be in any state: it is closed.
  const bool lost = was_idle && done.error().fault == Fault::unavailable;
  again = lost || done.error().fault == Fault::conflict;
  if (lost) {  // then the others are lost too
    const std::lock_guard lock(mutex_);
    idle_.clear();
  }
  return done;
}

}  // namespace monitron::series
