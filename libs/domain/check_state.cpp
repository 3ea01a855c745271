#include "domain/check_state.hpp"

#include <algorithm>

namespace monitron::domain {

namespace {

// Counters stop growing here, so that years of success do not overflow them.
constexpr int kCountLimit = 1'000'000;

void count(CheckState& state, CheckStatus result, const StateThresholds& thresholds) {
  const auto up_by_one = [](int& counter) { counter = std::min(counter + 1, kCountLimit); };
  state.last = result;
  if (result == CheckStatus::unknown) {
    up_by_one(state.unknowns);
    return;
  }
  state.unknowns = 0;
  // Counts of a row outlive what could not be run: they say what was seen before.
  const bool turned = result == CheckStatus::up ? state.failures > 0 : state.successes > 0;
  state.flapping = thresholds.flap_detection ? advance(state.flapping, turned) : Flapping{};
  if (result == CheckStatus::up) {
    up_by_one(state.successes);
    state.failures = 0;
  } else {
    up_by_one(state.failures);
    state.successes = 0;
  }
}

CheckStatus decide(const CheckState& state, const StateThresholds& thresholds) {
  if (state.unknowns >= thresholds.unknowns_before_unknown) return CheckStatus::unknown;
  if (state.last == CheckStatus::down && state.failures >= thresholds.failures_before_down) {
    return CheckStatus::down;
  }
  if (state.last == CheckStatus::up) {
    const bool enough = state.successes >= thresholds.successes_before_up;
    if (enough || state.status == CheckStatus::unknown) return CheckStatus::up;
  }
  return state.status;
}

}  // namespace

StateStep advance(const CheckState& state, CheckStatus result, Instant slot,
                  const StateThresholds& thresholds, bool warning) {
  StateStep step{state, false, state.status, false};
  if (slot <= state.slot) return step;
  count(step.state, result, thresholds);
  step.state.slot = slot;
  if (result != CheckStatus::unknown) {
    const bool trouble = warning || result == CheckStatus::down;
    step.state.warning =
        advance(state.warning, trouble,
                trouble ? thresholds.failures_before_down : thresholds.successes_before_up);
  }
  const CheckStatus decided = decide(step.state, thresholds);
  if (decided != state.status || state.slot == Instant{}) {
    step.changed = decided != state.status;
    step.state.status = decided;
    step.state.status_since = slot;
  }
  return step;
}

StateStep advance(const CheckState& state, const CheckResult& result) {
  const auto& latest = result.if_latest;
  if (latest && *latest != state.heard && *latest != state.slot) {
    return {state, false, state.status, true};
  }
  auto step = advance(state, result.outcome.status, result.slot,
                      {result.failures_before_down, result.successes_before_up,
                       result.unknowns_before_unknown, result.flap_detection},
                      result.outcome.warning);
  if (!latest) step.state.heard = std::max(step.state.heard, result.slot);
  return step;
}

}  // namespace monitron::domain
