#pragma once
// What is usual for the series of the rules on anomalies, learnt from stored samples by a thread of
// its own: soon after a rule is defined, then about every hour. While nothing was learnt for a rule
// it is not evaluated; learning that fails leaves what was learnt before, and is tried again.

#include "notifier/query_elements.hpp"
#include "rules/anomaly.hpp"
#include "service/metrics.hpp"
#include "store/rules.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace monitron::notifier {

class Anomalies {
 public:
  Anomalies(promql::Source& storage, service::Metrics& metrics, const Clock& clock);
  ~Anomalies();
  void start();
  void stop();

  void define(const std::vector<store::Rule>& rules);  // threads: any, as what follows
  bool knows(const store::Rule& rule);  // whether something was learnt for this version of it
  std::optional<Error> problem_of(const store::Rule& rule);  // why it could not be, the last time
  // Of what the rule's expression evaluates to that which is unusual, and what is to be said of it.
  // Faults: unavailable, while nothing was learnt; invalid, two elements with the same labels.
  Result<std::vector<QueryElement>> unusual(const store::Rule& rule, const promql::Vector& result);

 private:
  using Learnt = std::shared_ptr<const rules::Baselines>;
  struct Subject {
    store::Rule rule;
    promql::Expr expr;
    SteadyInstant due;
    Learnt learnt;
    std::optional<Error> problem{};  // of the last time
  };

  Learnt learnt_for(const store::Rule& rule);
  void work();
  // With the mutex held, which it gives up meanwhile.
  void learn(const Uuid& id, std::unique_lock<std::mutex>& lock);
  void note(Subject& subject, const Result<rules::Baselines>& outcome);

  promql::Source& storage_;
  const Clock& clock_;
  service::Counter learnt_, failures_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::map<Uuid, Subject> subjects_;
  std::shared_ptr<promql::Budget> budget_;  // while something is learnt
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace monitron::notifier
