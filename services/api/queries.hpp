#pragma once
// Where PromQL is evaluated: threads of its own with a short queue, so that long queries hold up
// nothing else, each query within limits of its own. A query whose client has gone goes on until
// its time is over: the gateway keeps the connection (Pistache must not lose it, see
// docker/gateway/nginx.conf.template), so that nobody here is told. Threads: any.

#include "loop/workers.hpp"
#include "promql/source.hpp"
#include "series/sample_source.hpp"

#include <memory>
#include <mutex>
#include <set>

namespace monitron::api {

struct QuerySettings {
  std::string database_url{};
  std::size_t concurrency = 4;
  promql::Limits limits{};
};

class Queries {
 public:
  explicit Queries(QuerySettings settings);
  ~Queries();  // cancels what runs

  const promql::Limits& limits() const { return settings_.limits; }

  // Calls `work` on one of the threads; the time counts from now. False: too many are waiting.
  using Work = std::function<void(series::SampleSource&, promql::Budget&)>;
  [[nodiscard]] bool run(const promql::Limits& limits, Work work);

  // Ends what runs and what waits, soon. For the stop of the program.
  void cancel_all();

 private:
  QuerySettings settings_;
  series::SampleSource source_;
  std::mutex mutex_;  // guards what follows
  bool stopping_ = false;
  std::set<promql::Budget*> budgets_;
  loop::Workers workers_;  // last: its threads use the rest
};

}  // namespace monitron::api
