#include "store/check_schedule.hpp"

#include "store/check_rows.hpp"

namespace monitron::store {
namespace {

// Whatever is known of the table's contents, the plan is to look up ids: IS TRUE keeps the index of
// locations out, which would give all checks of a location for each page of them.
const std::string& select_scheduled() {
  static const std::string text =
      "SELECT " + check_columns() +
      ", COALESCE(status, 'unknown') AS status, COALESCE(last_status, 'unknown') AS last_status, "
      "COALESCE((extract(epoch FROM slot) * 1000)::bigint, 0) AS slot FROM checks "
      "LEFT JOIN LATERAL (SELECT status, last_status, slot FROM check_latest "
      "WHERE check_id = checks.id AND location = $1) AS l ON true "
      "WHERE enabled AND (locations @> jsonb_build_array($1::text)) IS TRUE ";
  return text;
}

ScheduledCheck read_scheduled(const pqxx::row& row) {
  return {read_check(row), row["status"].c_str(), row["last_status"].c_str(),
          instant_of(row["slot"])};
}

const Uuid kLastId = *Uuid::parse("ffffffff-ffff-ffff-ffff-ffffffffffff");

}  // namespace

SchedulePage scheduled_checks(pqxx::work& tx, const std::string& location, const Uuid& after,
                              int limit) {
  SchedulePage page;
  const auto end = tx.exec_params(
      "SELECT id FROM checks WHERE id > $1 ORDER BY id OFFSET $2 LIMIT 1", after.str(), limit - 1);
  if (!end.empty()) page.last = uuid_of(end[0][0]);
  page.rows = read_all<ScheduledCheck>(
      tx.exec_params(select_scheduled() + "AND id > $2 AND id <= $3", location, after.str(),
                     page.last.value_or(kLastId).str()),
      read_scheduled);
  return page;
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

bool prune_check_changes(pqxx::work& tx) {
  const auto pruned = tx.exec_params(
      "DELETE FROM check_changes WHERE ctid = ANY (ARRAY (SELECT ctid FROM check_changes "
      "WHERE changed_at < now() - interval '1 hour' ORDER BY changed_at LIMIT $1 "
      "FOR UPDATE SKIP LOCKED))",
      kPrunedAtOnce);
  return pruned.affected_rows() == kPrunedAtOnce;
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
