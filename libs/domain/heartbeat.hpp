#pragma once
// A dead man's switch: what is watched calls in, and is down when it does not. Pure: state,
// settings and ping (or time) in, state and result out.
//
//   fresh    nothing has called yet; nothing is expected
//   up       it called; it is expected again by the deadline
//   down     it did not, or it said that it failed, or it began and did not end in time
//   unknown  it did not, but we may have turned its call away: trouble of our own
//
// Expected is a call a period after the last success, or at the next time of the cron expression;
// the deadline is the grace time later. A start must be followed by a success within the grace
// time.

#include "domain/check.hpp"

namespace monitron::domain {

enum class PingKind { success, start, fail, log };
std::string_view to_string(PingKind kind);
std::optional<PingKind> parse_ping_kind(std::string_view text);

struct HeartbeatPing {
  PingKind kind = PingKind::success;
  std::optional<int> exit_code;  // 0 with success, another with fail
  Instant at;                    // when it came in
  bool operator==(const HeartbeatPing&) const = default;
};

enum class HeartbeatPhase { fresh, up, down, unknown };
std::string_view to_string(HeartbeatPhase phase);
std::optional<HeartbeatPhase> parse_heartbeat_phase(std::string_view text);

struct HeartbeatState {
  HeartbeatPhase phase = HeartbeatPhase::fresh;
  std::optional<Instant> last_ping;  // of any kind
  std::optional<Instant> last_success;
  std::optional<Instant> counted_from;                // from where the next call is expected
  std::optional<Instant> started;                     // and not ended
  std::optional<std::chrono::milliseconds> run_time;  // of the run that ended last
  std::optional<int> exit_code;                       // of the same
  std::string reason;                                 // why it is not up
  Instant slot{};                                     // of the latest result; each has a later one
  bool operator==(const HeartbeatState&) const = default;
};

// What is to be told of it.
struct HeartbeatWord {
  Instant slot;
  CheckStatus status = CheckStatus::unknown;
  std::string reason;
  bool operator==(const HeartbeatWord&) const = default;
};

struct HeartbeatStep {
  HeartbeatState state;
  std::optional<HeartbeatWord> word;  // nothing to tell after a start
};

// A ping that looks older than the last one (clocks differ) counts as of the time of that one.
HeartbeatStep take_ping(const HeartbeatState& state, HeartbeatPing ping);

// By when it must call; nothing while nothing is expected.
struct HeartbeatDeadline {
  Instant expected_from;  // a call that was turned away since then may have been the one
  Instant due;
  Instant at;
  bool operator==(const HeartbeatDeadline&) const = default;
};
std::optional<HeartbeatDeadline> deadline_of(const HeartbeatState& state,
                                             const HeartbeatSettings& settings);

// The deadline has passed, and whatever came before it was taken in. `excuse`: why a call may have
// been turned away by us since it was expected; empty: it was not.
HeartbeatStep pass_deadline(const HeartbeatState& state, const HeartbeatDeadline& deadline,
                            const std::string& excuse);

// What there is to say at `slot` when nothing happens; nothing while fresh, nor between a deadline
// and its decision.
std::optional<HeartbeatWord> restate(const HeartbeatState& state,
                                     const std::optional<HeartbeatDeadline>& deadline,
                                     Instant slot);

}  // namespace monitron::domain
