#include "store/audit.hpp"

#include "base/bytes.hpp"
#include "store/row.hpp"

namespace monitron::store {
namespace {

// The number is our own; it only has to be the same for everybody who appends.
constexpr const char* kLock = "SELECT pg_advisory_xact_lock(7420003)";

std::string chained(const std::string& previous, const AuditEntry& entry) {
  std::string text = previous;
  for (const auto* part : {&entry.actor_kind, &entry.actor_id, &entry.action, &entry.object,
                           &entry.object_id, &entry.change, &entry.peer, &entry.request_id}) {
    text += std::to_string(part->size()) + ":" + *part;
  }
  return to_hex(sha256(text));
}

}  // namespace

void append_audit(pqxx::work& tx, const AuditEntry& entry) {
  tx.exec1(kLock);
  const auto last = tx.exec("SELECT hash FROM audit_log ORDER BY id DESC LIMIT 1");
  // As the database will give it back, so that the chain can be checked from the rows alone.
  auto kept = entry;
  kept.change = tx.exec_params1("SELECT $1::jsonb::text", entry.change)[0].c_str();
  const auto hash = chained(last.empty() ? "" : last[0][0].c_str(), kept);
  tx.exec_params0(
      "INSERT INTO audit_log (actor_kind, actor_id, action, object, object_id, change, peer, "
      "request_id, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
      kept.actor_kind, kept.actor_id, kept.action, kept.object, kept.object_id, kept.change,
      kept.peer, kept.request_id, hash);
}

Page<AuditRow> list_audit(pqxx::work& tx, const AuditQuery& query) {
  const auto ms = [](const std::optional<Instant>& time) -> std::optional<std::int64_t> {
    if (!time) return std::nullopt;
    return to_ms(*time);
  };
  const auto rows = tx.exec_params(
      "SELECT a.id, " + ms_of("at") +
          ", COALESCE(u.email, t.name, '') AS actor_name, actor_kind, actor_id, action, object, "
          "object_id, change::text, peer, request_id FROM audit_log a "
          "LEFT JOIN users u ON a.actor_kind = 'user' AND u.id::text = a.actor_id "
          "LEFT JOIN api_tokens t ON a.actor_kind = 'token' AND t.id::text = a.actor_id "
          "WHERE ($1::bigint IS NULL OR a.id < $1) "
          "AND ($2 = '' OR a.actor_id = $2 OR lower(u.email) = lower($2) OR t.name = $2) "
          "AND ($3 = '' OR a.action = $3 OR a.object = $3) "
          "AND ($4::bigint IS NULL OR a.at >= to_timestamp($4::bigint / 1000.0)) "
          "AND ($5::bigint IS NULL OR a.at < to_timestamp($5::bigint / 1000.0)) "
          "ORDER BY a.id DESC LIMIT $6",
      query.before, query.actor, query.action, ms(query.from), ms(query.to), query.limit + 1);
  return page_of(read_all<AuditRow>(rows,
                                    [](const pqxx::row& row) {
                                      return AuditRow{
                                          row["id"].as<std::int64_t>(),
                                          instant_of(row["at"]),
                                          row["actor_name"].c_str(),
                                          {row["actor_kind"].c_str(), row["actor_id"].c_str(),
                                           row["action"].c_str(), row["object"].c_str(),
                                           row["object_id"].c_str(), row["change"].c_str(),
                                           row["peer"].c_str(), row["request_id"].c_str()}};
                                    }),
                 query.limit);
}

std::optional<std::int64_t> broken_audit_row(pqxx::work& tx) {
  std::string previous;
  const auto rows = tx.exec(
      "SELECT id, actor_kind, actor_id, action, object, object_id, "
      "change::text, peer, request_id, hash FROM audit_log ORDER BY id");
  for (const auto& row : rows) {
    const AuditEntry entry{row[1].c_str(), row[2].c_str(), row[3].c_str(), row[4].c_str(),
                           row[5].c_str(), row[6].c_str(), row[7].c_str(), row[8].c_str()};
    const auto hash = chained(previous, entry);
    if (hash != row[9].c_str()) return row[0].as<std::int64_t>();
    previous = hash;
  }
  return std::nullopt;
}

}  // namespace monitron::store
