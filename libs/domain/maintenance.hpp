#pragma once
// Maintenance windows: times in which alerts of what carries certain labels are not told. Measuring
// goes on.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "domain/rrule.hpp"
#include "domain/threshold.hpp"
#include "domain/time_span.hpp"

#include <memory>
#include <optional>
#include <span>

namespace monitron::domain {

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

// When a window is: what it says, as far as that was in force. Threads: any.
class MaintenanceTimes {
 public:
  // Fault: invalid, of what a recurrence says.
  static Result<MaintenanceTimes> of(const MaintenanceWindow& window);

  // The occurrence that holds `now`, the last of several that overlap.
  std::optional<TimeSpan> at(Instant now) const;
  // What of it lies in [from, to), in order; those that touch are one. `most`: no more than these.
  std::vector<TimeSpan> between(Instant from, Instant to, std::size_t most = SIZE_MAX) const;
  // The next occurrences that begin after `now`.
  std::vector<TimeSpan> next(Instant now, std::size_t most) const;

 private:
  explicit MaintenanceTimes(const MaintenanceWindow& window);

  std::optional<TimeSpan> occurrence_at(Instant now) const;
  std::optional<TimeSpan> occurrence_after(Instant from) const;
  std::optional<TimeSpan> in_force(const TimeSpan& span) const;

  std::optional<TimeSpan> once_;
  std::shared_ptr<const RRule> rule_;  // none: it comes once
  std::chrono::seconds duration_{0};
  TimeSpan in_force_;
};

// Windows ready to be asked about many alerts and checks. Threads: any.
class MaintenancePlan {
 public:
  // Windows that cannot be read are left out: whoever stored them did not check them.
  explicit MaintenancePlan(std::span<const MaintenanceWindow> windows);

  struct Active {
    const MaintenanceWindow* window;  // lives as long as the plan
    Instant until;
  };
  // Those that hold `now`.
  std::vector<Active> active(Instant now) const;
  // Of these, the one that covers `labels` and lasts longest; none: nullptr.
  static const Active* over(std::span<const Active> active, const LabelSet& labels);
  // The time in [from, to) in which a window covers `labels` that does not count in the SLA: in
  // order, without overlaps.
  std::vector<TimeSpan> outside_sla(const LabelSet& labels, Instant from, Instant to) const;

 private:
  struct Entry {
    MaintenanceWindow window;
    MaintenanceTimes times;
  };
  std::vector<Entry> entries_;
};

}  // namespace monitron::domain
