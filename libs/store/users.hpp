#pragma once
// Accounts and their sessions (refresh tokens). Written by api.

#include "base/clock.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

#include <set>

namespace monitron::store {

struct User {
  Uuid id{};
  std::string email{};
  std::string name{};
  std::string role{};
  std::string password_hash{};
  int token_version = 1;
  int version = 1;
  Instant created_at{};
  Instant updated_at{};
  std::optional<Instant> email_verified_at{};
};

std::optional<User> find_user(pqxx::work& tx, const Uuid& id);
// As people read it: the name, or else the e-mail address.
std::optional<std::string> name_of_user(pqxx::work& tx, const Uuid& id);
std::optional<User> find_user_by_email(pqxx::work& tx, const std::string& email);
const Listing& user_listing();
Page<User> list_users(pqxx::work& tx, const PageQuery& query);
// Throws unique_violation for an e-mail address that is taken.
User insert_user(pqxx::work& tx, const User& user);
// Nothing when `user.version` is not the stored one.
std::optional<User> update_user(pqxx::work& tx, const User& user);
// Whoever knew the password before is out: also ends all sessions. What reached the user by letter
// proves the address. Nothing when there is no such user.
std::optional<User> set_password(pqxx::work& tx, const Uuid& id, const std::string& hash);
void verify_email(pqxx::work& tx, const Uuid& id);
// The same password at another cost; not in the place of another one.
void rehash_password(pqxx::work& tx, const Uuid& id, const std::string& before,
                     const std::string& after);
// As find_user(); whoever changes the user waits until this transaction has ended.
std::optional<User> find_user_held(pqxx::work& tx, const Uuid& id);
// As find_user(); whoever holds or changes the user waits: what is compared now stays so.
std::optional<User> find_user_to_change(pqxx::work& tx, const Uuid& id);
bool delete_user(pqxx::work& tx, const Uuid& id);
// Locks them, so that two requests cannot both remove the last but one.
int count_admins_locked(pqxx::work& tx);
// What access tokens are good for: id → token version and role, of all users.
struct UserGrant {
  int token_version = 0;
  std::string role{};
};
std::map<Uuid, UserGrant> user_grants(pqxx::work& tx);

struct NewRefresh {
  std::string hash{};
  Uuid family{};
  Uuid user{};
  Instant expires_at{};
  std::string address{};  // who asked for it, and with what
  std::string user_agent{};
};
void insert_refresh(pqxx::work& tx, const NewRefresh& refresh);

enum class RefreshState { good, unknown, used, dead };
struct RefreshUse {
  RefreshState state = RefreshState::unknown;
  Uuid family{};
  Uuid user{};
};
// Marks a good token as used; of two that come at once one finds it used.
RefreshUse use_refresh(pqxx::work& tx, const std::string& hash);
// A family that can still be refreshed. Used: within the last ten minutes before `last_used_at`.
struct SessionRow {
  Uuid id{};  // the family
  Instant created_at{};
  Instant last_used_at{};
  Instant expires_at{};
  std::string address{};
  std::string user_agent{};
};
std::vector<SessionRow> list_sessions(pqxx::work& tx, const Uuid& user);  // latest used first
// False when this user has no such session.
bool revoke_session(pqxx::work& tx, const Uuid& user, const Uuid& family);
void revoke_other_sessions(pqxx::work& tx, const Uuid& user, const Uuid& kept);
// False when it was over before.
bool revoke_family(pqxx::work& tx, const Uuid& family);
void revoke_sessions(pqxx::work& tx, const Uuid& user);
// Families that were revoked within the last half hour: access tokens of them are refused.
std::vector<Uuid> revoked_families(pqxx::work& tx);
// Those of these families that have ended, by time or because they were revoked, however long ago.
std::set<std::string> ended_families(pqxx::work& tx, const std::set<std::string>& families);
void drop_expired_sessions(pqxx::work& tx);

void insert_ticket(pqxx::work& tx, const std::string& id, Instant expires_at);
// True for the first who claims it.
bool claim_ticket(pqxx::work& tx, const std::string& id);

}  // namespace monitron::store
