#pragma once
// What letters let somebody do with an account, once. Written by api.

#include "store/users.hpp"

namespace monitron::store {

enum class AccountTokenKind { password_reset, email_verification };

struct AccountToken {
  AccountTokenKind kind = AccountTokenKind::password_reset;
  std::string hash{};
  Uuid user{};
  std::string email{};  // where the letter goes
  Instant expires_at{};
};

// In the place of the one before it. False when that went to the same address and is not a minute
// old: it stays.
bool put_account_token(pqxx::work& tx, const AccountToken& token);

// Whose it is, if it is good: not expired, and the account has still the address it was sent to.
std::optional<User> account_token_user(pqxx::work& tx, AccountTokenKind kind,
                                       const std::string& hash);
// The same, and it is good no more: of two at once one is told whose it was.
std::optional<User> take_account_token(pqxx::work& tx, AccountTokenKind kind,
                                       const std::string& hash);

void drop_expired_account_tokens(pqxx::work& tx);

}  // namespace monitron::store
