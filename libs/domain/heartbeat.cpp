#include "domain/heartbeat.hpp"

#include "domain/cron.hpp"

#include <algorithm>
#include <array>

namespace monitron::domain {

namespace {

using std::chrono::milliseconds;

constexpr std::array<std::string_view, 4> kPingKinds{"success", "start", "fail", "log"};
constexpr std::array<std::string_view, 4> kPhases{"fresh", "up", "down", "unknown"};

template <class Enum, std::size_t N>
std::optional<Enum> value_in(const std::array<std::string_view, N>& names, std::string_view text) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

// Nothing when the cron expression is none: then nothing is expected.
std::optional<Instant> next_due(const HeartbeatSettings& settings, Instant from) {
  if (settings.cron.empty()) return from + settings.period;
  const auto cron = Cron::parse(settings.cron);
  return cron ? cron->next(from, settings.time_zone) : std::nullopt;
}

CheckStatus status_of(HeartbeatPhase phase) {
  if (phase == HeartbeatPhase::up) return CheckStatus::up;
  return phase == HeartbeatPhase::down ? CheckStatus::down : CheckStatus::unknown;
}

std::string when(const std::optional<Instant>& time) { return time ? to_text(*time) : "never"; }

// The time of day alone, when the day was told.
std::string when_after(const std::optional<Instant>& told, Instant time) {
  const auto text = when(time);
  const bool same_day = told && when(told).substr(0, 10) == text.substr(0, 10);
  return same_day ? text.substr(11) : text;
}

std::string failure(const HeartbeatPing& ping) {
  if (ping.exit_code) return "exit code " + std::to_string(*ping.exit_code);
  return "it says that it failed";
}

// The result that a finished run is.
HeartbeatWord finish_run(HeartbeatState& state, const HeartbeatPing& ping) {
  const bool good = ping.kind == PingKind::success;
  state.phase = good ? HeartbeatPhase::up : HeartbeatPhase::down;
  state.exit_code = ping.exit_code;
  state.run_time.reset();
  if (state.started && *state.started <= ping.at) state.run_time = ping.at - *state.started;
  state.started.reset();
  state.counted_from = ping.at;
  if (good) state.last_success = ping.at;
  state.reason = good ? "" : failure(ping);
  return {state.slot, status_of(state.phase), state.reason};
}

}  // namespace

std::string_view to_string(PingKind kind) { return kPingKinds.at(static_cast<std::size_t>(kind)); }
std::optional<PingKind> parse_ping_kind(std::string_view text) {
  return value_in<PingKind>(kPingKinds, text);
}
std::string_view to_string(HeartbeatPhase phase) {
  return kPhases.at(static_cast<std::size_t>(phase));
}
std::optional<HeartbeatPhase> parse_heartbeat_phase(std::string_view text) {
  return value_in<HeartbeatPhase>(kPhases, text);
}

HeartbeatStep take_ping(const HeartbeatState& state, HeartbeatPing ping) {
  HeartbeatStep step{state, std::nullopt};
  // The clocks of the doors differ, and a ping that came late came.
  if (state.last_ping) ping.at = std::max(ping.at, *state.last_ping);
  step.state.last_ping = ping.at;
  if (ping.kind == PingKind::start) {
    step.state.started = ping.at;
    return step;
  }
  step.state.slot = std::max(ping.at, state.slot + milliseconds(1));
  if (ping.kind == PingKind::log) {
    step.word = {step.state.slot, status_of(state.phase), state.reason};
  } else {
    step.word = finish_run(step.state, ping);
  }
  return step;
}

std::optional<HeartbeatDeadline> deadline_of(const HeartbeatState& state,
                                             const HeartbeatSettings& settings) {
  if (state.phase == HeartbeatPhase::down) return std::nullopt;
  std::optional<HeartbeatDeadline> found;
  if (state.counted_from) {
    if (const auto due = next_due(settings, *state.counted_from)) {
      const auto from = std::max(*state.counted_from, *due - settings.grace);
      found = HeartbeatDeadline{from, *due, *due + settings.grace};
    }
  }
  if (state.started && (!found || *state.started + settings.grace < found->at)) {
    found = HeartbeatDeadline{*state.started, *state.started, *state.started + settings.grace};
  }
  return found;
}

HeartbeatStep pass_deadline(const HeartbeatState& state, const HeartbeatDeadline& deadline,
                            const std::string& excuse) {
  HeartbeatStep step{state, std::nullopt};
  auto& now = step.state;
  const bool unfinished = state.started == deadline.due;
  now.slot = std::max(deadline.at, state.slot + milliseconds(1));
  now.phase = excuse.empty() ? HeartbeatPhase::down : HeartbeatPhase::unknown;
  now.started.reset();
  now.run_time.reset();
  now.exit_code.reset();
  // Of a call that may have been turned away the next one is waited for.
  now.counted_from = deadline.due;
  const auto& told = unfinished ? state.started : state.last_ping;
  std::string reason = unfinished ? "began at " + when(told) + " and did not end by "
                                  : "last ping " + when(told) + ", the next was due at " +
                                        when_after(told, deadline.due) + " and did not come by ";
  reason += when_after(told, deadline.at);
  if (!excuse.empty()) reason += "; " + excuse;
  now.reason = reason;
  step.word = {now.slot, status_of(now.phase), reason};
  return step;
}

std::optional<HeartbeatWord> restate(const HeartbeatState& state,
                                     const std::optional<HeartbeatDeadline>& deadline,
                                     Instant slot) {
  if (state.phase == HeartbeatPhase::fresh || slot <= state.slot) return std::nullopt;
  if (deadline && slot >= deadline->at) return std::nullopt;
  return HeartbeatWord{slot, status_of(state.phase), state.reason};
}

}  // namespace monitron::domain
