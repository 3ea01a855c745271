#include "store/oidc.hpp"

#include "store/row.hpp"

namespace monitron::store {

std::optional<Uuid> use_oidc_identity(pqxx::work& tx, const std::string& issuer,
                                      const std::string& subject) {
  const auto rows = tx.exec_params(
      "UPDATE oidc_identities SET last_used_at = now() WHERE issuer = $1 AND subject = $2 "
      "RETURNING user_id",
      issuer, subject);
  if (rows.empty()) return std::nullopt;
  return uuid_of(rows[0][0]);
}

bool link_oidc_identity(pqxx::work& tx, const std::string& issuer, const std::string& subject,
                        const Uuid& user) {
  return tx.exec_params(
               "INSERT INTO oidc_identities (issuer, subject, user_id) VALUES ($1, $2, $3) "
               "ON CONFLICT DO NOTHING",
               issuer, subject, user.str())
             .affected_rows() == 1;
}

bool claim_oidc_step(pqxx::work& tx, const std::string& hash, Instant expires_at) {
  return tx.exec_params("INSERT INTO oidc_steps (hash, expires_at) VALUES ($1, " + from_ms_sql(2) +
                            ") ON CONFLICT DO NOTHING",
                        hash, to_ms(expires_at))
             .affected_rows() == 1;
}

void drop_expired_oidc_steps(pqxx::work& tx) {
  tx.exec0("DELETE FROM oidc_steps WHERE expires_at < now()");
}

}  // namespace monitron::store
