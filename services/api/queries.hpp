#pragma once
// Where PromQL is evaluated: threads of its own with a short queue, so that long queries hold up
// nothing else, each query within limits of its own. A query whose client has gone ends, and its
// statement in PostgreSQL with it. Threads: any.

#include "loop/workers.hpp"
#include "promql/source.hpp"
#include "series/sample_source.hpp"
#include "service/metrics.hpp"

#include <memory>
#include <mutex>
#include <set>

namespace monitron::api {

struct QuerySettings {
  std::string database_url{};
  std::size_t concurrency = 4;
  std::size_t jobs = 0;  // run_here() at once
  promql::Limits limits{};
};

// What is answered when no more of them may wait.
inline constexpr const char* kTooManyQueries = "too many queries are waiting; try again";

class Queries {
 public:
  Queries(QuerySettings settings, service::Metrics& metrics);
  ~Queries();  // cancels what runs

  const promql::Limits& limits() const { return settings_.limits; }

  // Calls `work` on one of the threads; the time counts from now. It is cancelled when `gone`
  // (which may be null) becomes true. False: too many are waiting.
  using Gone = std::shared_ptr<const std::atomic<bool>>;
  using Work = std::function<void(series::SampleSource&, promql::Budget&)>;
  [[nodiscard]] bool run(const promql::Limits& limits, Gone gone, Work work);
  // The same on this thread, without waiting for one. False: all of it is ending.
  [[nodiscard]] bool run_here(const promql::Limits& limits, Gone gone, const Work& work);

  // Ends what runs and what waits, soon. For the stop of the program.
  void cancel_all();

 private:
  using Budget = std::shared_ptr<promql::Budget>;
  Budget budget(const promql::Limits& limits, Gone gone);  // null: all of it is ending
  void work(const Budget& budget, const Work& work);
  void show();  // with the mutex

  QuerySettings settings_;
  service::Gauge running_, waiting_;
  service::Counter cancelled_;
  series::SampleSource source_;
  std::mutex mutex_;  // guards what follows
  bool stopping_ = false;
  std::set<Budget> budgets_;
  std::size_t at_work_ = 0;  // of them
  loop::Workers workers_;    // last: its threads use the rest
};

}  // namespace monitron::api
