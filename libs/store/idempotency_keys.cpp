#include "store/idempotency_keys.hpp"

#include <pqxx/pqxx>

namespace monitron::store {

bool lock_idempotency_key(pqxx::work& tx, const std::string& id) {
  return tx
      .exec_params1("SELECT pg_try_advisory_xact_lock(hashtextextended('idempotency ' || $1, 0))",
                    id)[0]
      .as<bool>();
}

std::optional<AnsweredKey> find_answered_key(pqxx::work& tx, const std::string& id) {
  const auto rows =
      tx.exec_params("SELECT caller, request_hash, answer FROM idempotency_keys WHERE id = $1", id);
  if (rows.empty()) return std::nullopt;
  const auto& row = rows[0];
  return AnsweredKey{id, row[0].c_str(), row[1].c_str(), row[2].c_str()};
}

void insert_answered_key(pqxx::work& tx, const AnsweredKey& key) {
  tx.exec_params0(
      "INSERT INTO idempotency_keys (id, caller, request_hash, answer) VALUES ($1, $2, $3, $4)",
      key.id, key.caller, key.request_hash, key.answer);
}

void drop_old_answers(pqxx::work& tx) {
  tx.exec0("DELETE FROM idempotency_keys WHERE created_at < now() - interval '1 day'");
  tx.exec_params0(
      "DELETE FROM idempotency_keys k USING (SELECT id, row_number() OVER (PARTITION BY caller "
      "ORDER BY created_at DESC, id) AS place FROM idempotency_keys) AS p "
      "WHERE p.id = k.id AND p.place > $1",
      kMostIdempotencyKeysOfOne);
  tx.exec_params0(
      "DELETE FROM idempotency_keys WHERE created_at < (SELECT created_at FROM idempotency_keys "
      "ORDER BY created_at DESC OFFSET $1 LIMIT 1)",
      kMostIdempotencyKeys);
}

}  // namespace monitron::store
