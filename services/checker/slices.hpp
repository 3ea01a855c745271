#pragma once
// The scheduler's arithmetic, without clock or network: which checks are due in a second, and which
// seconds are to be sent now.

#include "contracts/check_slice.hpp"

#include <vector>

namespace monitron::checker {

inline constexpr std::chrono::seconds kAhead{2};  // how long before its time a slice is sent
inline constexpr std::size_t kJobsPerSlice = 64;

// The slices of one second; several when many checks are due.
std::vector<contracts::CheckSlice> slices_of(const std::vector<domain::CheckDefinition>& checks,
                                             const std::string& location, Instant second,
                                             std::int64_t fence);

// The checks that are new or ask something else than before, so that nobody waits an interval to
// learn whether they work. Their first result decides their state alone: it carries thresholds of
// one. Of many at once those beyond kAtOnce wait for their slots.
inline constexpr std::size_t kAtOnce = 256;
std::vector<domain::CheckDefinition> to_run_at_once(
    const std::vector<domain::CheckDefinition>& before,
    const std::vector<domain::CheckDefinition>& checks);

// Jobs of this moment, outside the checks' slots.
std::vector<contracts::CheckSlice> slices_at_once(
    const std::vector<domain::CheckDefinition>& checks, const std::string& location, Instant now,
    std::int64_t fence);

// Which seconds to send. After a pause (takeover, stopped machine) what is past is left out: its
// slots stay without a result. A clock set back by more than ten seconds starts anew.
class SecondsToSend {
 public:
  std::vector<Instant> due(Instant now);
  void forget() { next_ = {}; }

 private:
  Instant next_{};
};

// Whether this scheduler may send. Pure: what the lease said, and when.
class Leadership {
 public:
  void held(std::int64_t fence) { fence_ = fence; }
  void lost() { fence_ = 0; }
  // The database is away: the last holder goes on from memory; storing twice stores once.
  void unreachable() {}
  bool leads() const { return fence_ != 0; }
  std::int64_t fence() const { return fence_; }

 private:
  std::int64_t fence_ = 0;
};

}  // namespace monitron::checker
