#include "store/scope.hpp"

#include "store/row.hpp"

#include <algorithm>

namespace monitron::store {

bool is_in_scope(const Scope& scope, const Labels& of_instance) {
  if (!scope) return true;
  return std::any_of(scope->begin(), scope->end(), [&](const Labels& wanted) {
    return std::includes(of_instance.begin(), of_instance.end(), wanted.begin(), wanted.end());
  });
}

bool is_in_scope(pqxx::work& tx, const Scope& scope, const std::optional<Uuid>& instance) {
  if (!scope) return true;
  if (!instance) return false;
  const auto found = tx.exec_params1(
      "SELECT EXISTS (SELECT FROM instances WHERE id = $1 AND " + in_scope_sql("labels", 2) + ")",
      instance->str(), scope_parameter(scope));
  return found[0].as<bool>();
}

std::string in_scope_sql(const std::string& labels, int parameter) {
  const auto scope = "$" + std::to_string(parameter) + "::jsonb";
  return "(" + scope + " IS NULL OR " + labels + " @> ANY (ARRAY(SELECT jsonb_array_elements(" +
         scope + "))))";
}

std::string of_scope_sql(const std::string& instance_id, int parameter) {
  return "($" + std::to_string(parameter) +
         "::jsonb IS NULL OR EXISTS (SELECT FROM instances AS whose WHERE whose.id = " +
         instance_id + " AND " + in_scope_sql("whose.labels", parameter) + "))";
}

std::string told_in_scope_sql(const std::string& labels, int parameter) {
  // Labels are what people write: only what is an id is taken for one.
  const auto id = [&](const std::string& name) {
    const auto value = labels + "->>'" + name + "'";
    return "(CASE WHEN " + value + " ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN (" +
           value + ")::uuid END)";
  };
  const auto absent = [&](const std::string& name) { return labels + "->'" + name + "' IS NULL"; };
  return "($" + std::to_string(parameter) + "::jsonb IS NULL OR (NOT (" + absent("server_id") +
         " AND " + absent("check_id") + ") AND (" + absent("server_id") + " OR " +
         of_scope_sql(id("server_id"), parameter) + ") AND (" + absent("check_id") +
         " OR EXISTS (SELECT FROM checks AS what WHERE what.id = " + id("check_id") + " AND " +
         of_scope_sql("what.instance_id", parameter) + "))))";
}

bool is_told_in_scope(pqxx::work& tx, const Scope& scope, const Labels& labels) {
  if (!scope) return true;
  return tx
      .exec_params1("SELECT " + told_in_scope_sql("$1::jsonb", 2), json_of(labels),
                    scope_parameter(scope))[0]
      .as<bool>();
}

std::set<std::string> sources_in_scope(pqxx::work& tx, const Scope& scope) {
  std::set<std::string> ids;
  for (const auto& row : tx.exec_params(
           "WITH theirs AS (SELECT id FROM instances WHERE " + in_scope_sql("labels", 1) +
               ") SELECT id FROM theirs UNION ALL "
               "SELECT c.id FROM checks c JOIN theirs t ON t.id = c.instance_id",
           scope_parameter(scope))) {
    ids.emplace(row[0].c_str());
  }
  return ids;
}

std::optional<std::string> scope_parameter(const Scope& scope) {
  if (!scope) return std::nullopt;
  return nlohmann::json(*scope).dump();
}

bool has_members_in_scope(pqxx::work& tx, const Scope& scope, const std::string& settings) {
  if (!scope) return true;
  const auto foreign = tx.exec_params1(
      "SELECT EXISTS (SELECT FROM jsonb_array_elements($1::jsonb->'group'->'members') m "
      "WHERE NOT EXISTS (SELECT FROM checks c WHERE c.id = (m->>'check_id')::uuid AND " +
          of_scope_sql("c.instance_id", 2) + "))",
      settings, scope_parameter(scope));
  return !foreign[0].as<bool>();
}

}  // namespace monitron::store
