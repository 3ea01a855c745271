#include "db/limited.hpp"

#include "base/log.hpp"

#include <pqxx/pqxx>
#include <utility>

namespace monitron::db {
namespace {

// From then on, who is a member of a role may take it only if that was granted, too.
constexpr int kGrantsSaySet = 160'000;

thread_local std::optional<std::string> limit;

}  // namespace

Limited::Limited(std::optional<std::string> scope)
    : before_(std::exchange(limit, std::move(scope))) {}
Limited::~Limited() { limit = std::move(before_); }

const std::optional<std::string>& limited_to() { return limit; }

std::string scoped_role_of(const std::string& owner) { return owner + "_scoped"; }

Result<void> limit_to(pqxx::work& tx, const std::optional<std::string>& scope) {
  if (!scope) {
    tx.exec("SELECT set_config('role', 'none', true)");
    return {};
  }
  try {
    tx.exec_params(kLimit, *scope);
    return {};
  } catch (const pqxx::sql_error& problem) {
    log::error("database.unlimited", problem.what());
    return fail(Fault::unavailable,
                "the database is not prepared for permissions on some instances alone");
  }
}

std::string grant_sql(pqxx::connection_base& connection, const std::string& role,
                      const std::string& owner) {
  return "GRANT " + connection.quote_name(role) + " TO " + connection.quote_name(owner) +
         (connection.server_version() >= kGrantsSaySet ? " WITH SET TRUE" : "");
}

Result<void> can_limit(pqxx::work& tx) {
  const std::string owner = tx.exec1("SELECT session_user")[0].c_str();
  const auto role = scoped_role_of(owner);
  tx.exec("SAVEPOINT attempt");
  try {
    tx.exec_params1("SELECT set_config('role', $1, true), set_config('role', 'none', true)", role);
    return {};
  } catch (const pqxx::sql_error&) {
    tx.exec("ROLLBACK TO SAVEPOINT attempt");
    const bool is_there = !tx.exec_params("SELECT FROM pg_roles WHERE rolname = $1", role).empty();
    return fail(Fault::unavailable,
                "callers with permissions on some instances alone are refused: "
                "an administrator of PostgreSQL has to say: " +
                    (is_there ? "" : "CREATE ROLE " + tx.conn().quote_name(role) + " NOLOGIN; ") +
                    grant_sql(tx.conn(), role, owner) +
                    "; and then this program to be started anew");
  }
}

}  // namespace monitron::db
