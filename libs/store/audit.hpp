#pragma once
// Who changed what: append only, each row chained to the one before by a hash. Written by api.

#include "base/clock.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct AuditEntry {
  std::string actor_kind{};
  std::string actor_id{};
  std::string action{};  // "check.update"
  std::string object{};
  std::string object_id{};
  std::string change = "{}";  // JSON, without secrets
  std::string peer{};
  std::string request_id{};
};

// In the transaction of the change itself.
void append_audit(pqxx::work& tx, const AuditEntry& entry);

struct AuditRow {
  std::int64_t id = 0;
  Instant at{};
  std::string actor_name{};  // e-mail address of a user, name of a token; empty when it is gone
  AuditEntry entry{};
};
struct AuditQuery {
  int limit = 100;
  std::optional<std::int64_t> before{};  // id of the last one of the page before
  std::string actor{};                   // its id or its name
  std::string action{};                  // "check.update", or "check" for all that is done to them
  std::optional<Instant> from{};         // inclusive
  std::optional<Instant> to{};           // exclusive
};
// Newest first.
Page<AuditRow> list_audit(pqxx::work& tx, const AuditQuery& query);

// The id of the first row whose hash does not follow; nothing when the chain holds.
std::optional<std::int64_t> broken_audit_row(pqxx::work& tx);

}  // namespace monitron::store
