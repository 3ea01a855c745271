#pragma once
// What no worker can run, because its results come from elsewhere: heartbeats, groups, and the
// silence of checks that should have results. One watcher acts for all locations, while it holds
// the lease; what it decides it tells as workers do, as check.results. Owns a thread. Threads: any.

#include "checker/outages.hpp"
#include "checker/result_sender.hpp"
#include "checker/watcher_groups.hpp"
#include "checker/watcher_heartbeats.hpp"
#include "checker/watcher_silence.hpp"
#include "db/listener.hpp"
#include "mq/publisher.hpp"

#include <condition_variable>
#include <memory>
#include <thread>

namespace monitron::checker {

struct WatcherConfig {
  std::string database_url;
  mq::ConsumerConfig pings;  // of kHeartbeatQueue
  std::string instance;      // who holds the lease
};

class Watcher {
 public:
  // All outlive it.
  Watcher(WatcherConfig config, db::Pool& database, mq::Publisher& broker,
          service::Metrics& metrics, const Clock& clock);
  ~Watcher();  // gives the lease back

 private:
  using Time = std::chrono::steady_clock::time_point;

  // What it has while it leads.
  struct Office {
    HeartbeatKeeper heartbeats;
    GroupKeeper groups;
    SilenceKeeper silence;
    std::unique_ptr<mq::BatchConsumer> pings{};  // ends first

    Office(const Watcher& watcher, const WatcherLease& lease,
           const HeartbeatKeeper::SendMark& send_mark, const Tell& tell,
           const SilenceKeeper::TellMissed& tell_missed)
        : heartbeats(watcher.database_, lease, send_mark, tell, watcher.metrics_),
          groups(watcher.database_, tell),
          silence(watcher.database_, tell, tell_missed, watcher.metrics_, watcher.clock_.now()) {}
  };

  void run();
  void tick();
  void renew();
  void take_office(std::int64_t fence);
  void leave_office();
  void reload();
  bool tell(domain::CheckResult result);
  void note(const char* what, const Result<void>& done);

  const WatcherConfig config_;
  db::Pool& database_;
  mq::Publisher& broker_;
  service::Metrics& metrics_;
  const Clock& clock_;
  service::Gauge leading_;
  ResultSender sender_;

  // The thread's own.
  Outages outages_;
  std::vector<store::PingOutage> saved_;  // as they are stored
  bool lease_seen_ = false;
  bool ingest_ready_ = true;  // as the latest renewal saw it
  std::int64_t fence_ = 0;
  std::unique_ptr<Office> office_;
  Time renewed_{};  // when the renewal that succeeded last was asked for
  Time next_renewal_{}, next_reload_{}, next_groups_{}, next_silence_{};

  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  bool changed_ = false;
  bool stopping_ = false;

  std::thread thread_;
  db::Listener listener_;
};

}  // namespace monitron::checker
