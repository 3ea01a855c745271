#include "store/check_history.hpp"

#include "base/text.hpp"
#include "store/row.hpp"

namespace monitron::store {

namespace {

// Positions are "<milliseconds> <id>": exact for rows of equal time.
struct Position {
  std::int64_t ms = 0;
  std::int64_t id = 0;
};

std::optional<Position> parse_position(const std::string& text) {
  const auto blank = text.find(' ');
  if (blank == std::string::npos) return std::nullopt;
  const auto ms = parse_number<std::int64_t>(std::string_view(text).substr(0, blank));
  const auto id = parse_number<std::int64_t>(std::string_view(text).substr(blank + 1));
  if (!ms || !id) return std::nullopt;
  return Position{*ms, *id};
}

}  // namespace

std::optional<HistoryPage> list_check_events(pqxx::work& tx, const HistoryQuery& query) {
  std::optional<Position> before;
  if (!query.before.empty()) {
    before = parse_position(query.before);
    if (!before) return std::nullopt;
  }
  const auto rows = tx.exec_params(
      "SELECT id, (extract(epoch FROM at) * 1000)::bigint AS ms, json_build_object("
      "'at', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), 'status', "
      "status, "
      "'previous_status', previous_status, 'location', location, "
      "'location_status', COALESCE(location_status, status), 'result_status', result_status, "
      "'failures', failures, 'failures_before_down', failures_before_down, "
      "'flapping', flapping, 'warning', warning, 'reason', reason, 'detail', detail) AS row FROM "
      "check_events WHERE check_id = $1 AND ($7 = "
      "'' OR location = $7) "
      "AND ($2::bigint IS NULL OR at >= to_timestamp($2::bigint / 1000.0)) "
      "AND ($3::bigint IS NULL OR at < to_timestamp($3::bigint / 1000.0)) "
      "AND ($4::bigint IS NULL OR (at, id) < (to_timestamp($4::bigint / 1000.0), $5::bigint)) "
      "ORDER BY at DESC, id DESC LIMIT $6",
      query.check.str(), ms_or_null(query.from), ms_or_null(query.to),
      before ? std::optional(before->ms) : std::nullopt,
      before ? std::optional(before->id) : std::nullopt, query.limit + 1, query.location);
  HistoryPage page;
  for (const auto& row : rows) {
    if (page.items.size() == static_cast<std::size_t>(query.limit)) {
      const auto last = rows[static_cast<int>(page.items.size()) - 1];
      page.next = std::string(last["ms"].c_str()) + " " + last["id"].c_str();
      break;
    }
    page.items.emplace_back(row["row"].c_str());
  }
  return page;
}

SlotsTime slots_time(pqxx::work& tx, const Uuid& check) {
  const auto row = tx.exec_params1(
      "SELECT " + ms_of("slots_since") + ", " + ms_of("slots_until") + " FROM checks WHERE id = $1",
      check.str());
  return {instant_of(row["slots_since"]), optional_instant_of(row["slots_until"])};
}

std::vector<domain::MissedSlots> missed_slots(pqxx::work& tx, const Uuid& check, Instant from,
                                              Instant to) {
  const auto rows = tx.exec_params(
      "SELECT check_id, location, reason, " + ms_of("from_time") + ", " + ms_of("to_time") +
          " FROM missed_slots WHERE check_id IN ($1::uuid, '" + Uuid{}.str() +
          "') AND location = ANY (ARRAY (SELECT jsonb_array_elements_text(locations) FROM checks "
          "WHERE id = $1::uuid)) AND to_time >= " +
          from_ms_sql(2) + " AND from_time <= " + from_ms_sql(3),
      check.str(), to_ms(from), to_ms(to));
  return read_all<domain::MissedSlots>(rows, [](const pqxx::row& row) {
    domain::MissedSlots missed;
    if (const auto id = uuid_of(row["check_id"]); !id.is_nil()) missed.check_id = CheckId{id};
    missed.location = row["location"].c_str();
    missed.from = instant_of(row["from_time"]);
    missed.to = instant_of(row["to_time"]);
    missed.reason =
        domain::parse_miss_reason(row["reason"].c_str()).value_or(domain::MissReason::silent);
    return missed;
  });
}

std::optional<std::string> find_check_test_result(pqxx::work& tx, const Uuid& test) {
  const auto rows =
      tx.exec_params("SELECT result FROM check_test_results WHERE test_id = $1", test.str());
  if (rows.empty()) return std::nullopt;
  return std::string(rows[0][0].c_str());
}

}  // namespace monitron::store
