#include "store/users.hpp"

#include "store/row.hpp"

#include <nlohmann/json.hpp>

namespace monitron::store {
namespace {

const std::string& columns() {
  static const std::string text = "id, email, name, role, password_hash, token_version, version, " +
                                  ms_of("created_at") + ", " + ms_of("updated_at") + ", " +
                                  ms_of("email_verified_at");
  return text;
}

User read(const pqxx::row& row) {
  User user;
  user.id = uuid_of(row["id"]);
  user.email = row["email"].c_str();
  user.name = row["name"].c_str();
  user.role = row["role"].c_str();
  user.password_hash = row["password_hash"].c_str();
  user.token_version = row["token_version"].as<int>();
  user.version = row["version"].as<int>();
  user.created_at = instant_of(row["created_at"]);
  user.updated_at = instant_of(row["updated_at"]);
  user.email_verified_at = optional_instant_of(row["email_verified_at"]);
  return user;
}

std::optional<User> first(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return read(rows[0]);
}

}  // namespace

std::optional<User> find_user(pqxx::work& tx, const Uuid& id) {
  return first(tx.exec_params("SELECT " + columns() + " FROM users WHERE id = $1", id.str()));
}

std::optional<std::string> name_of_user(pqxx::work& tx, const Uuid& id) {
  const auto rows =
      tx.exec_params("SELECT coalesce(nullif(name, ''), email) FROM users WHERE id = $1", id.str());
  if (rows.empty()) return std::nullopt;
  return rows[0][0].c_str();
}

std::optional<User> find_user_by_email(pqxx::work& tx, const std::string& email) {
  return first(
      tx.exec_params("SELECT " + columns() + " FROM users WHERE lower(email) = lower($1)", email));
}

const Listing& user_listing() {
  static const Listing listing{.keys = {{"email", "lower(email)"},
                                        {"name", "lower(name)"},
                                        {"role", "role"},
                                        {"created_at", "users.created_at", SortKey::Type::time}},
                               .searched = {"email", "name"}};
  return listing;
}

Page<User> list_users(pqxx::work& tx, const PageQuery& query) {
  const auto list = list_sql(tx, query, user_listing());
  return read_page<User>(
      tx.exec("SELECT " + columns() + list.value + "FROM users WHERE " + list.where + list.order),
      read, query.limit);
}

User insert_user(pqxx::work& tx, const User& user) {
  return read(
      tx.exec_params1("INSERT INTO users (id, email, name, role, password_hash, email_verified_at) "
                      "VALUES ($1, $2, $3, $4, $5, " +
                          from_ms_sql(6) + ") RETURNING " + columns(),
                      user.id.str(), user.email, user.name, user.role, user.password_hash,
                      ms_or_null(user.email_verified_at)));
}

std::optional<User> update_user(pqxx::work& tx, const User& user) {
  return first(tx.exec_params(
      "UPDATE users SET email = $3, name = $4, role = $5, password_hash = $6, token_version = $7, "
      "email_verified_at = CASE WHEN lower(email) = lower($3) THEN email_verified_at END, "
      "version = version + 1, updated_at = now() WHERE id = $1 AND version = $2 RETURNING " +
          columns(),
      user.id.str(), user.version, user.email, user.name, user.role, user.password_hash,
      user.token_version));
}

std::optional<User> set_password(pqxx::work& tx, const Uuid& id, const std::string& hash) {
  auto user = first(
      tx.exec_params("UPDATE users SET password_hash = $2, token_version = token_version + 1, "
                     "version = version + 1, updated_at = now() WHERE id = $1 RETURNING " +
                         columns(),
                     id.str(), hash));
  revoke_sessions(tx, id);
  return user;
}

void verify_email(pqxx::work& tx, const Uuid& id) {
  tx.exec_params0(
      "UPDATE users SET email_verified_at = now(), version = version + 1, updated_at = now() "
      "WHERE id = $1 AND email_verified_at IS NULL",
      id.str());
}

void rehash_password(pqxx::work& tx, const Uuid& id, const std::string& before,
                     const std::string& after) {
  tx.exec_params0("UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
                  id.str(), before, after);
}

std::optional<User> find_user_held(pqxx::work& tx, const Uuid& id) {
  return first(
      tx.exec_params("SELECT " + columns() + " FROM users WHERE id = $1 FOR SHARE", id.str()));
}

std::optional<User> find_user_to_change(pqxx::work& tx, const Uuid& id) {
  return first(
      tx.exec_params("SELECT " + columns() + " FROM users WHERE id = $1 FOR UPDATE", id.str()));
}

bool delete_user(pqxx::work& tx, const Uuid& id) {
  return tx.exec_params("DELETE FROM users WHERE id = $1", id.str()).affected_rows() == 1;
}

int count_admins_locked(pqxx::work& tx) {
  return static_cast<int>(
      tx.exec("SELECT id FROM users WHERE role = 'admin' ORDER BY id FOR UPDATE").size());
}

std::map<Uuid, UserGrant> user_grants(pqxx::work& tx) {
  std::map<Uuid, UserGrant> grants;
  for (const auto& row : tx.exec("SELECT id, token_version, role FROM users")) {
    grants[uuid_of(row[0])] = {row[1].as<int>(), row[2].c_str()};
  }
  return grants;
}

void insert_refresh(pqxx::work& tx, const NewRefresh& refresh) {
  tx.exec_params0(
      "INSERT INTO refresh_tokens (hash, family, user_id, expires_at, address, user_agent, "
      "started_at) VALUES ($1, $2, $3, " +
          from_ms_sql(4) +
          ", $5, $6, COALESCE((SELECT min(started_at) FROM refresh_tokens WHERE family = $2), "
          "now()))",
      refresh.hash, refresh.family.str(), refresh.user.str(), to_ms(refresh.expires_at),
      refresh.address, refresh.user_agent);
}

RefreshUse use_refresh(pqxx::work& tx, const std::string& hash) {
  const auto rows = tx.exec_params(
      "SELECT family, user_id, used_at IS NOT NULL, revoked_at IS NOT NULL OR expires_at <= now() "
      "FROM refresh_tokens WHERE hash = $1 FOR UPDATE",
      hash);
  if (rows.empty()) return {};
  RefreshUse use{RefreshState::good, uuid_of(rows[0][0]), uuid_of(rows[0][1])};
  // Whoever revoked the family while this one was being made did not see it, but those before.
  const auto over = tx.exec_params1(
      "SELECT EXISTS (SELECT FROM refresh_tokens WHERE family = $1 AND revoked_at IS NOT NULL)",
      use.family.str());
  if (rows[0][2].as<bool>()) {
    use.state = RefreshState::used;
  } else if (rows[0][3].as<bool>() || over[0].as<bool>()) {
    use.state = RefreshState::dead;
  } else {
    tx.exec_params0("UPDATE refresh_tokens SET used_at = now() WHERE hash = $1", hash);
  }
  return use;
}

std::vector<SessionRow> list_sessions(pqxx::work& tx, const Uuid& user) {
  const auto rows = tx.exec_params(
      "SELECT family, address, user_agent, " + ms_of("started_at") + ", " + ms_of("created_at") +
          ", " + ms_of("expires_at") +
          " FROM refresh_tokens WHERE user_id = $1 AND used_at IS NULL AND expires_at > now() AND "
          "NOT EXISTS (SELECT FROM refresh_tokens f WHERE f.family = refresh_tokens.family AND "
          "f.revoked_at IS NOT NULL) ORDER BY refresh_tokens.created_at DESC, hash LIMIT 1000",
      user.str());
  return read_all<SessionRow>(rows, [](const pqxx::row& row) {
    return SessionRow{uuid_of(row["family"]),        instant_of(row["started_at"]),
                      instant_of(row["created_at"]), instant_of(row["expires_at"]),
                      row["address"].c_str(),        row["user_agent"].c_str()};
  });
}

bool revoke_session(pqxx::work& tx, const Uuid& user, const Uuid& family) {
  return tx.exec_params(
               "UPDATE refresh_tokens SET revoked_at = now() "
               "WHERE user_id = $1 AND family = $2 AND revoked_at IS NULL",
               user.str(), family.str())
             .affected_rows() > 0;
}

void revoke_other_sessions(pqxx::work& tx, const Uuid& user, const Uuid& kept) {
  tx.exec_params0(
      "UPDATE refresh_tokens SET revoked_at = now() "
      "WHERE user_id = $1 AND family <> $2 AND revoked_at IS NULL",
      user.str(), kept.str());
}

bool revoke_family(pqxx::work& tx, const Uuid& family) {
  const auto rows = tx.exec_params0(
      "UPDATE refresh_tokens SET revoked_at = now() "
      "WHERE family = $1 AND revoked_at IS NULL",
      family.str());
  return rows.affected_rows() > 0;
}

void revoke_sessions(pqxx::work& tx, const Uuid& user) {
  tx.exec_params0(
      "UPDATE refresh_tokens SET revoked_at = now() "
      "WHERE user_id = $1 AND revoked_at IS NULL",
      user.str());
}

std::vector<Uuid> revoked_families(pqxx::work& tx) {
  const auto rows = tx.exec(
      "SELECT DISTINCT family FROM refresh_tokens "
      "WHERE revoked_at > now() - interval '30 minutes'");
  return read_all<Uuid>(rows, [](const pqxx::row& row) { return uuid_of(row[0]); });
}

std::set<std::string> ended_families(pqxx::work& tx, const std::set<std::string>& families) {
  std::set<std::string> ended;
  if (families.empty()) return ended;
  for (const auto& row : tx.exec_params(
           "SELECT asked.id FROM jsonb_array_elements_text($1::jsonb) AS asked (id) WHERE NOT "
           "EXISTS "
           "(SELECT FROM refresh_tokens WHERE family = asked.id::uuid AND used_at IS NULL AND "
           "expires_at > now()) OR EXISTS (SELECT FROM refresh_tokens WHERE family = "
           "asked.id::uuid "
           "AND revoked_at IS NOT NULL)",
           nlohmann::json(families).dump())) {
    ended.emplace(row[0].c_str());
  }
  return ended;
}

void drop_expired_sessions(pqxx::work& tx) {
  tx.exec0("DELETE FROM refresh_tokens WHERE expires_at < now() - interval '1 day'");
  tx.exec0("DELETE FROM stream_tickets WHERE expires_at < now() - interval '5 minutes'");
}

void insert_ticket(pqxx::work& tx, const std::string& id, Instant expires_at) {
  tx.exec_params0("INSERT INTO stream_tickets (id, expires_at) VALUES ($1, " + from_ms_sql(2) + ")",
                  id, to_ms(expires_at));
}

bool claim_ticket(pqxx::work& tx, const std::string& id) {
  return tx.exec_params("DELETE FROM stream_tickets WHERE id = $1", id).affected_rows() == 1;
}

}  // namespace monitron::store
