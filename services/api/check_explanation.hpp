#pragma once
// Why somebody was, or was not, told of a check: its alerts, whatever rule made them, the other
// rules on states of checks that select it, and the counters that make its state. Pure.

#include "api/explanation.hpp"
#include "domain/check_verdict.hpp"
#include "store/checks.hpp"
#include "store/rules.hpp"

namespace monitron::api {

struct RuleStanding {
  store::Rule rule{};                 // once for each of its alerts about the check
  std::optional<AlertFacts> alert{};  // of now
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
