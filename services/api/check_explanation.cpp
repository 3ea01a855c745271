#include "api/check_explanation.hpp"

#include "api/listing.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

using domain::CheckStatus;

std::string count_of(int number, const std::string& of_many) {
  return std::to_string(number) + " of " + of_many;
}

// As the states of rules are called.
std::string standing_of(const CheckFacts& facts) {
  if (facts.states.flapping) return "flapping";
  if (facts.states.warning) return "warning";
  return std::string(to_string(facts.states.status));
}

const domain::LocatedState* most_failures(const CheckFacts& facts) {
  const auto& at = facts.states.at;
  const auto worst = std::max_element(at.begin(), at.end(), [](const auto& a, const auto& b) {
    return a.state.failures < b.state.failures;
  });
  return worst == at.end() || worst->state.failures == 0 ? nullptr : &*worst;
}

// Fails somewhere, and is not down for that; empty: it does not.
std::string soft_text(const CheckFacts& facts) {
  if (facts.states.status == CheckStatus::down) return "";
  const auto down =
      std::count_if(facts.states.at.begin(), facts.states.at.end(),
                    [](const auto& one) { return one.state.status == CheckStatus::down; });
  if (down > 0) {
    return "it is down at " +
           count_of(static_cast<int>(down), std::to_string(facts.check.locations.size())) +
           " locations, and " + std::to_string(facts.quorum) + " must see it down";
  }
  const auto* worst = most_failures(facts);
  if (worst == nullptr) return "";
  return "it fails, but not often enough yet: " +
         count_of(worst->state.failures, std::to_string(facts.check.failures_before_down)) +
         " failures in a row at " + worst->location;
}

std::string why_quiet(const CheckFacts& facts) {
  if (const auto soft = soft_text(facts); !soft.empty()) return soft;
  const auto standing = standing_of(facts);
  if (standing == "unknown") return "it is not known how it stands";
  if (standing == "warning") return "it is up, with a warning";
  return "it is " + standing;
}

std::string states_of(const store::Rule& rule) {
  std::string text;
  for (const auto& state : rule.states) text += (text.empty() ? "" : " or ") + state;
  return text;
}

std::string verdict_of(const CheckFacts& facts, const RuleStanding& standing) {
  if (standing.alert) return verdict_of(*standing.alert);
  return "Nobody was paged, because the rule is about checks that are " + states_of(standing.rule) +
         ", and " + why_quiet(facts) + ".";
}

Json location_json(const domain::LocatedState& at) {
  const auto time = [](Instant instant) {
    return instant == Instant{} ? Json(nullptr) : Json(to_rfc3339(instant));
  };
  return {{"location", at.location},
          {"status", to_string(at.state.status)},
          {"result", to_string(at.state.last)},
          {"failures", at.state.failures},
          {"successes", at.state.successes},
          {"warning", at.state.warns()},
          {"unknowns", at.state.unknowns},
          {"since", time(at.state.status_since)},
          {"slot", time(at.state.slot)}};
}

}  // namespace

std::string verdict_of(const CheckFacts& facts) {
  if (!facts.check.enabled) return "Nobody was paged, because the check is paused.";
  if (facts.rules.empty()) {
    return "Nobody is paged about this check, because no enabled rule on states of checks selects "
           "it.";
  }
  // An incident says more than an alert, an alert more than none.
  const auto weight = [](const RuleStanding& one) {
    if (!one.alert) return 0;
    return one.alert->incident ? 2 : 1;
  };
  const auto& most =
      *std::max_element(facts.rules.begin(), facts.rules.end(),
                        [&](const auto& a, const auto& b) { return weight(a) < weight(b); });
  if (most.alert) return verdict_of(*most.alert);
  return "Nobody was paged, because " + why_quiet(facts) + ".";
}

Json explanation_json(const CheckFacts& facts) {
  Json locations = Json::array();
  for (const auto& at : facts.states.at) locations.push_back(location_json(at));
  Json rules = Json::array();
  for (const auto& standing : facts.rules) {
    rules.push_back({{"rule_id", standing.rule.id.str()},
                     {"rule_name", standing.rule.name},
                     {"severity", standing.rule.severity},
                     {"for_seconds", standing.rule.for_seconds},
                     {"alert", standing.alert ? standing.alert->alert : Json(nullptr)},
                     {"verdict", verdict_of(facts, standing)}});
  }
  return {{"check_id", facts.check.id.str()},
          {"name", facts.check.name},
          {"status", facts.check.enabled ? standing_of(facts) : "paused"},
          {"verdict", verdict_of(facts)},
          {"quorum", facts.quorum},
          {"failures_before_down", facts.check.failures_before_down},
          {"successes_before_up", facts.check.successes_before_up},
          {"locations", std::move(locations)},
          {"rules", std::move(rules)}};
}

}  // namespace monitron::api
