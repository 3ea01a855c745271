#pragma once
// Teams, and what they and single people were granted on some instances. Written by api.

#include "base/clock.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace monitron::store {

struct Team {
  Uuid id{};
  std::string name{};
  std::string description{};
  std::vector<Uuid> members{};  // users
  int version = 1;
  Instant created_at{};
  Instant updated_at{};
};

std::optional<Team> find_team(pqxx::work& tx, const Uuid& id);
std::optional<Team> find_team_by_name(pqxx::work& tx, const std::string& name);
const Listing& team_listing();
Page<Team> list_teams(pqxx::work& tx, const PageQuery& query);
// Throw unique_violation for a name that is taken; the members must be there.
Team insert_team(pqxx::work& tx, const Team& team);
// Nothing when `team.version` is not the stored one.
std::optional<Team> update_team(pqxx::work& tx, const Team& team);
bool delete_team(pqxx::work& tx, const Uuid& id);
// Those of them that are no users.
std::vector<Uuid> unknown_users(pqxx::work& tx, const std::vector<Uuid>& users);

// A role on the instances that have all of these labels, of which there is one at least.
struct GrantedRole {
  std::string role{};
  Labels labels{};
};

struct Grant {
  Uuid id{};
  std::optional<Uuid> user_id{};  // one of the two
  std::optional<Uuid> team_id{};
  GrantedRole given{};
  int version = 1;
  Instant created_at{};
  Instant updated_at{};
};

std::optional<Grant> find_grant(pqxx::work& tx, const Uuid& id);
const Listing& grant_listing();
Page<Grant> list_grants(pqxx::work& tx, const PageQuery& query);
Grant insert_grant(pqxx::work& tx, const Grant& grant);
// Nothing when `grant.version` is not the stored one.
std::optional<Grant> update_grant(pqxx::work& tx, const Grant& grant);
bool delete_grant(pqxx::work& tx, const Uuid& id);

// What was granted to somebody, and to the teams that one is a member of.
std::vector<GrantedRole> granted_to_user(pqxx::work& tx, const Uuid& user);
std::vector<GrantedRole> granted_to_team(pqxx::work& tx, const Uuid& team);
std::map<Uuid, std::vector<GrantedRole>> granted_to_users(pqxx::work& tx);

}  // namespace monitron::store
