#pragma once
// Evaluates the rules that are PromQL expressions, each at its interval and when samples arrive
// that it reads (RuleTurns), on the head: recent samples in memory, so that no database is asked.
// An evaluation sees all of a batch or nothing of it. Threads of its own: some evaluate, one keeps
// the head filled. A rule is evaluated only while the head is whole and something arrives at all:
// silence is no all-clear. Recording rules are evaluated at times of their own
// (Recording::slot_at). What fails or takes too long changes no alert, and is counted and logged.

#include "head/head.hpp"
#include "notifier/alert_book.hpp"
#include "notifier/anomalies.hpp"
#include "notifier/evaluations.hpp"
#include "notifier/feed_gaps.hpp"
#include "notifier/recording.hpp"
#include "notifier/rule_turns.hpp"
#include "promql/query.hpp"
#include "service/metrics.hpp"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

namespace monitron::notifier {

class PromqlRules {
 public:
  struct Links {
    // Another number after each break of what arrives; 0: it is broken, or not ours to evaluate.
    std::function<std::uint64_t()> feed;
    // What a rule evaluates to at a moment; fails when not all of it could be taken. On one of the
    // evaluating threads.
    std::function<Result<void>(const store::Rule&, const std::vector<QueryElement>&, Instant,
                               const QueryInput*)>
        tell;
    // What a recording rule makes. On the same.
    std::function<void(contracts::Batch)> record;
    // How each evaluation went, and why there is none. On the same.
    std::function<void(const store::Rule&, const Evaluation&)> note;
  };

  PromqlRules(head::Config config, promql::Source& storage, service::Metrics& metrics,
              const Clock& clock, Links links);
  ~PromqlRules();
  void start();
  void stop();  // no link is used afterwards

  void define(const AlertBook::Definitions& definitions);  // threads: any
  // What arrives; on one thread.
  void take(const contracts::Batch& batch);
  void take(const domain::CheckResult& result);

 private:
  struct Task {
    store::Rule rule;
    promql::Expr expr;
    std::optional<rules::Input> input;  // of a rule for which missing data is something
    std::optional<Recording> recording;
    std::vector<head::Need> needs;
    bool waiting = false;  // for the head
    std::uint64_t evaluations = 0;
    std::shared_ptr<promql::Budget> budget;  // while it is evaluated
    std::string problem;                     // of the last evaluation; of who evaluates it
    std::string waits_for;                   // why there is none just now; of the same
  };
  using TaskPtr = std::shared_ptr<Task>;
  using Tasks = std::unordered_map<Uuid, TaskPtr>;

  std::shared_ptr<Task> make_task(const store::Rule& rule) const;
  std::uint64_t feed() const;
  void work();
  void note_change(bool is_new);
  void ask_who_reads();
  SteadyInstant due_after(const RuleTurns::Turn& turn, const Task& task) const;
  std::int64_t time_of(const Task& task) const;
  // Whether it was evaluated; if not, it is tried again soon.
  bool evaluate(Task& task);
  Evaluation obstacle(const Task& task, std::uint64_t feed);
  void hold(Task& task, Evaluation evaluation);
  Result<std::vector<QueryElement>> elements_of(const store::Rule& rule,
                                                const promql::Value& value);
  struct Answer {
    std::vector<QueryElement> elements;
    std::optional<QueryInput> input;
  };
  Result<Answer> ask(Task& task, std::int64_t time_ms);
  Result<void> tell(Task& task, const Answer& answer, std::int64_t time_ms);
  void note(Task& task, const Result<void>& done, std::chrono::duration<double> took);
  void keep_filled();
  void fill(SteadyInstant now);
  void show(const head::Stats& stats);
  std::int64_t now_ms() const { return to_ms(clock_.now()); }

  promql::Source& storage_;
  const Clock& clock_;
  const Links links_;
  service::Counter evaluations_, on_change_, failures_, gaps_;
  service::Histogram seconds_;
  service::Gauge series_, bytes_, refused_, waiting_;
  head::Head head_;
  Anomalies anomalies_;
  FeedGaps feed_gaps_;
  std::atomic<std::uint64_t> lost_{0};     // how often something did not arrive
  std::atomic<std::int64_t> heard_ms_{0};  // when something arrived last
  std::atomic<std::uint64_t> whole_{0};    // the feed with which the head is whole

  std::mutex mutex_;                     // guards what follows
  std::condition_variable wake_, fill_;  // those who evaluate; who fills the head
  Tasks tasks_;
  RuleTurns turns_;
  bool stopping_ = false;
  std::optional<Error> unfilled_;  // why the head could not be filled; none: it could

  struct Filling;
  std::unique_ptr<Filling> filling_;  // the filling thread's
  std::vector<std::thread> threads_;
};

}  // namespace monitron::notifier
