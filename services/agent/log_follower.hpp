#pragma once
// Follows logs and counts their lines, by level and by pattern. What is counted is kept from start
// to start, and is told exactly once: the counts of a round and the places they were read up to go
// to the disk before its batch, with the batch's identity; which of them hold after a crash is
// decided by whether the spool has that batch.
// Threads: one at a time.

#include "agent/log_settings.hpp"
#include "agent/log_state.hpp"
#include "agent/measurements.hpp"

#include <functional>

namespace monitron::agent {

class LogFollower {
 public:
  // `own`: labels of the agent, which outlive it.
  LogFollower(LogSettings settings, const Labels& own);

  // Goes on where an earlier run stopped. `was_spooled` says of its last batch whether it is there,
  // or was sent. Without this call nothing is kept on the disk.
  void resume(const std::string& state_file,
              const std::function<bool(const contracts::BatchId&)>& was_spooled);
  // What has come since, for the batch of this identity. When the disk does not keep how far that
  // is, it waits for the next round.
  void read(const contracts::BatchId& batch, SteadyInstant now, Round& round);
  // Whether that batch was spooled; else the same is read again.
  void settle(bool spooled);

 private:
  struct Log {
    LogFile about{};
    host::LogTail tail;
    LogCounts counts{};
    LogCounts kept{};
    host::TailRound last{};
    std::string complained{};  // of what, last
  };
  void follow(const LogStates& states);
  void read_log(Log& log, SteadyInstant now);
  void count(Log& log, std::string_view line) const;
  bool write_down(const contracts::BatchId& batch);
  void take_back();
  LogStates states() const;
  void tell(const Log& log, Measurements& out) const;

  LogSettings settings_;
  const Labels& own_;
  std::vector<Log> logs_;
  std::string state_file_;   // empty: nothing is kept
  LogStates saved_;          // what is true, as the disk has it
  bool must_save_ = false;   // the disk may have something else
  bool is_failing_ = false;  // to save
};

}  // namespace monitron::agent
