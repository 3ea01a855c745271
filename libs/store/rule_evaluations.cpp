#include "store/rule_evaluations.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

constexpr std::chrono::seconds kWhile{60};  // the notifier may change hands meanwhile

nlohmann::json json_of(const RuleEvaluations& evaluations) {
  auto rows = nlohmann::json::array();
  for (const auto& [rule, one] : evaluations) {
    nlohmann::json row{{"rule", rule.str()},
                       {"version", one.version},
                       {"problem", one.problem},
                       {"waits_for", one.waits_for}};
    if (one.at) row["at"] = to_ms(*one.at);
    if (one.seconds) row["seconds"] = *one.seconds;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string select() {
  return "SELECT rule_id, rule_version, " + ms_of("evaluated_at", "at") +
         ", seconds, problem, waits_for FROM rule_evaluations";
}

RuleEvaluations read(const pqxx::result& rows) {
  RuleEvaluations all;
  for (const auto& row : rows) {
    auto& one = all[uuid_of(row["rule_id"])];
    one = {row["rule_version"].as<int>(), optional_instant_of(row["at"]), std::nullopt,
           row["problem"].c_str(), row["waits_for"].c_str()};
    if (!row["seconds"].is_null()) one.seconds = row["seconds"].as<double>();
  }
  return all;
}

}  // namespace

void put_rule_evaluations(pqxx::work& tx, const RuleEvaluations& evaluations) {
  tx.exec_params(
      "WITH gone AS (DELETE FROM rule_evaluations WHERE rule_id NOT IN "
      "(SELECT id FROM rules WHERE enabled)) "
      "INSERT INTO rule_evaluations AS e "
      "SELECT rule, n.version, to_timestamp(at / 1000.0), seconds, problem, waits_for "
      "FROM jsonb_to_recordset($1::jsonb) AS n (rule uuid, version integer, at bigint, "
      "seconds double precision, problem text, waits_for text) "
      "JOIN rules r ON r.id = n.rule AND r.enabled "
      "ON CONFLICT (rule_id) DO UPDATE SET rule_version = EXCLUDED.rule_version, "
      "evaluated_at = EXCLUDED.evaluated_at, seconds = EXCLUDED.seconds, "
      "problem = EXCLUDED.problem, waits_for = EXCLUDED.waits_for "
      "WHERE EXCLUDED.rule_version > e.rule_version OR EXCLUDED.rule_version = e.rule_version "
      "AND (e.evaluated_at IS NULL OR EXCLUDED.evaluated_at >= e.evaluated_at) AND "
      "(e.evaluated_at, e.problem, e.waits_for) IS DISTINCT FROM "
      "(EXCLUDED.evaluated_at, EXCLUDED.problem, EXCLUDED.waits_for)",
      json_of(evaluations).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

RuleEvaluations rule_evaluations(pqxx::work& tx) { return read(tx.exec(select())); }

RuleEvaluations rule_evaluations(pqxx::work& tx, const std::vector<Rule>& rules) {
  auto ids = nlohmann::json::array();
  for (const auto& rule : rules) ids.push_back(rule.id.str());
  return read(tx.exec_params(select() + " WHERE rule_id IN (SELECT id::uuid FROM "
                                        "jsonb_array_elements_text($1::jsonb) AS n (id))",
                             ids.dump()));
}

RuleHealth health_of(const Rule& rule, const RuleEvaluations& evaluations, Instant now) {
  const auto found = evaluations.find(rule.id);
  if (!rule.enabled || found == evaluations.end()) return {};
  if (found->second.version != rule.version) return {};
  const auto& last = found->second;
  if (!last.problem.empty()) return {"err", last};
  const auto latest = now - 3 * std::chrono::seconds(rule.interval_seconds) - kWhile;
  return {last.at && *last.at >= latest ? "ok" : "unknown", last};
}

}  // namespace monitron::store
