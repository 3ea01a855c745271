#include "store/audit.hpp"

#include "base/bytes.hpp"
#include "store/row.hpp"

namespace monitron::store {
namespace {

constexpr int kRowsAtOnce = 2000;

AuditEntry read_entry(const pqxx::row& row) {
  return {row["actor_kind"].c_str(), row["actor_id"].c_str(), row["credential"].c_str(),
          row["action"].c_str(),     row["object"].c_str(),   row["object_id"].c_str(),
          row["change"].c_str(),     row["peer"].c_str(),     row["request_id"].c_str()};
}

// As the database's audit_hash() does it.
std::string chained(const std::string& previous, const pqxx::row& row) {
  std::string text = previous;
  for (const auto* name : {"id", "at_us", "actor_kind", "actor_id", "actor_name", "credential",
                           "action", "object", "object_id", "change", "peer", "request_id"}) {
    const std::string part = row[name].c_str();
    text += std::to_string(part.size()) + ":" + part;
  }
  return to_hex(sha256(text));
}

struct Walk {
  AuditVerdict verdict{};
  AuditHead last{};
  bool known_seen = false;
  bool ended = false;
};

void step(pqxx::work& tx, const std::optional<AuditHead>& known, Walk& walk) {
  const auto rows = tx.exec_params(
      "SELECT id, (extract(epoch FROM at) * 1000000)::bigint AS at_us, actor_kind, actor_id, "
      "actor_name, credential, action, object, object_id, change::text AS change, peer, "
      "request_id, hash FROM audit_log WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3",
      walk.last.id, walk.verdict.head.id, kRowsAtOnce);
  for (const auto& row : rows) {
    const AuditHead here{row["id"].as<std::int64_t>(), chained(walk.last.hash, row)};
    ++walk.verdict.rows;
    const bool is_known = known && known->id == here.id;
    walk.known_seen = walk.known_seen || is_known;
    const bool as_known = !is_known || known->hash == here.hash;
    if (here.hash != row["hash"].c_str() || !as_known) {
      walk.verdict.broken = here.id;
      walk.verdict.reason =
          as_known
              ? "its hash does not follow from its content and the row before: one of them was "
                "changed, or rows before it are missing"
              : "its hash is not the one that was noted: the chain was written anew";
      return;
    }
    walk.last = here;
  }
  walk.ended = rows.size() < kRowsAtOnce;
}

void compare_end(const std::optional<AuditHead>& known, Walk& walk) {
  const auto& head = walk.verdict.head;
  if (walk.last.id != head.id || walk.last.hash != head.hash) {
    walk.verdict.broken = head.id;
    walk.verdict.reason = "it was the last one and is missing, or another one";
  } else if (known && !walk.known_seen) {
    walk.verdict.broken = known->id;
    walk.verdict.reason = "it was noted and is missing";
  }
}

}  // namespace

void append_audit(pqxx::work& tx, const AuditEntry& entry) {
  tx.exec_params0(
      "INSERT INTO audit_log (actor_kind, actor_id, actor_name, credential, action, object, "
      "object_id, change, peer, request_id, hash) VALUES ($1, $2, COALESCE("
      "(SELECT email FROM users WHERE $1 = 'user' AND id::text = $2), "
      "(SELECT name FROM api_tokens WHERE $1 = 'token' AND id::text = $2), ''), "
      "$3, $4, $5, $6, $7, $8, $9, '')",
      entry.actor_kind, entry.actor_id, entry.credential, entry.action, entry.object,
      entry.object_id, entry.change, entry.peer, entry.request_id);
}

// A table of that name that only this transaction sees comes before the real one.
void let_audit_wait(pqxx::work& tx) {
  tx.exec0(
      "CREATE TEMPORARY TABLE audit_log (place bigint GENERATED ALWAYS AS IDENTITY, "
      "actor_kind text, actor_id text, actor_name text, credential text, action text, object text, "
      "object_id text, change jsonb, peer text, request_id text, hash text) ON COMMIT DROP");
  tx.exec0("GRANT INSERT ON pg_temp.audit_log TO PUBLIC");  // parts may be of limited callers
}

void hold_audit(pqxx::work& tx) { tx.exec0("LOCK TABLE audit_head IN EXCLUSIVE MODE"); }

void append_waiting_audit(pqxx::work& tx) {
  tx.exec0("ALTER TABLE pg_temp.audit_log RENAME TO audit_waiting");
  tx.exec0(
      "INSERT INTO audit_log (actor_kind, actor_id, actor_name, credential, action, object, "
      "object_id, change, peer, request_id, hash) SELECT actor_kind, actor_id, actor_name, "
      "credential, action, object, object_id, change, peer, request_id, hash FROM audit_waiting "
      "ORDER BY place");
}

const Listing& audit_listing() {
  static const Listing listing{.keys = {{"at", "id", SortKey::Type::whole}}};
  return listing;
}

Page<AuditRow> list_audit(pqxx::work& tx, const AuditQuery& query) {
  const std::string next = query.oldest_first ? ">" : "<";
  const std::string way = query.oldest_first ? "" : " DESC";
  const auto rows = tx.exec_params(
      "SELECT id, " + ms_of("at") +
          ", actor_kind, actor_id, actor_name, credential, action, object, object_id, "
          "change::text AS change, peer, request_id, hash FROM audit_log "
          "WHERE ($1::bigint IS NULL OR id " +
          next +
          " $1) "
          "AND ($2 = '' OR actor_id = $2 OR lower(actor_name) = lower($2)) "
          "AND ($3 = '' OR action = $3 OR object = $3) "
          "AND ($4 = '' OR object = $4 OR object_id = $4) "
          "AND ($5::bigint IS NULL OR at >= to_timestamp($5::bigint / 1000.0)) "
          "AND ($6::bigint IS NULL OR at < to_timestamp($6::bigint / 1000.0)) "
          "AND ($7 = '' OR concat_ws(' ', action, actor_name, object_id, peer, request_id, "
          "change::text) ILIKE $8) ORDER BY id" +
          way + " LIMIT $9",
      query.after, query.actor, query.action, query.object, ms_or_null(query.from),
      ms_or_null(query.to), query.words, like_pattern(query.words), query.limit + 1);
  return page_of(read_all<AuditRow>(rows,
                                    [](const pqxx::row& row) {
                                      return AuditRow{row["id"].as<std::int64_t>(),
                                                      instant_of(row["at"]),
                                                      row["actor_name"].c_str(),
                                                      row["hash"].c_str(), read_entry(row)};
                                    }),
                 query.limit);
}

Result<AuditVerdict> verify_audit(db::Pool& database, const std::optional<AuditHead>& known,
                                  const db::Stop& stop) {
  const auto head = database.transact([](pqxx::work& tx) {
    const auto rows = tx.exec("SELECT id, hash FROM audit_head");
    if (rows.empty()) return AuditHead{};
    return AuditHead{rows[0][0].as<std::int64_t>(), rows[0][1].c_str()};
  });
  if (!head) return fail(head.error());
  Walk walk;
  walk.verdict.head = *head;
  while (!walk.ended && !walk.verdict.broken) {
    Walk next;
    const auto done = database.transact(
        [&](pqxx::work& tx) {
          next = walk;
          step(tx, known, next);
        },
        stop);
    if (!done) return fail(done.error());
    walk = std::move(next);
  }
  if (!walk.verdict.broken) compare_end(known, walk);
  return walk.verdict;
}

}  // namespace monitron::store
