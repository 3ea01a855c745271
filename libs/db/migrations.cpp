#include "db/migrations.hpp"

#include "base/bytes.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "db/limited.hpp"
#include "db/session_settings.hpp"
#include "db/time_limits.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <libpq-fe.h>
#include <map>
#include <pqxx/pqxx>
#include <sstream>

namespace monitron::db {
namespace {

// Whoever migrates holds it; the number is our own.
constexpr const char* kLock = "SELECT pg_advisory_lock(7420001)";
constexpr const char* kTable =
    "CREATE TABLE IF NOT EXISTS schema_migrations (version integer PRIMARY KEY, name text NOT "
    "NULL, "
    "sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())";

struct Applied {
  std::string sha256;
  std::string at;
};

std::map<int, Applied> applied_of(pqxx::transaction_base& tx) {
  std::map<int, Applied> applied;
  const auto rows = tx.exec(
      "SELECT version, sha256, to_char(applied_at AT TIME ZONE 'UTC', "
      "'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') FROM schema_migrations");
  for (const auto& row : rows) applied[row[0].as<int>()] = {row[1].c_str(), row[2].c_str()};
  return applied;
}

std::string digest_of(const Migration& migration) { return to_hex(sha256(migration.up)); }

// A connection that holds the lock as long as it lives, with the table there.
std::unique_ptr<pqxx::connection> locked(const std::string& url) {
  auto connection = std::make_unique<pqxx::connection>(with_time_limits(url));
  pqxx::nontransaction session(*connection);
  session.exec(kOwnSettings);
  session.exec("SET lock_timeout = '60s'");
  session.exec("SET client_min_messages = warning");
  session.exec(kLock);
  session.exec(kTable);
  return connection;
}

// The keywords of a connection string (URI or not) that have a value; empty when it is none.
std::map<std::string, std::string> parts_of(const std::string& url) {
  std::map<std::string, std::string> parts;
  PQconninfoOption* options = PQconninfoParse(url.c_str(), nullptr);
  if (options == nullptr) return parts;
  for (auto* option = options; option->keyword != nullptr; ++option) {
    if (option->val != nullptr) parts[option->keyword] = option->val;
  }
  PQconninfoFree(options);
  return parts;
}

std::string connection_string(const std::map<std::string, std::string>& parts) {
  std::string text;
  for (const auto& [keyword, value] : parts) {
    text += keyword + "='";
    for (const char c : value) {
      if (c == '\'' || c == '\\') text += '\\';
      text += c;
    }
    text += "' ";
  }
  return text;
}

// Nothing here needs it; where a server has it, whoever asks the database may use it. A server may
// have its files without letting it start (it must be preloaded): that is said, and no failure.
void create_optional_extension(const std::string& admin) {
  try {
    pqxx::connection connection(with_time_limits(admin));
    pqxx::nontransaction tx(connection);
    tx.exec("SET client_min_messages = warning");
    if (tx.exec("SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'").empty()) return;
    tx.exec("CREATE EXTENSION IF NOT EXISTS timescaledb");
  } catch (const pqxx::failure& problem) {
    log::warning("timescaledb.refused", "the extension timescaledb is not used",
                 {{"reason", problem.what()}});
  }
}

template <class Body>
auto guarded(Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (const pqxx::broken_connection& problem) {
    return fail(Fault::unavailable, problem.what());
  } catch (const std::exception& problem) {
    return fail(Fault::bug, problem.what());
  }
}

// The role that limited callers have, see db/limited.hpp: it may be made later than the tables.
// Older schemas have none.
void allow_scoped(pqxx::connection& connection) {
  pqxx::work tx(connection);
  if (tx.exec1("SELECT to_regproc('allow_scoped') IS NULL")[0].as<bool>()) return;
  tx.exec("SELECT allow_scoped()");
  tx.commit();
}

Result<void> check_unchanged(const std::map<int, Applied>& applied,
                             const std::vector<Migration>& migrations) {
  for (const auto& migration : migrations) {
    const auto found = applied.find(migration.version);
    if (found != applied.end() && found->second.sha256 != digest_of(migration)) {
      return fail(Fault::invalid, "migration " + std::to_string(migration.version) + "_" +
                                      migration.name + " was changed after it was applied");
    }
  }
  return {};
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string quoted_name(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

}  // namespace

Result<std::vector<Migration>> load_migrations(const std::string& folder) {
  if (!std::filesystem::is_directory(folder))
    return fail(Fault::not_found, folder + " is no folder");
  std::map<int, Migration> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto name = entry.path().filename().string();
    const auto end = name.find(".up.sql");
    if (end == std::string::npos || name.size() < 5) continue;
    const auto version = parse_number<int>(std::string_view(name).substr(0, 4));
    if (!version || name[4] != '_') return fail(Fault::invalid, name + " is not named NNNN_name");
    auto down = entry.path();
    down.replace_filename(name.substr(0, end) + ".down.sql");
    if (!std::filesystem::exists(down)) return fail(Fault::invalid, name + " has no down file");
    if (found.count(*version) > 0) return fail(Fault::invalid, name + ": the number is taken");
    found[*version] = {*version, name.substr(5, end - 5), read_file(entry.path()), read_file(down)};
  }
  std::vector<Migration> migrations;
  for (auto& [version, migration] : found) migrations.push_back(std::move(migration));
  return migrations;
}

Result<void> check_server(int version) {
  if (version >= kOldestServer) return {};
  return fail(Fault::invalid, "PostgreSQL " + std::to_string(kOldestServer / 10'000) +
                                  " or newer is needed: this one is version " +
                                  std::to_string(version / 10'000));
}

Result<int> migrate_up(const std::string& url, const std::vector<Migration>& migrations) {
  return guarded([&]() -> Result<int> {
    const auto server = pqxx::connection(with_time_limits(url)).server_version();
    if (const auto enough = check_server(server); !enough) return fail(enough.error());
    const auto connection = locked(url);
    int count = 0;
    std::map<int, Applied> applied;
    {
      pqxx::nontransaction session(*connection);
      applied = applied_of(session);
    }
    if (auto same = check_unchanged(applied, migrations); !same) return fail(same.error());
    for (const auto& migration : migrations) {
      if (applied.count(migration.version) > 0) continue;
      pqxx::work tx(*connection);
      tx.exec(migration.up);
      tx.exec_params0("INSERT INTO schema_migrations (version, name, sha256) VALUES ($1, $2, $3)",
                      migration.version, migration.name, digest_of(migration));
      tx.commit();
      ++count;
    }
    allow_scoped(*connection);
    return count;
  });
}

Result<int> migrate_down(const std::string& url, const std::vector<Migration>& migrations,
                         int steps) {
  return guarded([&]() -> Result<int> {
    const auto connection = locked(url);
    int count = 0;
    for (auto it = migrations.rbegin(); it != migrations.rend() && count < steps; ++it) {
      pqxx::work tx(*connection);
      if (applied_of(tx).count(it->version) == 0) continue;
      tx.exec(it->down);
      tx.exec_params0("DELETE FROM schema_migrations WHERE version = $1", it->version);
      tx.commit();
      ++count;
    }
    return count;
  });
}

Result<std::vector<MigrationStatus>> migration_status(const std::string& url,
                                                      const std::vector<Migration>& migrations) {
  return guarded([&]() -> Result<std::vector<MigrationStatus>> {
    pqxx::connection connection(with_time_limits(url));
    pqxx::work tx(connection);
    tx.exec(kTable);
    const auto applied = applied_of(tx);
    tx.commit();
    std::vector<MigrationStatus> all;
    for (const auto& migration : migrations) {
      const auto found = applied.find(migration.version);
      all.push_back({migration.version, migration.name, found != applied.end(),
                     found == applied.end() ? "" : found->second.at});
    }
    return all;
  });
}

Result<void> require_schema(const std::string& url, int version) {
  return guarded([&]() -> Result<void> {
    pqxx::connection connection(with_time_limits(url));
    pqxx::work tx(connection);
    if (tx.exec1("SELECT to_regclass('schema_migrations') IS NOT NULL")[0].as<bool>() &&
        tx.exec_params1("SELECT count(*) FROM schema_migrations WHERE version = $1", version)[0]
                .as<int>() == 1) {
      return {};
    }
    return fail(Fault::unavailable, "the schema is older than version " + std::to_string(version));
  });
}

Result<void> provision(const std::string& admin_url, const std::string& url) {
  return guarded([&]() -> Result<void> {
    auto wanted = parts_of(url);
    auto rights = parts_of(admin_url);
    if (wanted.empty() || rights.empty()) return fail(Fault::invalid, "not a connection string");
    const auto user = wanted["user"], password = wanted["password"], name = wanted["dbname"];
    {
      pqxx::connection admin(with_time_limits(admin_url));
      pqxx::nontransaction tx(admin);
      const auto make_role = [&](const std::string& role, const char* rights_of_role) {
        if (!tx.exec_params("SELECT 1 FROM pg_roles WHERE rolname = $1", role).empty()) return;
        tx.exec("CREATE ROLE " + quoted_name(role) + rights_of_role);
      };
      make_role(user, " LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE");
      make_role("monitron_reader", " NOLOGIN");  // a migration says what it may read
      const auto scoped = scoped_role_of(user);  // allow_scoped() what this one may
      make_role(scoped, " NOLOGIN");
      tx.exec("SET client_min_messages = warning");
      tx.exec(grant_sql(admin, scoped, user));
      if (!password.empty()) {
        tx.exec("ALTER ROLE " + quoted_name(user) + " PASSWORD " + tx.quote(password));
      }
      if (tx.exec_params("SELECT 1 FROM pg_database WHERE datname = $1", name).empty()) {
        tx.exec("CREATE DATABASE " + quoted_name(name) + " OWNER " + quoted_name(user));
      }
    }
    rights["dbname"] = name;
    create_optional_extension(connection_string(rights));
    return {};
  });
}

}  // namespace monitron::db
