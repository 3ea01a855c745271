#pragma once
// Sends what is due at one location, shortly before its time, while it holds the location's lease.
// A change of a definition is read alone, as soon as the database tells of it; what is new or
// changed is also sent at once, and so is what somebody waits for (check.wanted). With PostgreSQL
// away the last holder goes on from memory. Owns threads, so that a database that stands still
// delays nothing: one asks the database, one sends, one hears what is wanted. Threads: any.

#include "checker/definitions.hpp"
#include "checker/slice_sender.hpp"
#include "checker/wanted.hpp"
#include "db/listener.hpp"
#include "mq/consumer.hpp"
#include "mq/publisher.hpp"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace monitron::checker {

// Of many checks that are new at once, those beyond this wait for their slots.
inline constexpr std::size_t kAtOnce = 256;
inline constexpr std::size_t kJobsPerSlice = 64;
// The broker hands slices out in turn: of several, each worker has its share of a window.
inline constexpr std::size_t kSlicesPerWindow = 8;

class Scheduler {
 public:
  struct Config {
    std::string database_url;
    mq::Endpoint broker;  // where it hears what is wanted
    std::string location;
    std::string instance;
  };
  Scheduler(Config config, db::Pool& database, mq::Publisher& broker, service::Metrics& metrics);
  ~Scheduler();  // gives the lease back

 private:
  using Time = std::chrono::steady_clock::time_point;

  // The thread that asks.
  void ask();
  void renew();
  bool read(bool changed);
  void take(const DefinitionsRead& read);
  void note_leadership(const Result<std::optional<std::int64_t>>& fence,
                       std::optional<Instant> sent_until);
  // The thread that sends.
  void send();
  void send_due();
  void send_wanted(Instant now);
  Result<void> hear(const contracts::Message& message);
  void send_slices(Instant window, std::uint32_t part, const std::vector<DueCheck>& due);

  db::Pool& database_;
  const std::string location_;
  const std::string instance_;
  const std::string lease_;
  service::Gauge leading_;
  service::Gauge checks_count_;
  service::Counter wanted_runs_;
  SliceSender slices_;

  Time next_renewal_{};  // the asking thread's own, as the next two
  Time next_look_{};
  Definitions definitions_;
  Windows windows_;         // the sending thread's own, as the next one
  std::int64_t fence_ = 0;  // that it sends under

  std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  Leadership leadership_;
  std::optional<Instant> resume_;  // where the holder before stopped
  std::optional<Instant> sent_;    // so far it is sent
  Schedule schedule_;
  std::vector<std::pair<Uuid, std::string>> at_once_;  // new or changed, not sent yet
  Wanted wanted_;
  bool changed_ = true;
  bool stopping_ = false;

  std::thread asking_;
  std::thread sending_;
  db::Listener listener_;
  mq::Consumer wishes_;
};

}  // namespace monitron::checker
