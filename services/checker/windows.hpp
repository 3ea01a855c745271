#pragma once
// Which windows of time are to be sent now, and which were not sent. Pure: without clock or
// network.

#include "checker/schedule.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace monitron::checker {

// How long before its begin a window is sent: enough for the broker, and so little that a check
// that is changed runs in its old form for less than a second.
inline constexpr std::chrono::milliseconds kAhead{600};
// A window that could not be sent is of use this long after its begin.
inline constexpr std::chrono::seconds kUseful{5};

struct Span {
  Instant from;
  Instant to;
  bool operator==(const Span&) const = default;
};

class Windows {
 public:
  struct Due {
    std::vector<Instant> begins;
    std::optional<Span> missed;  // before them
  };
  // What was sent before by another holder or another run of this one; absent: nothing is known.
  void start(std::optional<Instant> sent_until) { next_ = sent_until; }
  // After a pause (takeover, stopped machine) windows are sent late while that is of use; earlier
  // ones are missed. A clock set back by more than ten seconds starts anew; by less, it waits.
  Due due(Instant now);
  // Before this all windows were due.
  std::optional<Instant> next() const { return next_; }

 private:
  std::optional<Instant> next_;
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
