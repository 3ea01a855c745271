#include "store/reports.hpp"

#include "store/row.hpp"

namespace monitron::store {

bool add_due_run(pqxx::work& tx, const contracts::ReportRequested& report, const Uuid& schedule,
                 Instant due) {
  return !tx.exec_params(
                "INSERT INTO report_runs (id, kind, format, state, from_time, to_time, "
                "schedule_id, due_at) VALUES ($1, $2, $3, 'queued', " +
                    from_ms_sql(4) + ", " + from_ms_sql(5) + ", $6, " + from_ms_sql(7) +
                    ") ON CONFLICT (schedule_id, due_at) DO NOTHING RETURNING id",
                report.report_id.str(), report.kind, report.format, to_ms(report.from),
                to_ms(report.to), schedule.str(), to_ms(due))
              .empty();
}

bool begin_run(pqxx::work& tx, const contracts::ReportRequested& report) {
  return !tx.exec_params(
                "INSERT INTO report_runs (id, kind, format, state, from_time, to_time) VALUES "
                "($1, $2, $3, 'running', " +
                    from_ms_sql(4) + ", " + from_ms_sql(5) +
                    ") ON CONFLICT (id) DO UPDATE SET state = 'running' "
                    "WHERE report_runs.state NOT IN ('done', 'failed') RETURNING id",
                report.report_id.str(), report.kind, report.format, to_ms(report.from),
                to_ms(report.to))
              .empty();
}

bool finish_run(pqxx::work& tx, const Uuid& run, const ReportFile& file) {
  const auto rows = tx.exec_params(
      "UPDATE report_runs SET state = 'done', finished_at = now() "
      "WHERE id = $1 AND state = 'running' RETURNING id",
      run.str());
  if (rows.empty()) return false;
  tx.exec_params0(
      "INSERT INTO report_files (run_id, name, content_type, bytes) VALUES ($1, $2, $3, $4)",
      run.str(), file.name, file.content_type, pqxx::binarystring(file.bytes));
  return true;
}

void fail_run(pqxx::work& tx, const Uuid& run, const std::string& error) {
  tx.exec_params0(
      "UPDATE report_runs SET state = 'failed', finished_at = now(), error = $2 "
      "WHERE id = $1 AND state <> 'done'",
      run.str(), error);
}

void drop_old_runs(pqxx::work& tx) {
  tx.exec0("DELETE FROM report_runs WHERE created_at < now() - interval '1 year'");
}

std::vector<ReportedCheck> reported_checks(pqxx::work& tx, const Labels& labels) {
  const auto rows = tx.exec_params(
      "SELECT c.id, c.name, c.kind, c.target, COALESCE(i.hostname, '') AS instance, "
      "c.interval_seconds FROM checks c LEFT JOIN instances i ON i.id = c.instance_id "
      "WHERE c.labels @> $1::jsonb OR i.labels @> $1::jsonb OR (i.labels || c.labels) @> $1::jsonb "
      "ORDER BY c.name, c.id",
      json_of(labels));
  return read_all<ReportedCheck>(rows, [](const pqxx::row& row) {
    return ReportedCheck{uuid_of(row["id"]),      row["name"].c_str(),
                         row["kind"].c_str(),     row["target"].c_str(),
                         row["instance"].c_str(), row["interval_seconds"].as<int>()};
  });
}

}  // namespace monitron::store
