#include "store/teams.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

const std::string& team_columns() {
  static const std::string text =
      "id, name, description, (SELECT coalesce(jsonb_agg(user_id ORDER BY user_id), '[]') "
      "FROM team_members m WHERE m.team_id = teams.id) AS members, version, " +
      ms_of("created_at") + ", " + ms_of("updated_at");
  return text;
}

Team read_team(const pqxx::row& row) {
  Team team;
  team.id = uuid_of(row["id"]);
  team.name = row["name"].c_str();
  team.description = row["description"].c_str();
  for (const auto& member : texts_of(row["members"])) {
    if (const auto id = Uuid::parse(member)) team.members.push_back(*id);
  }
  team.version = row["version"].as<int>();
  team.created_at = instant_of(row["created_at"]);
  team.updated_at = instant_of(row["updated_at"]);
  return team;
}

std::optional<Team> first_team(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return read_team(rows[0]);
}

// A statement sees nothing of what it writes itself.
std::optional<Team> with_members(pqxx::work& tx, const Team& team) {
  tx.exec_params0("DELETE FROM team_members WHERE team_id = $1", team.id.str());
  tx.exec_params0(
      "INSERT INTO team_members (team_id, user_id) SELECT $1, unnest($2::uuid[]) "
      "ON CONFLICT DO NOTHING",
      team.id.str(), array_of(team.members));
  return find_team(tx, team.id);
}

const std::string& grant_columns() {
  static const std::string text = "id, user_id, team_id, role, labels, version, " +
                                  ms_of("created_at") + ", " + ms_of("updated_at");
  return text;
}

Grant read_grant(const pqxx::row& row) {
  Grant grant;
  grant.id = uuid_of(row["id"]);
  grant.user_id = optional_uuid_of(row["user_id"]);
  grant.team_id = optional_uuid_of(row["team_id"]);
  grant.given = {row["role"].c_str(), labels_of(row["labels"])};
  grant.version = row["version"].as<int>();
  grant.created_at = instant_of(row["created_at"]);
  grant.updated_at = instant_of(row["updated_at"]);
  return grant;
}

std::optional<Grant> first_grant(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return read_grant(rows[0]);
}

// Of everybody: the own ones and those of the teams.
constexpr const char* kOfUsers =
    "(SELECT user_id, role, labels FROM grants WHERE user_id IS NOT NULL UNION ALL "
    "SELECT m.user_id, g.role, g.labels FROM grants g JOIN team_members m USING (team_id)) AS held";

GrantedRole read_granted(const pqxx::row& row) {
  return {row["role"].c_str(), labels_of(row["labels"])};
}

}  // namespace

std::optional<Team> find_team(pqxx::work& tx, const Uuid& id) {
  return first_team(
      tx.exec_params("SELECT " + team_columns() + " FROM teams WHERE id = $1", id.str()));
}

std::optional<Team> find_team_by_name(pqxx::work& tx, const std::string& name) {
  return first_team(tx.exec_params(
      "SELECT " + team_columns() + " FROM teams WHERE lower(name) = lower($1)", name));
}

const Listing& team_listing() {
  static const Listing listing{
      .keys = {{"name", "lower(name)"}, {"created_at", "teams.created_at", SortKey::Type::time}},
      .searched = {"name", "description"}};
  return listing;
}

Page<Team> list_teams(pqxx::work& tx, const PageQuery& query) {
  const auto list = list_sql(tx, query, team_listing());
  return read_page<Team>(tx.exec("SELECT " + team_columns() + list.value + "FROM teams WHERE " +
                                 list.where + list.order),
                         read_team, query.limit);
}

Team insert_team(pqxx::work& tx, const Team& team) {
  tx.exec_params0("INSERT INTO teams (id, name, description) VALUES ($1, $2, $3)", team.id.str(),
                  team.name, team.description);
  return with_members(tx, team).value_or(team);
}

std::optional<Team> update_team(pqxx::work& tx, const Team& team) {
  const auto done = tx.exec_params(
      "UPDATE teams SET name = $3, description = $4, version = version + 1, updated_at = now() "
      "WHERE id = $1 AND version = $2",
      team.id.str(), team.version, team.name, team.description);
  if (done.affected_rows() == 0) return std::nullopt;
  return with_members(tx, team);
}

bool delete_team(pqxx::work& tx, const Uuid& id) {
  return tx.exec_params("DELETE FROM teams WHERE id = $1", id.str()).affected_rows() == 1;
}

std::vector<Uuid> unknown_users(pqxx::work& tx, const std::vector<Uuid>& users) {
  return read_all<Uuid>(
      tx.exec_params("SELECT id FROM unnest($1::uuid[]) AS id "
                     "WHERE NOT EXISTS (SELECT FROM users WHERE users.id = id.id)",
                     array_of(users)),
      [](const pqxx::row& row) { return uuid_of(row[0]); });
}

std::optional<Grant> find_grant(pqxx::work& tx, const Uuid& id) {
  return first_grant(
      tx.exec_params("SELECT " + grant_columns() + " FROM grants WHERE id = $1", id.str()));
}

const Listing& grant_listing() {
  static const Listing listing{
      .keys = {{"role", "role"}, {"created_at", "grants.created_at", SortKey::Type::time}},
      .searched = {"role"}};
  return listing;
}

Page<Grant> list_grants(pqxx::work& tx, const PageQuery& query) {
  const auto list = list_sql(tx, query, grant_listing());
  return read_page<Grant>(tx.exec("SELECT " + grant_columns() + list.value + "FROM grants WHERE " +
                                  list.where + list.order),
                          read_grant, query.limit);
}

Grant insert_grant(pqxx::work& tx, const Grant& grant) {
  return read_grant(
      tx.exec_params1("INSERT INTO grants (id, user_id, team_id, role, labels) "
                      "VALUES ($1, $2, $3, $4, $5::jsonb) RETURNING " +
                          grant_columns(),
                      grant.id.str(), text_or_null(grant.user_id), text_or_null(grant.team_id),
                      grant.given.role, json_of(grant.given.labels)));
}

std::optional<Grant> update_grant(pqxx::work& tx, const Grant& grant) {
  return first_grant(tx.exec_params(
      "UPDATE grants SET user_id = $3, team_id = $4, role = $5, labels = $6::jsonb, "
      "version = version + 1, updated_at = now() WHERE id = $1 AND version = $2 RETURNING " +
          grant_columns(),
      grant.id.str(), grant.version, text_or_null(grant.user_id), text_or_null(grant.team_id),
      grant.given.role, json_of(grant.given.labels)));
}

bool delete_grant(pqxx::work& tx, const Uuid& id) {
  return tx.exec_params("DELETE FROM grants WHERE id = $1", id.str()).affected_rows() == 1;
}

std::vector<GrantedRole> granted_to_user(pqxx::work& tx, const Uuid& user) {
  return read_all<GrantedRole>(
      tx.exec_params(std::string("SELECT role, labels FROM ") + kOfUsers + " WHERE user_id = $1",
                     user.str()),
      read_granted);
}

std::vector<GrantedRole> granted_to_team(pqxx::work& tx, const Uuid& team) {
  return read_all<GrantedRole>(
      tx.exec_params("SELECT role, labels FROM grants WHERE team_id = $1", team.str()),
      read_granted);
}

std::map<Uuid, std::vector<GrantedRole>> granted_to_users(pqxx::work& tx) {
  std::map<Uuid, std::vector<GrantedRole>> all;
  for (const auto& row : tx.exec(std::string("SELECT user_id, role, labels FROM ") + kOfUsers)) {
    all[uuid_of(row["user_id"])].push_back(read_granted(row));
  }
  return all;
}

}  // namespace monitron::store
