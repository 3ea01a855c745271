#pragma once
// The compactor: turns what the writers have staged into chunks, while it holds the lease. Any
// number of processes may have the role; one of them works, the others wait for the lease. A thread
// keeps the lease and another one works, so that long work does not lose it; a third one looks
// after the chunks that are made (caretaker), which may take long and holds nobody up.

#include "db/pool.hpp"
#include "series/caretaker.hpp"
#include "series/compactor.hpp"
#include "service/metrics.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace monitron::ingest {

class CompactorRole {
 public:
  CompactorRole(const series::CompactorConfig& config, service::Metrics& metrics);
  ~CompactorRole();  // ends with the transaction at hand, and gives the lease back

 private:
  using Clock = std::chrono::steady_clock;

  void keep_lease();
  void renew();
  void give_back();
  void work();
  std::optional<std::int64_t> fence() const;
  bool work_once(std::int64_t fence);
  void care();
  bool care_once(std::int64_t fence);
  void note_failure(const char* who, const Error& error);
  void look();
  void warn(const series::Backlog& backlog);
  // False when it is time to stop.
  bool pause(std::chrono::milliseconds time);

  const std::string lease_;
  const std::string holder_;  // of this life of the process
  db::Pool database_;
  series::Compactor compactor_;
  series::Caretaker caretaker_;
  service::Metrics& metrics_;
  service::Counter samples_, rows_, chunks_, cared_, damaged_;
  service::Histogram seconds_;
  service::Gauge leading_, bytes_, lag_, slots_, held_;
  Clock::time_point looked_{};      // the working thread's own
  Clock::time_point warned_{};      // likewise
  std::atomic<bool> hurry_{false};  // what is to be deleted waits for the compactor

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::optional<std::int64_t> fence_;
  bool stopping_ = false;

  std::thread keeping_;
  std::thread working_;
  std::thread caring_;
};

}  // namespace monitron::ingest
