#pragma once
// On behalf of whom transactions run: of somebody who may see some rows alone, PostgreSQL shows no
// others (row-level security, migration 0074; docs/permissions.md lists what is held to it). As
// long as a Limited lives, what transact() of whichever Pool begins on this thread runs as the role
// of limited callers, within the labels of `scope`; with none, as the owner, who sees all. Where
// the role is missing or may not be taken, such transactions end with unavailable: never without
// it. A connection that is not a Pool's asks limited_to() by itself (series/directory.cpp does),
// and so does whoever hands work to another thread: Limited is of the thread that made it.

#include "base/result.hpp"

#include <optional>
#include <pqxx/transaction>
#include <stdexcept>
#include <string>

namespace monitron::db {

class Limited {
 public:
  // JSON: an array of objects, the labels that an instance must have all of one of.
  explicit Limited(std::optional<std::string> scope);
  ~Limited();
  Limited(const Limited&) = delete;
  Limited& operator=(const Limited&) = delete;

 private:
  std::optional<std::string> before_;
};

// Of this thread; nothing: not limited.
const std::optional<std::string>& limited_to();

// Of limited callers of what this account owns.
std::string scoped_role_of(const std::string& owner);

// Holds what follows in a transaction to the scope, its parameter.
inline constexpr const char* kLimit =
    "SELECT set_config('role', session_user || '_scoped', true), "
    "set_config('monitron.scope', $1, true)";

// Holds what follows in `tx` to the scope, or to none any more. Faults: unavailable.
Result<void> limit_to(pqxx::work& tx, const std::optional<std::string>& scope);

// For what must hold of all rows, whoever changes one (that nothing depends on itself): what `body`
// reads in `tx` it reads as the owner. What it finds is not for telling. When it throws, or `tx`
// cannot be limited again, this throws, and whoever catches that does nothing more in `tx`.
template <class Body>
auto as_owner(pqxx::work& tx, Body&& body) {
  const bool held = limited_to().has_value();
  if (held) (void)limit_to(tx, std::nullopt);
  auto found = body();
  if (held && !limit_to(tx, limited_to())) throw std::runtime_error("no longer limited");
  return found;
}

// What an administrator says so that `owner` may take `role`.
std::string grant_sql(pqxx::connection_base& connection, const std::string& role,
                      const std::string& owner);

// Whether the account of `tx` can act for limited callers: it is tried. What an administrator has
// to say if not. Fault: unavailable.
Result<void> can_limit(pqxx::work& tx);

}  // namespace monitron::db
