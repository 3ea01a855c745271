#include "store/reports.hpp"

#include "domain/check.hpp"
#include "store/host_row.hpp"
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

void note_progress(pqxx::work& tx, const Uuid& run, std::int64_t checks, std::int64_t all) {
  tx.exec_params0(
      "UPDATE report_runs SET progress = $2, total = $3 WHERE id = $1 AND state = 'running'",
      run.str(), checks, all);
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

std::vector<contracts::ReportRequested> stalled_runs(pqxx::work& tx) {
  const auto rows = tx.exec(
      "SELECT id, kind, format, time_zone, filter, group_by, recipients, " + ms_of("from_time") +
      ", " + ms_of("to_time") +
      " FROM (SELECT COALESCE(q.id, r.id) AS id, COALESCE(q.kind, r.kind) AS kind, "
      "COALESCE(q.format, r.format) AS format, COALESCE(r.state, 'queued') AS state, "
      "COALESCE(q.from_time, r.from_time) AS from_time, COALESCE(q.to_time, r.to_time) AS to_time, "
      "COALESCE(q.time_zone, s.time_zone) AS time_zone, COALESCE(q.filter, s.filter) AS filter, "
      "COALESCE(q.group_by, s.group_by) AS group_by, "
      "COALESCE(q.recipients, s.recipients) AS recipients, "
      "COALESCE(q.created_at, r.created_at) AS created_at FROM report_requests q "
      "FULL JOIN report_runs r ON r.id = q.id "
      "LEFT JOIN report_schedules s ON s.id = r.schedule_id) AS v "
      "WHERE state IN ('queued', 'running') AND time_zone IS NOT NULL "
      "AND created_at BETWEEN now() - interval '7 days' AND now() - interval '30 minutes' "
      "AND NOT EXISTS (SELECT FROM report_outbox WHERE message_id = v.id || '.again') "
      "ORDER BY created_at LIMIT 100");
  return read_all<contracts::ReportRequested>(rows, [](const pqxx::row& row) {
    contracts::ReportRequested report;
    report.report_id = ReportId{uuid_of(row["id"])};
    report.kind = row["kind"].c_str();
    report.format = row["format"].c_str();
    report.from = instant_of(row["from_time"]);
    report.to = instant_of(row["to_time"]);
    report.time_zone = row["time_zone"].c_str();
    report.labels = labels_of(row["filter"]);
    report.group_by = row["group_by"].c_str();
    report.recipients = texts_of(row["recipients"]);
    return report;
  });
}

std::string again_id(const ReportId& run) { return run.str() + ".again"; }

void drop_old_runs(pqxx::work& tx) {
  tx.exec0("DELETE FROM report_runs WHERE created_at < now() - interval '1 year'");
}

std::vector<ReportedCheck> reported_checks(pqxx::work& tx, const Labels& labels) {
  const auto rows = tx.exec_params(
      "SELECT c.id, c.name, c.kind, c.target, c.interval_seconds, c.locations, c.quorum, c.labels, "
      "i.id AS host_id, i.hostname AS host, i.labels AS host_labels FROM checks c "
      "LEFT JOIN instances i ON i.id = c.instance_id "
      "WHERE c.labels @> $1::jsonb OR i.labels @> $1::jsonb OR (i.labels || c.labels) @> $1::jsonb "
      "ORDER BY c.name, c.id",
      json_of(labels));
  return read_all<ReportedCheck>(rows, [](const pqxx::row& row) {
    auto locations = texts_of(row["locations"]);
    const int quorum =
        domain::quorum_of(static_cast<int>(locations.size()), row["quorum"].as<int>());
    const domain::CheckNames names{uuid_of(row["id"]),
                                   row["name"].c_str(),
                                   row["kind"].c_str(),
                                   row["target"].c_str(),
                                   locations.empty() ? "" : locations.front(),
                                   host_of(row),
                                   labels_of(row["labels"])};
    return ReportedCheck{names.id,
                         names.name,
                         names.kind,
                         names.target,
                         names.host ? names.host->hostname : "",
                         row["interval_seconds"].as<int>(),
                         std::move(locations),
                         quorum,
                         domain::labels_of_check(names)};
  });
}

}  // namespace monitron::store
