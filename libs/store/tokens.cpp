#include "store/tokens.hpp"

#include "base/text.hpp"
#include "store/row.hpp"

namespace monitron::store {
namespace {

const std::string& api_columns() {
  static const std::string text =
      "id, name, hash, prefix, array_to_string(scopes, ',') AS scopes, created_by, instance_id, " +
      ms_of("created_at") + ", " + ms_of("expires_at") + ", " + ms_of("last_used_at");
  return text;
}

ApiToken read_api(const pqxx::row& row) {
  ApiToken token;
  token.id = uuid_of(row["id"]);
  token.name = row["name"].c_str();
  token.hash = row["hash"].c_str();
  token.prefix = row["prefix"].c_str();
  token.scopes = split_list(row["scopes"].c_str());
  token.created_by = optional_uuid_of(row["created_by"]);
  token.instance_id = optional_uuid_of(row["instance_id"]);
  token.created_at = instant_of(row["created_at"]);
  token.expires_at = optional_instant_of(row["expires_at"]);
  token.last_used_at = optional_instant_of(row["last_used_at"]);
  return token;
}

const std::string& enrolment_columns() {
  static const std::string text = "id, name, hash, prefix, created_by, max_uses, uses, " +
                                  ms_of("created_at") + ", " + ms_of("expires_at");
  return text;
}

EnrolmentToken read_enrolment(const pqxx::row& row) {
  EnrolmentToken token;
  token.id = uuid_of(row["id"]);
  token.name = row["name"].c_str();
  token.hash = row["hash"].c_str();
  token.prefix = row["prefix"].c_str();
  token.created_by = optional_uuid_of(row["created_by"]);
  token.created_at = instant_of(row["created_at"]);
  token.expires_at = optional_instant_of(row["expires_at"]);
  if (!row["max_uses"].is_null()) token.max_uses = row["max_uses"].as<int>();
  token.uses = row["uses"].as<int>();
  return token;
}

std::string agent_columns() {
  return "t.id, t.prefix, i.id AS instance_id, i.hostname, i.agent_version, " +
         ms_of("t.created_at", "created_at") + ", " + ms_of("t.last_used_at", "last_used_at") +
         ", " + ms_of("a.last_seen", "last_seen");
}

constexpr const char* kAgents =
    "api_tokens t JOIN instances i ON i.id = t.instance_id "
    "LEFT JOIN instance_activity a ON a.source_id = i.id "
    "WHERE t.revoked_at IS NULL AND t.instance_id IS NOT NULL";

Agent read_agent(const pqxx::row& row) {
  Agent agent;
  agent.id = uuid_of(row["id"]);
  agent.instance_id = uuid_of(row["instance_id"]);
  agent.hostname = row["hostname"].c_str();
  agent.version = row["agent_version"].c_str();
  agent.prefix = row["prefix"].c_str();
  agent.enrolled_at = instant_of(row["created_at"]);
  agent.last_used_at = optional_instant_of(row["last_used_at"]);
  agent.last_seen = optional_instant_of(row["last_seen"]);
  return agent;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : ",") + part;
  return text;
}

}  // namespace

ApiToken insert_api_token(pqxx::work& tx, const ApiToken& token) {
  return read_api(
      tx.exec_params1("INSERT INTO api_tokens (id, name, hash, prefix, scopes, created_by, "
                      "instance_id, expires_at) "
                      "VALUES ($1, $2, $3, $4, string_to_array($5, ','), $6, $7, " +
                          from_ms_sql(8) + ") RETURNING " + api_columns(),
                      token.id.str(), token.name, token.hash, token.prefix, joined(token.scopes),
                      text_or_null(token.created_by), text_or_null(token.instance_id),
                      ms_or_null(token.expires_at)));
}

const Listing& api_token_listing() {
  static const Listing listing{
      .keys = {{"name", "lower(name)"},
               {"created_at", "api_tokens.created_at", SortKey::Type::time}},
      .searched = {"name"}};
  return listing;
}

Page<ApiToken> list_api_tokens(pqxx::work& tx, const PageQuery& query,
                               const std::optional<Uuid>& created_by) {
  const auto list = list_sql(tx, query, api_token_listing());
  const auto rows = tx.exec_params(
      "SELECT " + api_columns() + list.value + "FROM api_tokens WHERE revoked_at IS NULL AND " +
          list.where + " AND ($1::uuid IS NULL OR created_by = $1)" + list.order,
      text_or_null(created_by));
  return read_page<ApiToken>(rows, read_api, query.limit);
}

std::optional<ApiToken> find_api_token(pqxx::work& tx, const std::string& hash) {
  const auto rows = tx.exec_params("SELECT " + api_columns() +
                                       " FROM api_tokens WHERE hash = $1 AND revoked_at IS NULL "
                                       "AND (expires_at IS NULL OR expires_at > now())",
                                   hash);
  if (rows.empty()) return std::nullopt;
  return read_api(rows[0]);
}

std::optional<ApiToken> find_api_token_by_id(pqxx::work& tx, const Uuid& id) {
  const auto rows = tx.exec_params(
      "SELECT " + api_columns() + " FROM api_tokens WHERE id = $1 AND revoked_at IS NULL",
      id.str());
  if (rows.empty()) return std::nullopt;
  return read_api(rows[0]);
}

bool displace_agents(pqxx::work& tx, const Uuid& instance) {
  tx.exec_params0(
      "UPDATE api_tokens SET revoked_at = now() WHERE instance_id = $1 AND revoked_at IS NULL "
      "AND last_used_at IS NULL AND created_at < now() - interval '2 minutes'",
      instance.str());
  return tx
      .exec_params("SELECT FROM api_tokens WHERE instance_id = $1 AND revoked_at IS NULL",
                   instance.str())
      .empty();
}

bool revoke_api_token(pqxx::work& tx, const Uuid& id) {
  return tx.exec_params(
               "UPDATE api_tokens SET revoked_at = now() "
               "WHERE id = $1 AND revoked_at IS NULL",
               id.str())
             .affected_rows() == 1;
}

void touch_api_tokens(pqxx::work& tx, const std::vector<std::string>& hashes) {
  tx.exec_params0(
      "UPDATE api_tokens SET last_used_at = now() "
      "WHERE hash = ANY (string_to_array($1, ','))",
      joined(hashes));
}

const Listing& agent_listing() {
  static const Listing listing{.keys = {{"hostname", "lower(i.hostname)"},
                                        {"enrolled_at", "t.created_at", SortKey::Type::time}},
                               .searched = {"i.hostname"},
                               .id = "t.id"};
  return listing;
}

Page<Agent> list_agents(pqxx::work& tx, const PageQuery& query,
                        const std::optional<Uuid>& instance) {
  const auto list = list_sql(tx, query, agent_listing());
  return read_page<Agent>(
      tx.exec_params("SELECT " + agent_columns() + list.value + "FROM " + kAgents + " AND " +
                         list.where + " AND ($1::uuid IS NULL OR t.instance_id = $1)" + list.order,
                     text_or_null(instance)),
      read_agent, query.limit);
}

std::optional<Agent> find_agent(pqxx::work& tx, const Uuid& id) {
  const auto rows =
      tx.exec_params("SELECT " + agent_columns() + " FROM " + kAgents + " AND t.id = $1", id.str());
  if (rows.empty()) return std::nullopt;
  return read_agent(rows[0]);
}

EnrolmentToken insert_enrolment_token(pqxx::work& tx, const EnrolmentToken& token) {
  return read_enrolment(tx.exec_params1(
      "INSERT INTO enrolment_tokens (id, name, hash, prefix, created_by, max_uses, expires_at) "
      "VALUES ($1, $2, $3, $4, $5, $6, " +
          from_ms_sql(7) + ") RETURNING " + enrolment_columns(),
      token.id.str(), token.name, token.hash, token.prefix, text_or_null(token.created_by),
      token.max_uses, ms_or_null(token.expires_at)));
}

const Listing& enrolment_token_listing() {
  static const Listing listing{
      .keys = {{"name", "lower(name)"},
               {"created_at", "enrolment_tokens.created_at", SortKey::Type::time}},
      .searched = {"name"}};
  return listing;
}

Page<EnrolmentToken> list_enrolment_tokens(pqxx::work& tx, const PageQuery& query) {
  const auto list = list_sql(tx, query, enrolment_token_listing());
  return read_page<EnrolmentToken>(
      tx.exec("SELECT " + enrolment_columns() + list.value + "FROM enrolment_tokens WHERE " +
              list.where + list.order),
      read_enrolment, query.limit);
}

bool delete_enrolment_token(pqxx::work& tx, const Uuid& id) {
  return tx.exec_params("DELETE FROM enrolment_tokens WHERE id = $1", id.str()).affected_rows() ==
         1;
}

std::optional<EnrolmentToken> claim_enrolment_token(pqxx::work& tx, const std::string& hash,
                                                    const std::vector<std::string>& roles) {
  const auto rows = tx.exec_params(
      "UPDATE enrolment_tokens SET uses = uses + 1 WHERE hash = $1 "
      "AND (expires_at IS NULL OR expires_at > now()) AND (max_uses IS NULL OR uses < max_uses) "
      "AND (created_by IS NULL OR EXISTS (SELECT FROM users WHERE users.id = created_by AND "
      "users.role IN (SELECT jsonb_array_elements_text($2::jsonb)))) RETURNING " +
          enrolment_columns(),
      hash, json_of(roles));
  if (rows.empty()) return std::nullopt;
  return read_enrolment(rows[0]);
}

}  // namespace monitron::store
