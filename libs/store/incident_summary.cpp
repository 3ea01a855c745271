#include "store/incident_summary.hpp"

#include "store/row.hpp"

#include <algorithm>

namespace monitron::store {
namespace {

std::optional<double> mean_seconds(std::chrono::milliseconds sum, int count) {
  if (count == 0) return std::nullopt;
  return std::chrono::duration<double>(sum).count() / count;
}

IncidentFigures figures_of(const pqxx::row& row) {
  return {row["opened"].as<int>(), row["acknowledged"].as<int>(), row["resolved"].as<int>(),
          std::chrono::milliseconds(row["to_acknowledge"].as<std::int64_t>()),
          std::chrono::milliseconds(row["to_resolve"].as<std::int64_t>())};
}

std::string sum_of_ms(const std::string& interval) {
  return "COALESCE(sum((extract(epoch FROM " + interval + ") * 1000)::bigint), 0)::bigint";
}

}  // namespace

std::optional<double> IncidentFigures::mtta_seconds() const {
  return mean_seconds(to_acknowledge, acknowledged);
}

std::optional<double> IncidentFigures::mttr_seconds() const {
  return mean_seconds(to_resolve, resolved);
}

void IncidentFigures::add(const IncidentFigures& other) {
  opened += other.opened;
  acknowledged += other.acknowledged;
  resolved += other.resolved;
  to_acknowledge += other.to_acknowledge;
  to_resolve += other.to_resolve;
}

IncidentSummary summarise_incidents(pqxx::work& tx, Instant from, Instant to) {
  const auto rows = tx.exec_params(
      "SELECT i.rule_id, i.severity, (array_agg(i.rule_name ORDER BY i.id DESC))[1] AS rule_name, "
      "count(*) AS opened, count(a.at) AS acknowledged, count(i.resolved_at) AS resolved, " +
          sum_of_ms("GREATEST(a.at - i.opened_at, interval '0')") + " AS to_acknowledge, " +
          sum_of_ms("i.resolved_at - i.opened_at") +
          " AS to_resolve FROM incidents i LEFT JOIN LATERAL (SELECT at FROM incident_actions "
          "WHERE incident_id = i.id AND kind = 'acknowledged' ORDER BY id LIMIT 1) a "
          "ON i.resolved_at IS NULL OR a.at <= i.resolved_at WHERE NOT i.drill AND i.audience IS "
          "NULL AND i.opened_at "
          ">= " +
          from_ms_sql(1) + " AND i.opened_at < " + from_ms_sql(2) +
          " GROUP BY i.rule_id, i.severity ORDER BY max(i.id::text) DESC",
      to_ms(from), to_ms(to));
  IncidentSummary summary;
  std::map<Uuid, RuleFigures> by_rule;
  for (const auto& row : rows) {
    const auto figures = figures_of(row);
    summary.overall.add(figures);
    summary.by_severity[row["severity"].c_str()].add(figures);
    const auto id = uuid_of(row["rule_id"]);
    auto& rule =
        by_rule.try_emplace(id, RuleFigures{id, row["rule_name"].c_str(), {}}).first->second;
    rule.figures.add(figures);
  }
  for (auto& [id, rule] : by_rule) summary.by_rule.push_back(std::move(rule));
  std::stable_sort(
      summary.by_rule.begin(), summary.by_rule.end(),
      [](const auto& a, const auto& b) { return a.figures.opened > b.figures.opened; });
  return summary;
}

}  // namespace monitron::store
