#pragma once
// Who changed what: append only, each row chained to the one before by a hash. Written by api.

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
// The id of the first row whose hash does not follow; nothing when the chain holds.
std::optional<std::int64_t> broken_audit_row(pqxx::work& tx);

}  // namespace monitron::store
