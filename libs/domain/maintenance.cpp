#include "domain/maintenance.hpp"

#include <algorithm>

namespace monitron::domain {
namespace {

// Joins what overlaps or touches.
std::vector<TimeSpan> united(std::vector<TimeSpan> spans) {
  std::sort(spans.begin(), spans.end(),
            [](const TimeSpan& a, const TimeSpan& b) { return a.from < b.from; });
  std::vector<TimeSpan> whole;
  for (const auto& span : spans) {
    if (!whole.empty() && span.from <= whole.back().to) {
      whole.back().to = std::max(whole.back().to, span.to);
    } else {
      whole.push_back(span);
    }
  }
  return whole;
}

}  // namespace

bool MaintenanceWindow::covers(const LabelSet& labels) const {
  if (everything) return true;
  return !selector.empty() && selects(selector, labels);
}

MaintenanceTimes::MaintenanceTimes(const MaintenanceWindow& window)
    : once_(window.once),
      in_force_{window.in_force_from, window.in_force_until.value_or(Instant::max())} {}

Result<MaintenanceTimes> MaintenanceTimes::of(const MaintenanceWindow& window) {
  MaintenanceTimes times(window);
  if (!window.recurrence) return times;
  const auto& again = *window.recurrence;
  auto rule = RRule::parse(again.rrule, again.start, again.time_zone);
  if (!rule) return fail(rule.error());
  times.rule_ = std::make_shared<const RRule>(std::move(*rule));
  times.duration_ = again.duration;
  return times;
}

// What the window says, whether in force or not.
std::optional<TimeSpan> MaintenanceTimes::occurrence_at(Instant now) const {
  if (once_) return once_->from <= now && now < once_->to ? once_ : std::nullopt;
  if (!rule_) return std::nullopt;
  const auto begin = rule_->latest(now - duration_ + std::chrono::milliseconds(1), now);
  if (!begin) return std::nullopt;
  return TimeSpan{*begin, *begin + duration_};
}

std::optional<TimeSpan> MaintenanceTimes::occurrence_after(Instant from) const {
  if (once_) return once_->from > from ? once_ : std::nullopt;
  const auto begin =
      rule_ ? rule_->next(from + std::chrono::milliseconds(1)) : std::optional<Instant>();
  if (!begin) return std::nullopt;
  return TimeSpan{*begin, *begin + duration_};
}

std::optional<TimeSpan> MaintenanceTimes::in_force(const TimeSpan& span) const {
  const TimeSpan part{std::max(span.from, in_force_.from), std::min(span.to, in_force_.to)};
  return part.from < part.to ? std::optional(part) : std::nullopt;
}

std::optional<TimeSpan> MaintenanceTimes::at(Instant now) const {
  if (now < in_force_.from || now >= in_force_.to) return std::nullopt;
  const auto span = occurrence_at(now);
  return span ? in_force(*span) : std::nullopt;
}

std::vector<TimeSpan> MaintenanceTimes::between(Instant from, Instant to, std::size_t most) const {
  const auto range = in_force({from, to});
  std::vector<TimeSpan> spans;
  if (!range) return spans;
  auto span = occurrence_at(range->from);
  if (!span) span = occurrence_after(range->from);
  for (; span && span->from < range->to; span = occurrence_after(span->from)) {
    const TimeSpan part{std::max(span->from, range->from), std::min(span->to, range->to)};
    if (!spans.empty() && part.from <= spans.back().to) {
      spans.back().to = std::max(spans.back().to, part.to);
    } else if (spans.size() == most) {
      break;
    } else {
      spans.push_back(part);
    }
  }
  return spans;
}

std::vector<TimeSpan> MaintenanceTimes::next(Instant now, std::size_t most) const {
  std::vector<TimeSpan> spans;
  auto span = occurrence_after(now);
  for (; span && span->from < in_force_.to && spans.size() < most;
       span = occurrence_after(span->from)) {
    if (const auto part = in_force(*span)) spans.push_back(*part);
  }
  return spans;
}

MaintenancePlan::MaintenancePlan(std::span<const MaintenanceWindow> windows) {
  for (const auto& window : windows) {
    auto times = MaintenanceTimes::of(window);
    if (times) entries_.push_back({window, std::move(*times)});
  }
}

std::vector<MaintenancePlan::Active> MaintenancePlan::active(Instant now) const {
  std::vector<Active> found;
  for (const auto& [window, times] : entries_) {
    if (const auto span = times.at(now)) found.push_back({&window, span->to});
  }
  return found;
}

const MaintenancePlan::Active* MaintenancePlan::over(std::span<const Active> active,
                                                     const LabelSet& labels) {
  const Active* longest = nullptr;
  for (const auto& one : active) {
    const bool longer = longest == nullptr || one.until > longest->until;
    if (longer && one.window->covers(labels)) longest = &one;
  }
  return longest;
}

std::vector<TimeSpan> MaintenancePlan::outside_sla(const LabelSet& labels, Instant from,
                                                   Instant to) const {
  std::vector<TimeSpan> spans;
  for (const auto& [window, times] : entries_) {
    if (window.counts_in_sla || !window.covers(labels)) continue;
    const auto more = times.between(from, to);
    spans.insert(spans.end(), more.begin(), more.end());
  }
  return united(std::move(spans));
}

}  // namespace monitron::domain
