#pragma once
// Types of checks that users define. Written by api; the checker's scheduler reads them, and a
// change of a type counts as one of its checks.

#include "base/clock.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct CheckType {
  Uuid id{};
  std::string name{};
  std::string definition{};  // YAML, as contracts::parse_check_type reads it
  int version = 1;
  Instant created_at{};
  Instant updated_at{};
};

std::vector<CheckType> check_types(pqxx::work& tx);  // by name
std::optional<CheckType> find_check_type(pqxx::work& tx, const std::string& name);
// Nothing when the name is taken.
std::optional<CheckType> insert_check_type(pqxx::work& tx, const CheckType& type);
// By name; nothing when there is none, or its version is another.
std::optional<CheckType> update_check_type(pqxx::work& tx, const CheckType& type);
bool delete_check_type(pqxx::work& tx, const std::string& name);

}  // namespace monitron::store
