#pragma once
// PostgreSQL: a bounded pool of connections and transact(), the one place where libpqxx's
// exceptions become faults. Threads: any; a call blocks its thread up to the time limits
// of Config, also when the server stands still, so never on a loop.

#include "base/result.hpp"
#include "db/time_limits.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <pqxx/transaction>
#include <string>
#include <type_traits>

namespace monitron::db {

struct Config {
  std::string url;  // libpq connection string or postgres:// URL
  std::string application_name;
  std::size_t size = 4;  // connections at most
  std::chrono::milliseconds acquire_timeout{5000};
  std::chrono::seconds connect_timeout{5};  // libpq takes 1 for 2
  std::chrono::milliseconds statement_timeout{10000};
  std::chrono::milliseconds transaction_timeout{15000};  // then the connection is cut
  // So long it is not asked after it could not be reached, as is tried when a connection was cut:
  // unavailable, at once.
  std::chrono::milliseconds pause_after_failure{1000};
};

struct PoolStats {
  std::size_t open = 0;
  std::size_t busy = 0;
};

class Pool {
 public:
  // Opens nothing yet: a database that is away is found out by the first use.
  explicit Pool(Config config);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Runs `body` in one transaction and commits. The body throws (libpqxx) or returns an Error to
  // roll back. Serialization failures and deadlocks are retried up to 3 times, so the body must be
  // repeatable. Faults: unique_violation → conflict; foreign_key/check/data errors → invalid;
  // lost connection, in-doubt commit, full pool → unavailable; statement timeout → timeout;
  // the rest → bug. When `stop` says that nobody waits any more, the transaction is rolled back and
  // ends with timeout; not for bodies that write, which might be committed all the same.
  template <class Body>
  auto transact(Body&& body, const Stop& stop = {}) {
    using Out = std::invoke_result_t<Body, pqxx::work&>;
    if constexpr (std::is_void_v<Out>) {
      return run(
          [&](pqxx::work& tx) -> Result<void> {
            body(tx);
            return {};
          },
          stop);
    } else if constexpr (IsResult<Out>::value) {
      Out out = fail(Fault::bug, "no transaction ran");
      const Result<void> done = run(
          [&](pqxx::work& tx) -> Result<void> {
            out = body(tx);
            if (!out) return fail(out.error());
            return {};
          },
          stop);
      if (!done) return Out(fail(done.error()));
      return out;
    } else {
      Result<Out> out = fail(Fault::bug, "no transaction ran");
      const Result<void> done = run(
          [&](pqxx::work& tx) -> Result<void> {
            out = body(tx);
            return {};
          },
          stop);
      if (!done) return Result<Out>(fail(done.error()));
      return out;
    }
  }

  // One round trip; for readiness.
  Result<void> ping();
  PoolStats stats() const;

 private:
  template <class T>
  struct IsResult : std::false_type {};
  template <class T>
  struct IsResult<tl::expected<T, Error>> : std::true_type {};

  Result<void> run(const std::function<Result<void>(pqxx::work&)>& body, const Stop& stop = {});

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace monitron::db
