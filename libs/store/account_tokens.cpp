#include "store/account_tokens.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

const char* text_of(AccountTokenKind kind) {
  return kind == AccountTokenKind::password_reset ? "password_reset" : "email_verification";
}

// Its address is compared with the account's by itself: the token is of no use for another one.
constexpr const char* kGood =
    "kind = $1 AND hash = $2 AND expires_at > now() AND EXISTS (SELECT FROM users "
    "WHERE users.id = user_id AND lower(users.email) = lower(account_tokens.email))";

std::optional<User> user_in(pqxx::work& tx, const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return find_user(tx, uuid_of(rows[0][0]));
}

}  // namespace

bool put_account_token(pqxx::work& tx, const AccountToken& token) {
  return tx.exec_params(
               "INSERT INTO account_tokens (user_id, kind, hash, email, expires_at) "
               "VALUES ($1, $2, $3, $4, " +
                   from_ms_sql(5) +
                   ") ON CONFLICT (user_id, kind) DO UPDATE SET hash = excluded.hash, "
                   "email = excluded.email, created_at = now(), expires_at = excluded.expires_at "
                   "WHERE account_tokens.created_at < now() - interval '1 minute' OR "
                   "lower(account_tokens.email) <> lower(excluded.email)",
               token.user.str(), text_of(token.kind), token.hash, token.email,
               to_ms(token.expires_at))
             .affected_rows() == 1;
}

std::optional<User> account_token_user(pqxx::work& tx, AccountTokenKind kind,
                                       const std::string& hash) {
  return user_in(tx,
                 tx.exec_params(std::string("SELECT user_id FROM account_tokens WHERE ") + kGood,
                                text_of(kind), hash));
}

std::optional<User> take_account_token(pqxx::work& tx, AccountTokenKind kind,
                                       const std::string& hash) {
  return user_in(tx, tx.exec_params(std::string("DELETE FROM account_tokens WHERE ") + kGood +
                                        " RETURNING user_id",
                                    text_of(kind), hash));
}

void drop_expired_account_tokens(pqxx::work& tx) {
  tx.exec0("DELETE FROM account_tokens WHERE expires_at < now() - interval '1 day'");
}

}  // namespace monitron::store
