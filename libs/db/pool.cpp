#include "db/pool.hpp"

#include "base/clock.hpp"
#include "base/log.hpp"
#include "db/joined.hpp"
#include "db/limited.hpp"
#include "db/session_settings.hpp"
#include "db/time_limits.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <pqxx/pqxx>
#include <utility>
#include <vector>

namespace monitron::db {
namespace {

constexpr int kTries = 3;

// The request is not to blame, and another server or a later moment may do what it asks.
bool is_trouble_of_the_server(const std::string& state) {
  for (const auto* kind : {"08", "53", "57", "58"}) {  // connection, resources, operator, system
    if (state.starts_with(kind)) return true;
  }
  // Read-only: this one became a standby. Then: idle in a transaction too long; a lock not got.
  return state == "25006" || state == "25P03" || state == "55P03";
}

// The one place where libpqxx's exceptions become faults.
Error error_of(const std::exception& problem) {
  const std::string text = problem.what();
  const auto is = [&]<class Kind>(const Kind*) {
    return dynamic_cast<const Kind*>(&problem) != nullptr;
  };
  if (is(static_cast<pqxx::unique_violation*>(nullptr))) return {Fault::conflict, text};
  if (is(static_cast<pqxx::broken_connection*>(nullptr)) ||
      is(static_cast<pqxx::in_doubt_error*>(nullptr)) ||
      is(static_cast<pqxx::insufficient_resources*>(nullptr)) ||
      is(static_cast<pqxx::transaction_rollback*>(nullptr))) {
    return {Fault::unavailable, text};
  }
  if (is(static_cast<pqxx::integrity_constraint_violation*>(nullptr)) ||
      is(static_cast<pqxx::data_exception*>(nullptr))) {
    return {Fault::invalid, text};
  }
  if (const auto* sql = dynamic_cast<const pqxx::sql_error*>(&problem)) {
    const auto& state = sql->sqlstate();
    if (state == "57014") return {Fault::timeout, text};  // statement_timeout
    if (is_trouble_of_the_server(state)) return {Fault::unavailable, text};
  }
  return {Fault::bug, text};
}

// The transaction ends here, with its ROLLBACK if it comes to that: the connection is somebody
// else's as soon as it is given back.
Result<void> one_transaction(pqxx::connection& connection, std::chrono::milliseconds limit,
                             const std::function<Result<void>(pqxx::work&)>& body,
                             const Stop& stop) {
  const AnswerLimit answer(connection.sock(), limit, stop);
  try {
    pqxx::work tx(connection);
    auto result = limited_to() ? limit_to(tx, limited_to()) : Result<void>();
    if (result) result = body(tx);
    if (result) tx.commit();
    return result;
  } catch (const std::exception&) {
    if (answer.is_stopped()) return fail(Fault::timeout, "nobody waits for it any more");
    if (!answer.is_over()) throw;
    return fail(Fault::unavailable, "the transaction was not over in time, and was cut");
  }
}

thread_local Joined* joined = nullptr;

}  // namespace

bool is_collision(const std::exception& problem) {
  return dynamic_cast<const pqxx::serialization_failure*>(&problem) != nullptr ||
         dynamic_cast<const pqxx::deadlock_detected*>(&problem) != nullptr;
}

namespace {

// What a part that threw has done. Nothing is left to undo when all of `tx` is over.
void undo(pqxx::work& tx, const char* sql) {
  try {
    tx.exec(sql);
  } catch (const std::exception& problem) {
    log::debug("database.over", problem.what());
  }
}

}  // namespace

Result<void> part_of(Joined& all, const std::function<Result<void>(pqxx::work&)>& body) {
  auto& tx = all.tx_;
  const auto& limit = limited_to();
  const bool other = limit != all.limit_;
  // One savepoint serves a step and its first part: for most steps that is all.
  const bool first = std::exchange(all.step_is_empty_, false);
  const auto* to_undo =
      first ? "ROLLBACK TO SAVEPOINT step" : "ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part";
  try {
    if (!first) tx.exec("SAVEPOINT part");
    auto result = other ? limit_to(tx, limit) : Result<void>();
    if (result) result = body(tx);
    if (result && other) result = limit_to(tx, all.limit_);
    if (!result) {
      tx.exec(to_undo);
    } else if (!first) {
      tx.exec("RELEASE SAVEPOINT part");
    }
    return result;
  } catch (const std::exception& problem) {
    if (is_collision(problem)) all.collision_ = std::current_exception();
    undo(tx, to_undo);
    return fail(error_of(problem));
  }
}

Joined::Joined(pqxx::work& tx)
    : tx_(tx), before_(std::exchange(joined, this)), limit_(limited_to()) {}
Joined::~Joined() { joined = before_; }

void Joined::throw_collision() const {
  if (collision_) std::rethrow_exception(collision_);
}

bool Joined::begin_step() {
  try {
    tx_.exec(in_step_ ? "RELEASE SAVEPOINT step; SAVEPOINT step" : "SAVEPOINT step");
    in_step_ = step_is_empty_ = true;
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

bool Joined::undo_step() {
  try {
    tx_.exec("ROLLBACK TO SAVEPOINT step");
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

void read_one_moment(pqxx::work& tx) { tx.exec("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"); }

struct Pool::State {
  Config config;
  mutable std::mutex mutex;  // guards what follows
  std::condition_variable freed;
  std::vector<std::unique_ptr<pqxx::connection>> idle;
  std::chrono::steady_clock::time_point left_alone_until{};
  PoolStats stats;

  std::unique_ptr<pqxx::connection> open() const {
    auto connection =
        std::make_unique<pqxx::connection>(with_time_limits(config.url, config.connect_timeout));
    // It would connect again by itself: beyond our limits, and without what is set here.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    connection->inhibit_reactivation(true);
#pragma GCC diagnostic pop
    const AnswerLimit answer(connection->sock(), config.statement_timeout);
    pqxx::nontransaction settings(*connection);
    settings.exec("SET statement_timeout = " + std::to_string(config.statement_timeout.count()));
    settings.exec("SET idle_in_transaction_session_timeout = '30s'");
    settings.exec("SET application_name = " + settings.quote(config.application_name));
    settings.exec(kOwnSettings);
    return connection;
  }

  // Another one for one that was cut; nothing when there is none to be had. A server that answers
  // that was not what took too long.
  std::unique_ptr<pqxx::connection> open_another() {
    try {
      return open();
    } catch (const std::exception&) {
      leave_alone();
      return nullptr;
    }
  }

  // One that hangs or comes up must not hold every thread that asks.
  void leave_alone() {
    const std::lock_guard lock(mutex);
    left_alone_until = std::chrono::steady_clock::now() + config.pause_after_failure;
  }

  bool is_left_alone() const {
    const std::lock_guard lock(mutex);
    return std::chrono::steady_clock::now() < left_alone_until;
  }

  // Nothing when all were busy for too long; an empty pointer is leave to open one.
  std::optional<std::unique_ptr<pqxx::connection>> acquire() {
    std::unique_lock lock(mutex);
    const auto free = [this] { return !idle.empty() || stats.open < config.size; };
    if (!freed.wait_for(lock, config.acquire_timeout, free)) return std::nullopt;
    ++stats.busy;
    if (idle.empty()) {
      ++stats.open;
      return std::unique_ptr<pqxx::connection>();
    }
    auto connection = std::move(idle.back());
    idle.pop_back();
    return connection;
  }

  void release(std::unique_ptr<pqxx::connection> connection) {
    {
      const std::lock_guard lock(mutex);
      --stats.busy;
      if (connection != nullptr) {
        idle.push_back(std::move(connection));
      } else {
        --stats.open;
      }
    }
    freed.notify_one();
  }
};

Pool::Pool(Config config) : state_(std::make_unique<State>()) {
  state_->config = std::move(config);
}
Pool::~Pool() = default;

Result<void> Pool::run(const std::function<Result<void>(pqxx::work&)>& body, const Stop& stop) {
  if (joined != nullptr) return part_of(*joined, body);
  if (state_->is_left_alone()) return fail(Fault::unavailable, "the database is away");
  auto connection = state_->acquire();
  if (!connection) return fail(Fault::unavailable, "all connections to the database are busy");
  bool fresh = *connection == nullptr;
  for (int attempt = 1;; ++attempt) {
    try {
      if (*connection == nullptr) *connection = state_->open();
      auto result = one_transaction(**connection, state_->config.transaction_timeout, body, stop);
      const bool stopped = !result && stop && stop();
      if (stopped || !(*connection)->is_open()) {  // cut
        connection->reset();
        if (!stopped) *connection = state_->open_another();
      }
      state_->release(std::move(*connection));
      return result;
    } catch (const std::exception& problem) {
      const auto error = error_of(problem);
      if (*connection == nullptr) state_->leave_alone();  // could not be opened
      const bool lost = dynamic_cast<const pqxx::broken_connection*>(&problem) != nullptr;
      // A connection that lay idle may have died since; what it was asked now has not been done.
      const bool stale = lost && !fresh && attempt == 1;
      const bool usable = *connection != nullptr && (*connection)->is_open();
      if (!usable || (error.fault == Fault::unavailable && !is_collision(problem))) {
        connection->reset();
      }
      if (stale) fresh = true;
      if (attempt < kTries && (stale || is_collision(problem))) continue;
      state_->release(std::move(*connection));
      return fail(error);
    }
  }
}

Result<void> Pool::ping() {
  return run([](pqxx::work& tx) -> Result<void> {
    tx.exec1("SELECT 1");
    return {};
  });
}

PoolStats Pool::stats() const {
  const std::lock_guard lock(state_->mutex);
  return state_->stats;
}

}  // namespace monitron::db
