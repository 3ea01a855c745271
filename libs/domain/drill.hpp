#pragma once
// How a drill goes on: an alert raised on purpose, to find out whether people would be told of a
// real one. Pure: what was found out about it in, what is to be done now out.
//
// It fires until all who are to be told of it were, then it is to be over, until they were told
// that, too. Each of the two has the deadline for itself. ok: told of within its target; late:
// later than that; lost: not told of it, or not of its end, within the deadline, or certainly
// never.

#include "base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace monitron::domain {

enum class DrillVerdict { ok, late, lost };
std::string_view to_string(DrillVerdict verdict);
std::optional<DrillVerdict> parse_drill_verdict(std::string_view text);

struct DrillTimes {
  std::chrono::seconds target{60};
  std::chrono::seconds deadline{600};  // at least the target
  bool operator==(const DrillTimes&) const = default;
};

struct DrillState {
  Instant started_at{};
  DrillTimes times{};
  std::optional<Instant> told_at{};    // of its beginning
  std::optional<Instant> ending_at{};  // since then it is to be over
  std::optional<Instant> ended_at{};   // the verdict was given
  std::optional<DrillVerdict> verdict{};
  std::string detail{};  // why it is late or lost

  bool fires() const { return !ending_at; }
  bool operator==(const DrillState&) const = default;
};

// How far the telling of its beginning, or of its end, has come.
struct DrillTelling {
  std::optional<Instant> done_at{};  // all were told
  std::string failure{};             // somebody never will be, and why
  std::string missing{};             // who was not told yet
};
struct DrillFindings {
  DrillTelling beginning{};
  DrillTelling end{};  // as long as it fires it says nothing
};

// Never goes back, and changes nothing once there is a verdict. Times are of one clock.
DrillState go_on(DrillState state, const DrillFindings& found, Instant now);

// One that was asked for, or due, and that nobody began.
DrillState never_begun(Instant at, const DrillTimes& times);

// The latest time of the schedule (domain/cron.hpp) after `after`, if it has come, and no more than
// an hour ago: what was missed for longer is not made up for.
std::optional<Instant> due_drill(const std::string& cron, const std::string& zone, Instant after,
                                 Instant now);

}  // namespace monitron::domain
