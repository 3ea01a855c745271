#include "store/drills.hpp"

#include "store/old_rows.hpp"
#include "store/row.hpp"

namespace monitron::store {
namespace {

using std::chrono::seconds;

DrillSchedule read_schedule(const pqxx::row& row) {
  DrillSchedule schedule;
  schedule.cron = row["cron"].c_str();
  schedule.time_zone = row["time_zone"].c_str();
  schedule.enabled = row["enabled"].as<bool>();
  schedule.times = {seconds(row["target_seconds"].as<int>()),
                    seconds(row["deadline_seconds"].as<int>())};
  schedule.version = row["version"].as<int>();
  schedule.updated_at = instant_of(row["updated_at"]);
  return schedule;
}

std::string schedule_columns() {
  return "cron, time_zone, enabled, target_seconds, deadline_seconds, version, " +
         ms_of("updated_at");
}

std::string columns() {
  return "d.id, d.alert_id, d.requested_by, d.target_seconds, d.deadline_seconds, d.verdict, "
         "d.detail, " +
         ms_of("d.due_at", "due_at") + ", " + ms_of("d.started_at", "started_at") + ", " +
         ms_of("d.told_at", "told_at") + ", " + ms_of("d.ending_at", "ending_at") + ", " +
         ms_of("d.ended_at", "ended_at");
}

void read_members(const pqxx::row& row, Drill& drill) {
  drill.id = uuid_of(row["id"]);
  drill.alert_id = uuid_of(row["alert_id"]);
  drill.due_at = optional_instant_of(row["due_at"]);
  drill.requested_by = row["requested_by"].c_str();
  auto& state = drill.state;
  state.started_at = instant_of(row["started_at"]);
  state.times = {seconds(row["target_seconds"].as<int>()),
                 seconds(row["deadline_seconds"].as<int>())};
  state.told_at = optional_instant_of(row["told_at"]);
  state.ending_at = optional_instant_of(row["ending_at"]);
  state.ended_at = optional_instant_of(row["ended_at"]);
  state.verdict =
      domain::parse_drill_verdict(row["verdict"].is_null() ? "" : row["verdict"].c_str());
  state.detail = row["detail"].c_str();
}

std::optional<std::string> verdict_or_null(const domain::DrillState& state) {
  if (!state.verdict) return std::nullopt;
  return std::string(domain::to_string(*state.verdict));
}

// Of drills, and of what was asked for and not begun.
// `value`: a column more.
std::string select_reports(const std::string& value = " ") {
  const std::string event =
      "(SELECT min(e.at) FROM incident_events e WHERE e.incident_id = i.id AND e.kind = '";
  return "SELECT " + columns() + ", d.waits, i.id AS incident_id, " +
         ms_of(event + "opened')", "decided_at") + ", " +
         ms_of(event + "resolved')", "resolved_at") + value +
         "FROM (SELECT id, alert_id, requested_by, target_seconds, deadline_seconds, verdict, "
         "detail, due_at, started_at, told_at, ending_at, ended_at, false AS waits FROM drills "
         "UNION ALL SELECT r.id, r.id, requested_by, target_seconds, deadline_seconds, NULL, '', "
         "NULL, requested_at, NULL, NULL, NULL, true FROM drill_requests r, drill_schedule "
         "WHERE NOT EXISTS (SELECT FROM drills b WHERE b.id = r.id)) d "
         "LEFT JOIN LATERAL (SELECT id FROM incidents WHERE alert_id = d.alert_id ORDER BY id "
         "LIMIT 1) i ON true ";
}

DrillReport read_report(const pqxx::row& row) {
  DrillReport report;
  read_members(row, report);
  report.waits = row["waits"].as<bool>();
  report.incident_id = optional_uuid_of(row["incident_id"]);
  report.decided_at = optional_instant_of(row["decided_at"]);
  report.resolved_at = optional_instant_of(row["resolved_at"]);
  return report;
}

std::vector<DrillReport> with_deliveries(pqxx::work& tx, std::vector<DrillReport> reports) {
  std::vector<Uuid> incidents;
  for (const auto& report : reports) {
    if (report.incident_id) incidents.push_back(*report.incident_id);
  }
  auto all = deliveries_of(tx, incidents);
  for (auto& report : reports) {
    if (report.incident_id) report.deliveries = std::move(all[*report.incident_id]);
  }
  return reports;
}

}  // namespace

DrillSchedule drill_schedule(pqxx::work& tx) {
  return read_schedule(tx.exec1("SELECT " + schedule_columns() + " FROM drill_schedule"));
}

std::optional<DrillSchedule> update_drill_schedule(pqxx::work& tx, const DrillSchedule& schedule) {
  const auto rows = tx.exec_params(
      "UPDATE drill_schedule SET cron = $2, time_zone = $3, enabled = $4, target_seconds = $5, "
      "deadline_seconds = $6, version = version + 1, updated_at = now() WHERE version = $1 "
      "RETURNING " +
          schedule_columns(),
      schedule.version, schedule.cron, schedule.time_zone, schedule.enabled,
      schedule.times.target.count(), schedule.times.deadline.count());
  if (rows.empty()) return std::nullopt;
  return read_schedule(rows[0]);
}

std::optional<DrillRequest> request_drill(pqxx::work& tx, const std::string& requested_by) {
  tx.exec0("DELETE FROM drill_requests WHERE requested_at < now() - interval '90 days'");
  // Two that ask at once: one after the other.
  tx.exec0("LOCK TABLE drill_requests IN SHARE ROW EXCLUSIVE MODE");
  const auto busy = tx.exec1("SELECT EXISTS (SELECT FROM drills WHERE verdict IS NULL)");
  if (busy[0].as<bool>() || waiting_drill(tx)) return std::nullopt;
  const auto row = tx.exec_params1(
      "INSERT INTO drill_requests (id, requested_by) VALUES ($1, $2) RETURNING id, requested_by, " +
          ms_of("requested_at"),
      Uuid::make().str(), requested_by);
  return DrillRequest{uuid_of(row["id"]), instant_of(row["requested_at"]),
                      row["requested_by"].c_str()};
}

std::optional<DrillRequest> waiting_drill(pqxx::work& tx) {
  const auto rows =
      tx.exec("SELECT id, requested_by, " + ms_of("requested_at") +
              " FROM drill_requests r WHERE NOT EXISTS (SELECT FROM drills d WHERE d.id = r.id) "
              "ORDER BY r.requested_at LIMIT 1");
  if (rows.empty()) return std::nullopt;
  return DrillRequest{uuid_of(rows[0]["id"]), instant_of(rows[0]["requested_at"]),
                      rows[0]["requested_by"].c_str()};
}

bool begin_drill(pqxx::work& tx, const Drill& drill) {
  const auto& state = drill.state;
  return tx.exec_params(
               "INSERT INTO drills (id, alert_id, due_at, requested_by, target_seconds, "
               "deadline_seconds, started_at, ending_at, ended_at, verdict, detail) "
               "VALUES ($1, $2, " +
                   from_ms_sql(3) + ", $4, $5, $6, " + from_ms_sql(7) + ", " + from_ms_sql(8) +
                   ", " + from_ms_sql(9) + ", $10, $11) ON CONFLICT DO NOTHING",
               drill.id.str(), drill.alert_id.str(), ms_or_null(drill.due_at), drill.requested_by,
               state.times.target.count(), state.times.deadline.count(), to_ms(state.started_at),
               ms_or_null(state.ending_at), ms_or_null(state.ended_at), verdict_or_null(state),
               state.detail)
             .affected_rows() == 1;
}

std::optional<Drill> drill_under_way(pqxx::work& tx) {
  const auto rows = tx.exec("SELECT " + columns() +
                            " FROM drills d WHERE verdict IS NULL FOR NO KEY UPDATE SKIP LOCKED");
  if (rows.empty()) return std::nullopt;
  Drill drill;
  read_members(rows[0], drill);
  return drill;
}

void put_drill(pqxx::work& tx, const Drill& drill) {
  const auto& state = drill.state;
  tx.exec_params0("UPDATE drills SET told_at = " + from_ms_sql(2) +
                      ", ending_at = " + from_ms_sql(3) + ", ended_at = " + from_ms_sql(4) +
                      ", verdict = $5, detail = $6 WHERE id = $1",
                  drill.id.str(), ms_or_null(state.told_at), ms_or_null(state.ending_at),
                  ms_or_null(state.ended_at), verdict_or_null(state), state.detail);
}

std::vector<Uuid> drills_to_end(pqxx::work& tx) {
  const auto rows = tx.exec(
      "SELECT d.id FROM incidents i JOIN drills d ON d.alert_id = i.alert_id "
      "WHERE i.drill AND i.resolved_at IS NULL AND d.ending_at IS NOT NULL LIMIT 100");
  return read_all<Uuid>(rows, [](const pqxx::row& row) { return uuid_of(row[0]); });
}

std::optional<Instant> last_drill_due(pqxx::work& tx) {
  return optional_instant_of(
      tx.exec1("SELECT " + ms_of("max(due_at)", "due_at") + " FROM drills")["due_at"]);
}

std::optional<domain::DrillVerdict> last_drill_verdict(pqxx::work& tx) {
  const auto rows = tx.exec(
      "SELECT verdict FROM drills WHERE verdict IS NOT NULL ORDER BY started_at DESC LIMIT 1");
  return rows.empty() ? std::nullopt : domain::parse_drill_verdict(rows[0][0].c_str());
}

Instant clock_of(pqxx::work& tx) {
  return instant_of(tx.exec1("SELECT " + ms_of("clock_timestamp()", "at"))["at"]);
}

int drop_old_drills(pqxx::work& tx) {
  return drop_some(tx, "drills", "ended_at < now() - interval '90 days'");
}

std::vector<ChannelWord> channel_words(pqxx::work& tx, const Uuid& incident) {
  const auto rows = tx.exec_params(
      "SELECT n.kind, COALESCE(c.name, '') AS name, n.state, n.detail FROM notifications n "
      "LEFT JOIN channels c ON c.id = n.channel_id WHERE n.incident_id = $1 ORDER BY n.id "
      "LIMIT 1000",
      incident.str());
  return read_all<ChannelWord>(rows, [](const pqxx::row& row) {
    return ChannelWord{row["kind"].c_str(), row["name"].c_str(), row["state"].c_str(),
                       row["detail"].c_str()};
  });
}

const Listing& drill_listing() {
  static const Listing listing{.keys = {{"started_at", "d.started_at", SortKey::Type::time}},
                               .searched = {"d.requested_by", "d.verdict", "d.detail"},
                               .id = "d.id",
                               .newest_first = true};
  return listing;
}

Page<DrillReport> list_drills(pqxx::work& tx, const PageQuery& query) {
  const auto list = list_sql(tx, query, drill_listing());
  auto page = read_page<DrillReport>(
      tx.exec(select_reports(list.value) + "WHERE " + list.where + list.order), read_report,
      query.limit);
  page.items = with_deliveries(tx, std::move(page.items));
  return page;
}

std::optional<DrillReport> find_drill(pqxx::work& tx, const Uuid& id) {
  const auto rows = tx.exec_params(select_reports() + "WHERE d.id = $1", id.str());
  auto found = with_deliveries(tx, read_all<DrillReport>(rows, read_report));
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

}  // namespace monitron::store
