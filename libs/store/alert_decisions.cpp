#include "store/alert_decisions.hpp"

#include "store/old_rows.hpp"
#include "store/row.hpp"

namespace monitron::store {
namespace {

constexpr std::size_t kMaxInputs = 65'536;

}  // namespace

void note_decision(pqxx::work& tx, const AlertDecision& decision) {
  const bool fits = decision.inputs.size() <= kMaxInputs;
  tx.exec_params0(
      "INSERT INTO alert_decisions (alert_id, rule_id, rule_name, title, at, change, text, inputs) "
      "VALUES ($1, $2, $3, $4, " +
          from_ms_sql(5) + ", $6, $7, $8)",
      decision.alert_id.str(), decision.rule_id.str(), decision.rule_name, decision.title,
      to_ms(decision.at), decision.change, decision.text,
      fits ? decision.inputs : R"({"left_out": "they were too long"})");
}

std::vector<AlertDecision> decisions_of(pqxx::work& tx, const Uuid& alert,
                                        const std::optional<Instant>& until) {
  // `last`: the last decision by then; `before`: the last one of the time before.
  const auto rows = tx.exec_params(
      "WITH last AS (SELECT max(id) AS id FROM alert_decisions WHERE alert_id = $1 AND "
      "($2::bigint IS NULL OR at <= " +
          from_ms_sql(2) +
          ")), before AS (SELECT COALESCE(max(d.id), 0) AS id FROM alert_decisions d, last WHERE "
          "d.alert_id = $1 AND d.id < last.id AND d.change IN ('resolved', 'cleared')), "
          "after AS (SELECT COALESCE(min(d.id), 9223372036854775807) AS id FROM "
          "alert_decisions d, last WHERE d.alert_id = $1 AND d.id >= last.id AND "
          "d.change IN ('resolved', 'cleared')) "
          "SELECT d.id, d.rule_id, d.rule_name, d.title, d.change, d.text, d.inputs, " +
          ms_of("d.at", "at_ms") +
          " FROM alert_decisions d, before, after WHERE d.alert_id = $1 AND d.id > before.id AND "
          "d.id <= after.id ORDER BY d.id LIMIT 500",
      alert.str(), ms_or_null(until));
  return read_all<AlertDecision>(rows, [&](const pqxx::row& row) {
    return AlertDecision{.id = row["id"].as<std::int64_t>(),
                         .alert_id = alert,
                         .rule_id = uuid_of(row["rule_id"]),
                         .rule_name = row["rule_name"].c_str(),
                         .title = row["title"].c_str(),
                         .at = instant_of(row["at_ms"]),
                         .change = row["change"].c_str(),
                         .text = row["text"].c_str(),
                         .inputs = row["inputs"].c_str()};
  });
}

int drop_old_decisions(pqxx::work& tx) {
  return drop_some(tx, "alert_decisions", "at < now() - interval '90 days'");
}

int drop_unheard_decisions(pqxx::work& tx) {
  const auto dropped = tx.exec(
      "WITH unheard AS (SELECT d.id AS begun, e.id AS ended FROM alert_decisions d "
      "CROSS JOIN LATERAL (SELECT id, change FROM alert_decisions n WHERE n.alert_id = d.alert_id "
      "AND n.id > d.id ORDER BY n.id LIMIT 1) e WHERE d.change = 'pending' "
      "AND d.at < now() - interval '1 day' AND e.change = 'cleared' LIMIT " +
      std::to_string(kDroppedAtOnce) +
      ") DELETE FROM alert_decisions USING unheard WHERE id IN (begun, ended)");
  return static_cast<int>(dropped.affected_rows());
}

}  // namespace monitron::store
