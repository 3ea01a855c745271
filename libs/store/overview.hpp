#pragma once
// Counts for the overview, and the health of the suite's roles.

#include "base/ids.hpp"
#include "domain/threshold.hpp"
#include "store/tx.hpp"

#include <string>
#include <vector>

namespace monitron::store {

struct StatusCounts {
  int up = 0;
  int down = 0;
  int unknown = 0;
  void add(std::string_view status, int many = 1);
};
StatusCounts count_instances(pqxx::work& tx);
StatusCounts count_checks(pqxx::work& tx);

// The same one by one, with the labels that alerts about them have.
struct Standing {
  domain::LabelSet labels{};
  std::string status{};  // up, down, unknown
  // Of a check: its id; up, but somebody should look at it; and not heard of for ten intervals (ten
  // minutes at least), as when no checker runs.
  Uuid id{};
  bool warning = false;
  bool stale = false;
};
std::vector<Standing> instance_standings(pqxx::work& tx);
std::vector<Standing> check_standings(pqxx::work& tx);

struct RoleHealth {
  std::string role{};
  int instances = 0;
  int ready = 0;
  std::string detail{};
};
// Of the programs that a suite needs; one that nobody runs is listed with none.
std::vector<RoleHealth> role_health(pqxx::work& tx);

}  // namespace monitron::store
