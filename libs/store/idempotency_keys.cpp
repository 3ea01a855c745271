#include "store/idempotency_keys.hpp"

#include <pqxx/pqxx>

namespace monitron::store {

bool lock_idempotency_key(pqxx::work& tx, const std::string& id) {
  return tx
      .exec_params1("SELECT pg_try_advisory_xact_lock(hashtextextended('idempotency ' || $1, 0))",
                    id)[0]
      .as<bool>();
}

std::optional<KeptAnswer> find_kept_answer(pqxx::work& tx, const std::string& id) {
  const auto rows = tx.exec_params(
      "SELECT request_hash, status, content_type, headers, body FROM idempotency_keys "
      "WHERE id = $1",
      id);
  if (rows.empty()) return std::nullopt;
  const auto& row = rows[0];
  return KeptAnswer{row[0].c_str(), row[1].as<int>(), row[2].c_str(), row[3].c_str(),
                    row[4].c_str()};
}

void keep_answer(pqxx::work& tx, const std::string& id, const KeptAnswer& kept) {
  tx.exec_params0(
      "INSERT INTO idempotency_keys (id, request_hash, status, content_type, headers, body) "
      "VALUES ($1, $2, $3, $4, $5, $6)",
      id, kept.request_hash, kept.status, kept.content_type, kept.headers, kept.body);
}

void drop_old_answers(pqxx::work& tx) {
  tx.exec0("DELETE FROM idempotency_keys WHERE created_at < now() - interval '1 day'");
  tx.exec_params0(
      "DELETE FROM idempotency_keys WHERE created_at < (SELECT created_at FROM idempotency_keys "
      "ORDER BY created_at DESC OFFSET $1 LIMIT 1)",
      kMostIdempotencyKeys);
}

}  // namespace monitron::store
