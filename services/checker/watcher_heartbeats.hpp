#pragma once
// The watcher's heartbeats. Pings come from the broker in order and one batch at a time: decide,
// remember (heartbeats, inbox and outbox in one transaction), ack; the relay sends the results. A
// deadline is decided only after a mark, sent to the same queue after the deadline and after the
// time that a ping may take to the broker, has come back: then every ping that was accepted before
// the deadline has been taken in. Threads: any; decisions are made one at a time.

#include "checker/outages.hpp"
#include "checker/watched.hpp"
#include "contracts/heartbeat_ping.hpp"
#include "mq/consumer.hpp"
#include "service/metrics.hpp"
#include "store/heartbeats.hpp"

#include <map>
#include <mutex>
#include <span>

namespace monitron::checker {

class HeartbeatKeeper {
 public:
  // Gives the message to the broker; what becomes of it is found out by its coming back.
  using SendMark = std::function<void(contracts::HeartbeatMark)>;

  HeartbeatKeeper(db::Pool& database, WatcherLease lease, SendMark send_mark, Tell tell,
                  service::Metrics& metrics);

  // Definitions and states as the database has them.
  Result<void> load();
  // As the answer of mq::BatchConsumer's handler.
  Result<void> take(std::span<const mq::Delivery> deliveries);
  // Sends a mark when a deadline waits for one, decides what has got its mark, and says again what
  // is due to be said again.
  Result<void> tick(Instant now, const Outages& outages);

  // The clock was set: marks of before it say nothing.
  void forget_marks();

 private:
  struct Entry {
    domain::CheckDefinition check;
    store::Heartbeat heartbeat;
    std::optional<domain::HeartbeatDeadline> deadline;
  };
  using Words = std::vector<std::pair<Uuid, domain::HeartbeatWord>>;

  void keep(const domain::CheckDefinition& check, store::Heartbeat heartbeat);
  Result<void> take_pings(const std::vector<contracts::HeartbeatPing>& pings);
  Result<void> learn(pqxx::work& tx, const std::vector<contracts::HeartbeatPing>& pings);
  Result<void> remember(pqxx::work& tx, const store::Heartbeats& heartbeats,
                        const std::vector<domain::CheckResult>& results) const;
  void mark_if_needed(Instant now);
  Result<void> decide_overdue(const Outages& outages);
  void restate(Instant now);

  db::Pool& database_;
  const WatcherLease lease_;
  const SendMark send_mark_;
  const Tell tell_;
  const Uuid watcher_ = Uuid::make();
  service::Counter pings_, downs_, excused_;

  std::mutex mutex_;  // guards what follows; held through transactions
  std::unordered_map<Uuid, Entry> entries_;
  Instant marked_{};   // when the latest mark was sent
  Instant drained_{};  // all that was in the queue then is taken in
  Instant restated_{};
};

}  // namespace monitron::checker
