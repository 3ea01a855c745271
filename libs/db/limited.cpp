#include "db/limited.hpp"

#include "base/log.hpp"

#include <pqxx/pqxx>
#include <utility>

namespace monitron::db {
namespace {

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

Result<void> can_limit(pqxx::work& tx) {
  const auto row = tx.exec1(
      "SELECT quote_ident(session_user || '_scoped'), quote_ident(session_user), "
      "coalesce((SELECT pg_has_role(session_user, oid, 'MEMBER') FROM pg_roles "
      "WHERE rolname = session_user || '_scoped'), false)");
  if (row[2].as<bool>()) return {};
  const std::string role = row[0].c_str(), owner = row[1].c_str();
  return fail(Fault::unavailable,
              "callers with permissions on some instances alone are refused: "
              "an administrator of PostgreSQL has to say: CREATE ROLE " +
                  role + " NOLOGIN; GRANT " + role + " TO " + owner +
                  "; and then this program to be started anew");
}

}  // namespace monitron::db
