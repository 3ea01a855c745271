#include "store/check_schedule.hpp"

#include "store/check_rows.hpp"

namespace monitron::store {
namespace {

const std::string& select_scheduled() {
  static const std::string text =
      "SELECT " + check_columns() +
      ", COALESCE(status, 'unknown') AS status, COALESCE(last_status, 'unknown') AS last_status, "
      "COALESCE((extract(epoch FROM slot) * 1000)::bigint, 0) AS slot FROM checks "
      "LEFT JOIN (SELECT check_id, status, last_status, slot FROM check_latest) AS l "
      "ON l.check_id = checks.id WHERE enabled AND locations @> jsonb_build_array($1::text) ";
  return text;
}

ScheduledCheck read_scheduled(const pqxx::row& row) {
  return {read_check(row), row["status"].c_str(), row["last_status"].c_str(),
          instant_of(row["slot"])};
}

std::string array_of(std::span<const Uuid> ids) {
  std::string text = "{";
  for (const auto& id : ids) {
    if (text.size() > 1) text += ',';
    text += id.str();
  }
  return text + "}";
}

}  // namespace

std::vector<ScheduledCheck> scheduled_checks(pqxx::work& tx, const std::string& location,
                                             const std::optional<Uuid>& after, int limit) {
  return read_all<ScheduledCheck>(
      tx.exec_params(select_scheduled() + "AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3",
                     location, text_or_null(after), limit),
      read_scheduled);
}

std::vector<ScheduledCheck> scheduled_checks(pqxx::work& tx, const std::string& location,
                                             std::span<const Uuid> ids) {
  return read_all<ScheduledCheck>(
      tx.exec_params(select_scheduled() + "AND id = ANY ($2::uuid[])", location, array_of(ids)),
      read_scheduled);
}

std::string check_snapshot(pqxx::work& tx) {
  return tx.exec1("SELECT pg_current_snapshot()")[0].c_str();
}

CheckChanges check_changes(pqxx::work& tx, const std::string& since) {
  // One statement has one snapshot: the one told is the one looked with. It can only have grown,
  // unless this is another server than the last time.
  const auto rows = tx.exec_params(
      "SELECT s.now, s.back, c.check_id FROM (SELECT pg_current_snapshot()::text AS now, "
      "pg_snapshot_xmax(pg_current_snapshot()) < pg_snapshot_xmax($1::pg_snapshot) AS back) AS s "
      "LEFT JOIN (SELECT DISTINCT check_id FROM check_changes "
      "WHERE changed_by >= pg_snapshot_xmin($1::pg_snapshot) "
      "AND NOT pg_visible_in_snapshot(changed_by, $1::pg_snapshot) LIMIT $2) AS c ON true",
      since, kMostChanges + 1);
  CheckChanges changes{rows[0][0].c_str(), rows[0][1].as<bool>(), {}};
  if (rows.size() > kMostChanges) changes.all = true;
  if (changes.all || rows[0][2].is_null()) return changes;
  changes.ids = read_all<Uuid>(rows, [](const pqxx::row& row) { return uuid_of(row[2]); });
  return changes;
}

void prune_check_changes(pqxx::work& tx) {
  tx.exec0("DELETE FROM check_changes WHERE changed_at < clock_timestamp() - interval '1 hour'");
}

std::optional<Instant> schedule_sent_until(pqxx::work& tx, const std::string& location) {
  const auto rows = tx.exec_params(
      "SELECT " + ms_of("sent_until") + " FROM check_schedules WHERE location = $1", location);
  if (rows.empty()) return std::nullopt;
  return instant_of(rows[0][0]);
}

void note_schedule_sent(pqxx::work& tx, const std::string& location, Instant until) {
  tx.exec_params0("INSERT INTO check_schedules VALUES ($1, " + from_ms_sql(2) +
                      ") ON CONFLICT (location) DO UPDATE SET sent_until = excluded.sent_until",
                  location, to_ms(until));
}

}  // namespace monitron::store
