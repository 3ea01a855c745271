#include "store/second_factor.hpp"

#include "store/row.hpp"

namespace monitron::store {

std::string totp_context(const Uuid& user) { return "totp:" + user.str(); }

namespace {

std::optional<Totp> find(pqxx::work& tx, const Uuid& user, const char* lock) {
  const auto rows = tx.exec_params(
      "SELECT secret, last_step, " + ms_of("confirmed_at") +
          ", (SELECT count(*) FROM recovery_codes r WHERE r.user_id = totp.id) AS codes "
          "FROM totp WHERE id = $1" +
          lock,
      user.str());
  if (rows.empty()) return std::nullopt;
  Totp totp;
  totp.secret = rows[0]["secret"].c_str();
  totp.last_step = rows[0]["last_step"].as<std::int64_t>();
  totp.confirmed_at = optional_instant_of(rows[0]["confirmed_at"]);
  totp.recovery_codes = rows[0]["codes"].as<int>();
  return totp;
}

}  // namespace

std::optional<Totp> find_totp(pqxx::work& tx, const Uuid& user) { return find(tx, user, ""); }

std::optional<Totp> find_totp_held(pqxx::work& tx, const Uuid& user) {
  return find(tx, user, " FOR UPDATE");
}

bool put_totp(pqxx::work& tx, const Uuid& user, const std::string& secret) {
  return tx.exec_params(
               "INSERT INTO totp (id, secret) VALUES ($1, $2) ON CONFLICT (id) DO "
               "UPDATE SET secret = excluded.secret, last_step = -1, created_at = now() "
               "WHERE totp.confirmed_at IS NULL",
               user.str(), secret)
             .affected_rows() == 1;
}

bool confirm_totp(pqxx::work& tx, const Uuid& user, const std::vector<std::string>& codes) {
  const auto confirmed = tx.exec_params(
      "UPDATE totp SET confirmed_at = now() WHERE id = $1 AND confirmed_at IS NULL", user.str());
  if (confirmed.affected_rows() != 1) return false;
  for (const auto& code : codes) {
    tx.exec_params0("INSERT INTO recovery_codes (user_id, hash) VALUES ($1, $2)", user.str(), code);
  }
  return true;
}

bool use_totp_step(pqxx::work& tx, const Uuid& user, std::int64_t step) {
  return tx.exec_params("UPDATE totp SET last_step = $2 WHERE id = $1 AND last_step < $2",
                        user.str(), step)
             .affected_rows() == 1;
}

bool use_recovery_code(pqxx::work& tx, const Uuid& user, const std::string& hash) {
  return tx.exec_params("DELETE FROM recovery_codes WHERE user_id = $1 AND hash = $2", user.str(),
                        hash)
             .affected_rows() == 1;
}

bool delete_totp(pqxx::work& tx, const Uuid& user) {
  return tx.exec_params("DELETE FROM totp WHERE id = $1", user.str()).affected_rows() == 1;
}

void insert_challenge(pqxx::work& tx, const LoginChallenge& challenge) {
  tx.exec_params0(
      "INSERT INTO login_challenges (hash, user_id, token_version, expires_at) "
      "VALUES ($1, $2, $3, " +
          from_ms_sql(4) + ")",
      challenge.hash, challenge.user.str(), challenge.token_version, to_ms(challenge.expires_at));
}

std::optional<LoginChallenge> find_challenge_held(pqxx::work& tx, const std::string& hash) {
  const auto rows = tx.exec_params("SELECT user_id, token_version, " + ms_of("expires_at") +
                                       " FROM login_challenges WHERE hash = $1 AND "
                                       "expires_at > now() AND attempts < $2 FOR UPDATE",
                                   hash, kChallengeAttempts);
  if (rows.empty()) return std::nullopt;
  return LoginChallenge{hash, uuid_of(rows[0][0]), rows[0][1].as<int>(), instant_of(rows[0][2])};
}

void count_attempt(pqxx::work& tx, const std::string& hash) {
  tx.exec_params0("UPDATE login_challenges SET attempts = attempts + 1 WHERE hash = $1", hash);
}

void delete_challenge(pqxx::work& tx, const std::string& hash) {
  tx.exec_params0("DELETE FROM login_challenges WHERE hash = $1", hash);
}

void drop_expired_challenges(pqxx::work& tx) {
  tx.exec0("DELETE FROM login_challenges WHERE expires_at < now()");
}

}  // namespace monitron::store
