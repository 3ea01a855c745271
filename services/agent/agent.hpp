#pragma once
// The agent as a whole: joins the server, measures on a timer, spools, sends. One loop thread
// (timers, HTTP) and one worker (everything that may block: /proc, the spool's fsync, enrolment).

#include "agent/config.hpp"
#include "agent/identity.hpp"
#include "agent/log_follower.hpp"
#include "agent/measurements.hpp"
#include "agent/remote_configuration.hpp"
#include "agent/scraper.hpp"
#include "agent/sender.hpp"
#include "http/probes.hpp"
#include "loop/workers.hpp"

#include <atomic>
#include <memory>

namespace monitron::agent {

class Agent {
 public:
  explicit Agent(Config config);
  // Until SIGTERM: 0. 69 when the state directory or the probes' address can not be used; 74 when
  // an fsync failed.
  int run();

 private:
  Result<void> open();
  void join();  // worker
  void start_sending(const Identity& identity);
  void measure();  // worker
  void keep(Round& round);
  void stop();                          // loop
  void finish();                        // worker
  void obey(const Settings& settings);  // worker
  void measure_every_interval();        // loop
  void on_worker(std::function<void()> task);
  OwnFigures figures() const;
  void publish_status();

  Config config_;
  loop::Loop loop_;
  http::ProbeStatus status_;
  std::unique_ptr<SpoolFiles> files_;
  std::unique_ptr<Spool> spool_;
  Quarantine quarantine_;
  Collector collector_;
  Scraper scraper_;
  LogFollower logs_;
  BatchMaker batches_;
  RemoteConfiguration configuration_;
  SourceId source_;
  Backoff join_backoff_;
  std::unique_ptr<Sender> sender_;
  bool refusal_logged_ = false;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> measuring_ = false;
  std::chrono::milliseconds interval_;       // loop only
  bool is_measured_regularly_ = false;       // loop only
  loop::Timer timer_;                        // loop only
  loop::Timer grace_timer_;                  // loop only
  std::shared_ptr<const Round> last_round_;  // worker; null without probes
  std::unique_ptr<http::Probes> probes_;
  loop::Workers workers_;  // after what its tasks use
  http::Client client_;    // hands its last answers to the workers
};

}  // namespace monitron::agent
