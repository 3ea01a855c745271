#pragma once
// Alert rules. Written by api; the notifier reads them. Each change wakes whoever listens on the
// channel "rules_changed".

#include "base/clock.hpp"
#include "domain/baseline.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct Rule {
  Uuid id{};
  std::string name{};
  // check_state, threshold, instance_silent, location_silent, promql, recording, anomaly
  std::string kind{};
  std::string expr{};  // threshold: metric{label="v"} > 1; promql and recording: any expression
  std::optional<Uuid> check_id{};
  Labels label_selector{};
  int for_seconds = 0;
  int interval_seconds = 15;                // promql, recording: how often it is evaluated
  int keep_firing_for_seconds = 0;          // after its condition held last
  std::string no_data = "ok";               // promql, anomaly: ok, alert, keep
  std::vector<std::string> states{"down"};  // check_state: those that it is about
  std::string record{};                     // recording: the name of what it makes
  std::string group_name{};                 // where it was imported from
  domain::AnomalyParameters anomaly{};      // anomaly
  std::string severity = "warning";
  Labels labels{};
  Labels annotations{};
  bool enabled = true;
  int version = 1;
  Instant created_at{};
  Instant updated_at{};
  // Of a rule made from another one with somebody's own threshold; never stored.
  std::optional<Uuid> derived_from{};
  std::optional<Uuid> audience{};  // who is told, and nobody else
  bool operator==(const Rule&) const = default;
};

std::optional<Rule> find_rule(pqxx::work& tx, const Uuid& id);
// `ids`: of these; empty: all.
const Listing& rule_listing();
Page<Rule> list_rules(pqxx::work& tx, const PageQuery& query, const LabelFilters& labels = {},
                      const std::vector<Uuid>& ids = {});
// `name`: those of this one; empty: all.
std::vector<Rule> enabled_rules(pqxx::work& tx, const std::string& name = {});
// By group, oldest first; none named: of all groups, and of none.
std::vector<Rule> rules_of_groups(pqxx::work& tx, const std::vector<std::string>& groups);
// Nobody else changes rules before the transaction ends.
void lock_rules(pqxx::work& tx);
Rule insert_rule(pqxx::work& tx, const Rule& rule);
std::optional<Rule> update_rule(pqxx::work& tx, const Rule& rule);
bool delete_rule(pqxx::work& tx, const Uuid& id);

// What is to be known of rules that go with their check.
struct RuleOnCheck {
  Uuid id{};
  Uuid check_id{};
  std::string name{};
  std::string text{};  // JSON: what everybody may see of them
};
std::vector<RuleOnCheck> rules_on_checks(pqxx::work& tx, const std::vector<Uuid>& checks);

}  // namespace monitron::store
