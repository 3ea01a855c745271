#pragma once
// Sends the slices of one location, two seconds ahead, while it holds the location's lease. Change
// notices of the database and a look every ten seconds keep the definitions fresh. With PostgreSQL
// away the last holder goes on from memory. Owns a thread; Threads: any.

#include "checker/slices.hpp"
#include "db/listener.hpp"
#include "db/pool.hpp"
#include "mq/publisher.hpp"
#include "service/metrics.hpp"

#include <condition_variable>
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

  void run();
  void renew();
  void reload();
  void send_due();
  void publish(const contracts::CheckSlice& slice);

  db::Pool& database_;
  mq::Publisher& broker_;
  std::string location_;
  std::string instance_;
  std::string lease_;
  service::Counter slices_;
  service::Counter unsent_;
  service::Gauge leading_;
  service::Gauge checks_count_;

  std::vector<domain::CheckDefinition> checks_;  // the thread's own, like what follows
  Leadership leadership_;
  SecondsToSend seconds_;
  Time next_renewal_{};
  Time next_reload_{};

  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  bool changed_ = true;
  bool stopping_ = false;

  std::thread thread_;
  db::Listener listener_;
};

}  // namespace monitron::checker
