#include "domain/drill.hpp"

#include "domain/cron.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace monitron::domain {
namespace {

constexpr std::array<std::string_view, 3> kVerdicts = {"ok", "late", "lost"};

std::string seconds_of(std::chrono::milliseconds time) {
  return std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count()) + " s";
}

void lose(DrillState& state, std::string why, Instant now) {
  state.verdict = DrillVerdict::lost;
  state.detail = std::move(why);
  state.ended_at = now;
  if (!state.ending_at) state.ending_at = now;
}

// Why this half of it is lost; nothing: it is not.
std::optional<std::string> loss(const DrillTelling& telling, Instant since, const DrillTimes& times,
                                Instant now) {
  if (!telling.failure.empty()) return telling.failure;
  if (now - since < times.deadline) return std::nullopt;
  return "within " + seconds_of(times.deadline) + ": " + telling.missing;
}

}  // namespace

std::string_view to_string(DrillVerdict verdict) {
  return kVerdicts.at(static_cast<std::size_t>(verdict));
}

std::optional<DrillVerdict> parse_drill_verdict(std::string_view text) {
  const auto* const found = std::find(kVerdicts.begin(), kVerdicts.end(), text);
  if (found == kVerdicts.end()) return std::nullopt;
  return static_cast<DrillVerdict>(found - kVerdicts.begin());
}

DrillState go_on(DrillState state, const DrillFindings& found, Instant now) {
  if (state.verdict) return state;
  if (state.fires()) {
    if (found.beginning.done_at) {
      state.told_at = std::max(*found.beginning.done_at, state.started_at);
      state.ending_at = now;
    } else if (auto why = loss(found.beginning, state.started_at, state.times, now)) {
      lose(state, std::move(*why), now);
    }
    return state;
  }
  if (found.end.done_at) {
    const auto took = *state.told_at - state.started_at;
    const bool late = took > state.times.target;
    state.verdict = late ? DrillVerdict::late : DrillVerdict::ok;
    if (late) {
      state.detail =
          "told after " + seconds_of(took) + ", later than " + seconds_of(state.times.target);
    }
    state.ended_at = now;
  } else if (auto why = loss(found.end, *state.ending_at, state.times, now)) {
    lose(state, "its end: " + *why, now);
  }
  return state;
}

DrillState never_begun(Instant at, const DrillTimes& times) {
  DrillState state;
  state.started_at = at;
  state.times = times;
  lose(state, "no notifier was there to begin it", at);
  return state;
}

std::optional<Instant> due_drill(const std::string& cron, const std::string& zone, Instant after,
                                 Instant now) {
  const auto times = Cron::parse(cron);
  if (!times) return std::nullopt;  // api lets none in
  std::optional<Instant> due;
  auto next = times->next(std::max(after, now - std::chrono::hours(1)), zone);
  while (next && *next <= now) {
    due = next;
    next = times->next(*due, zone);
  }
  return due;
}

}  // namespace monitron::domain
