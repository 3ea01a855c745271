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
