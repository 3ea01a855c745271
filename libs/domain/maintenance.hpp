#pragma once
// Maintenance windows: times in which alerts of what carries certain labels are not told. Measuring
// goes on.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "domain/threshold.hpp"

#include <optional>

namespace monitron::domain {

// [from, to).
struct TimeSpan {
  Instant from;
  Instant to;
  bool operator==(const TimeSpan&) const = default;
};

// Windows that come again, as people tell them.
struct Recurrence {
  std::string rrule;  // RFC 5545: "FREQ=WEEKLY;BYDAY=SU"
  std::string start;  // what clocks there show at the first one: "2026-11-22T02:00:00"
  std::chrono::seconds duration{0};  // as it elapses, also where clocks are changed meanwhile
  std::string time_zone;             // IANA name
  bool operator==(const Recurrence&) const = default;
};

struct MaintenanceWindow {
  Uuid id{};
  std::string name{};
  LabelSet selector{};      // labels an alert must have, all of them
  bool everything = false;  // all alerts; else `selector` is not empty
  // One of the two.
  std::optional<TimeSpan> once{};
  std::optional<Recurrence> recurrence{};
  bool counts_in_sla = true;  // false: its time is no part of the availability
  // When people wanted it so. A window that is changed or deleted stays what it was until then.
  Instant in_force_from{};
  std::optional<Instant> in_force_until{};

  // Whether it is about what has these labels.
  bool covers(const LabelSet& labels) const;
};

}  // namespace monitron::domain
