#include "series/session_pool.hpp"

#include <algorithm>

namespace monitron::series {

namespace {
constexpr int kAttempts = 3;
constexpr std::chrono::milliseconds kLookAgain{100};  // whether the query is still wanted
constexpr std::chrono::seconds kWhole{1};             // no limit at all would be 0

// What a query may mean is looked at before PostgreSQL is asked: what it refuses is our mistake,
// and its words are not for who asked.
Error of_database(Error error) {
  if (error.fault == Fault::invalid) error.fault = Fault::bug;
  if (error.fault == Fault::timeout) error.fault = Fault::unavailable;
  return error;
}
}  // namespace

Result<void> SessionPool::with(const promql::Budget& budget,
                               const std::function<Result<void>(Session&)>& work) {
  if (auto done = acquire(budget); !done) return done;
  Result<void> done;
  for (int tries = 0; tries < kAttempts; ++tries) {
    bool again = false;
    done = attempt(budget, work, again);
    if (done || !again) break;
  }
  const std::lock_guard lock(mutex_);
  ++free_;
  released_.notify_one();
  return done;
}

Result<void> SessionPool::acquire(const promql::Budget& budget) {
  std::unique_lock lock(mutex_);
  while (!released_.wait_for(lock, std::min(kLookAgain, budget.remaining()),
                             [&] { return free_ > 0; })) {
    if (budget.is_cancelled()) return budget.check();
    if (budget.check()) continue;
    return fail(Fault::unavailable, "too many queries at once");
  }
  --free_;
  return {};
}

Result<void> SessionPool::attempt(const promql::Budget& budget,
                                  const std::function<Result<void>(Session&)>& work, bool& again) {
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
  session->stop_when([&budget] { return budget.is_cancelled(); });
  auto done = session->allow(std::chrono::ceil<std::chrono::seconds>(budget.remaining()) + kWhole);
  if (done) done = work(*session);
  if (done) {
    session->stop_when({});
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(*session));
    return done;
  }
  // A session that failed may be in any state: it is closed.
  if (budget.is_cancelled()) {
    session->cancel();
    return budget.check();
  }
  if (auto wanted = budget.check(); !wanted) return wanted;
  const bool lost = was_idle && done.error().fault == Fault::unavailable;
  again = lost || done.error().fault == Fault::conflict;
  if (lost) {  // then the others are lost too
    const std::lock_guard lock(mutex_);
    idle_.clear();
  }
  return fail(of_database(done.error()));
}

}  // namespace monitron::series
