#pragma once
// How the rules are evaluated. Written by the notifier in charge, every few seconds; a crash of
// PostgreSQL empties the table until then.

#include "base/clock.hpp"
#include "store/rules.hpp"

#include <map>

namespace monitron::store {

struct RuleEvaluation {
  int version = 0;                  // of the rule
  std::optional<Instant> at{};      // the latest one; none: there was none yet
  std::optional<double> seconds{};  // that it took; none: of kinds that are judged as data arrives
  std::string problem{};            // why it cannot be evaluated; empty: it can
  std::string waits_for{};          // why it is not evaluated just now
};
using RuleEvaluations = std::map<Uuid, RuleEvaluation>;

// Of rules that are enabled; those that are not are forgotten. What is stored and newer stays.
void put_rule_evaluations(pqxx::work& tx, const RuleEvaluations& evaluations);
RuleEvaluations rule_evaluations(pqxx::work& tx);
RuleEvaluations rule_evaluations(pqxx::work& tx, const std::vector<Rule>& rules);  // of these

// As Prometheus calls it.
struct RuleHealth {
  const char* word = "unknown";  // ok, err, unknown
  RuleEvaluation last{};         // of this version of the rule
};
// Not evaluated at all, for three intervals and a while, or not as it is now: unknown.
RuleHealth health_of(const Rule& rule, const RuleEvaluations& evaluations, Instant now);

}  // namespace monitron::store
