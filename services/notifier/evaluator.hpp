#pragma once
// Watches what is measured and keeps alerts and incidents. Every notifier has a tap of its own; the
// one that holds the lease decides. What it decided is stored in order, state, incident and message
// in one transaction; while PostgreSQL is away it goes on from memory. Owns threads.

#include "db/listener.hpp"
#include "db/pool.hpp"
#include "mq/consumer.hpp"
#include "notifier/promql_rules.hpp"
#include "notifier/recorder.hpp"
#include "notifier/store_change.hpp"
#include "notifier/watched_time.hpp"
#include "notifier/wishes.hpp"
#include "service/runtime.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

namespace monitron::notifier {

class Evaluator {
 public:
  struct Config {
    std::string database_url;
    mq::Endpoint broker;
    head::Config head;
  };
  // `storage`: where recent samples are read from that did not arrive here.
  Evaluator(const Config& config, db::Pool& database, promql::Source& storage,
            mq::Publisher& publisher, service::Runtime& runtime);
  ~Evaluator();  // gives the lease back

  bool connected() const { return tap_.connected(); }
  bool leading() const { return leading_; }
  // The number of this leadership, while nobody else can decide, as far as can be known: one that
  // stood still is not sure of it before it has looked at the lease again. Nothing: not sure.
  std::optional<std::uint64_t> term() const;
  // What fires as far as is known here, stored or not; nothing when another one decides.
  std::optional<std::vector<contracts::AlertChanged>> firing();
  // Who is told at once of what was decided here, when it is stored, and that something cannot be
  // stored now; null: nobody. Returns when the ones before are told of nothing any more.
  struct Tell {
    std::function<void(const contracts::AlertChanged&)> stored;
    std::function<void()> waits;
  };
  void tell(Tell tell);
  // How the rules are evaluated, for people to see; nothing while another one decides. Blocks.
  Result<void> store_evaluations();

 private:
  void run();
  void take(const contracts::Message& message);
  std::uint64_t feed() const;
  void keep_lease();
  bool lets_another_one_first(SteadyInstant now);
  Result<void> load(bool afresh);
  std::chrono::seconds note_feed(bool fed);
  void stop_leading();
  bool remember();  // false: something could not be stored
  Result<void> store(const std::deque<Change>& batch);
  Result<void> store_one_by_one(std::deque<Change>& batch);
  void add(Changes changes);
  Instant look();
  PromqlRules::Links links();
  Result<void> take_result(const store::Rule& rule, const std::vector<QueryElement>& result,
                           Instant at, const QueryInput* input);
  void note(const store::Rule& rule, const Evaluation& evaluation);

  db::Pool& database_;
  const Clock& clock_;
  const std::string instance_ = Uuid::make().str();
  service::Counter fired_, resolved_;
  service::Gauge active_, refused_, failing_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  AlertBook book_;
  WatchedTime watched_;
  std::deque<Change> changes_;  // not stored yet
  std::uint64_t decided_ = 0;   // changes, so far
  bool definitions_changed_ = true;
  bool forgotten_ = false;  // changes were dropped, the book knows more than PostgreSQL
  bool stopping_ = false;
  std::atomic<bool> leading_{false};
  std::atomic<std::uint64_t> leaderships_{0};
  std::atomic<SteadyInstant> looked_{};  // at the lease: when the last look began that has ended

  std::mutex tell_mutex_;  // guards tell_
  Tell tell_;

  std::optional<SteadyInstant> fed_since_;  // thread_'s, as what follows
  SteadyInstant fed_at_;
  // How long nobody decided, before this one did: no time of which a condition is known to hold.
  std::chrono::milliseconds unwatched_{0};
  std::int64_t fence_ = 0;  // of the lease, as of the last time that the book was read; thread_'s
  bool database_away_ = false;  // thread_'s, as what follows
  SteadyInstant may_take_over_;
  std::uint64_t told_waiting_ = 0;  // of decided_
  Evaluations evaluations_;
  Recorder recorder_;
  Wishes wishes_;
  PromqlRules promql_rules_;
  db::Listener rules_changed_;
  db::Listener checks_changed_;
  mq::Consumer tap_;
  std::thread thread_;  // the last one: it uses all of the above
};

}  // namespace monitron::notifier
