#pragma once
// Why somebody was, or was not, told of a check: which rules on states of checks select it, where
// each stands, and the counters that make its state. Pure.

#include "api/explanation.hpp"
#include "domain/check_verdict.hpp"
#include "store/checks.hpp"
#include "store/rules.hpp"

namespace monitron::api {

struct RuleStanding {
  store::Rule rule{};                 // enabled, and it selects the check
  std::optional<AlertFacts> alert{};  // of this rule about the check, now
};

struct CheckFacts {
  store::Check check{};
  domain::CheckStates states{};
  int quorum = 1;
  std::vector<RuleStanding> rules{};
};

std::string verdict_of(const CheckFacts& facts);
Json explanation_json(const CheckFacts& facts);

}  // namespace monitron::api
