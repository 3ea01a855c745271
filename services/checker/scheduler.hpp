#pragma once
// Sends the slices of one location, two seconds ahead, while it holds the location's lease. Change
// notices of the database and a look every ten seconds keep the definitions fresh; what is new or
// changed is sent at once. With PostgreSQL
// away the last holder goes on from memory. Owns two threads, so that a database that stands still
// delays no slice: one asks the database, the other sends. Threads: any.

#include "checker/slices.hpp"
#include "db/listener.hpp"
#include "db/pool.hpp"
#include "mq/publisher.hpp"
#include "service/metrics.hpp"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace monitron::checker {

class Scheduler {
 public:
  Scheduler(db::Pool& database, const std::string& database_url, mq::Publisher& broker,
            service::Metrics& metrics, std::string location, std::string instance);
  ~Scheduler();  // gives the lease back

 private:
  using Time = std::chrono::steady_clock::time_point;
  using Checks = std::vector<domain::CheckDefinition>;

  // The thread that asks.
  void ask();
  void renew();
  void reload();
  // The thread that sends.
  void send();
  void send_due();
  void publish(const contracts::CheckSlice& slice);

  db::Pool& database_;
  mq::Publisher& broker_;
  const std::string location_;
  const std::string instance_;
  const std::string lease_;
  service::Counter slices_;
  service::Counter unsent_;
  service::Gauge leading_;
  service::Gauge checks_count_;

  Time next_renewal_{};    // the asking thread's own
  Time next_reload_{};     // so is this
  SecondsToSend seconds_;  // the sending thread's own

  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  Leadership leadership_;
  std::shared_ptr<const Checks> checks_;  // null: not read yet
  Checks at_once_;                        // new or changed, not sent yet
  bool changed_ = true;
  bool stopping_ = false;

  std::thread asking_;
  std::thread sending_;
  db::Listener listener_;
};

}  // namespace monitron::checker
