#pragma once
// Who changed what: append only, each row chained to the one before by a hash that the database
// makes (docs/audit.md). Rows stay for ever. Written by api.

#include "base/clock.hpp"
#include "db/pool.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct AuditEntry {
  std::string actor_kind{};
  std::string actor_id{};
  std::string credential{};  // id of the session or token that was shown
  std::string action{};      // "check.update"
  std::string object{};
  std::string object_id{};
  std::string change = "{}";  // JSON, without secrets
  std::string peer{};
  std::string request_id{};
};

// In the transaction of the change itself, as its last statement: others who append wait for the
// end of it.
void append_audit(pqxx::work& tx, const AuditEntry& entry);
// For a transaction of many changes, each of which appends: what it appends from now on holds up
// nobody and is for nobody to see, until it appends all of it, in that order.
void let_audit_wait(pqxx::work& tx);
// Others who append wait for the end of this transaction, which has read nothing yet.
void hold_audit(pqxx::work& tx);
void append_waiting_audit(pqxx::work& tx);

struct AuditRow {
  std::int64_t id = 0;
  Instant at{};
  std::string actor_name{};  // e-mail address of a user, name of a token, as it was then
  std::string hash{};
  AuditEntry entry{};
};
struct AuditQuery {
  int limit = 100;
  std::optional<std::int64_t> after{};  // id of the last one of the page before
  bool oldest_first = false;
  std::string actor{};            // its id or its name
  std::string action{};           // "check.update", or "check" for all that is done to them
  std::string object{};           // what it is ("check") or its id
  std::string words{};            // in action, names, ids, addresses or the change
  std::optional<Instant> from{};  // inclusive
  std::optional<Instant> to{};    // exclusive
};
// By "at" alone.
const Listing& audit_listing();
Page<AuditRow> list_audit(pqxx::work& tx, const AuditQuery& query);

// Where a chain is known to have been once.
struct AuditHead {
  std::int64_t id = 0;
  std::string hash{};
};
struct AuditVerdict {
  std::int64_t rows = 0;                 // that were looked at
  AuditHead head{};                      // where the chain ends
  std::optional<std::int64_t> broken{};  // the first row that does not follow
  std::string reason{};
};
// Walks the chain from the first row to the end it had at the beginning of the walk, in many short
// transactions. `known`: a head noted before; it must still be in the chain, which finds out also
// who wrote the whole chain anew.
Result<AuditVerdict> verify_audit(db::Pool& database, const std::optional<AuditHead>& known,
                                  const db::Stop& stop = {});

}  // namespace monitron::store
