#include "store/instances.hpp"

#include "store/groups.hpp"
#include "store/row.hpp"

namespace monitron::store {
namespace {

const std::string& columns() {
  static const std::string text =
      "id, name, hostname, ip_address, kind, os, description, labels, (SELECT "
      "COALESCE(json_agg(g.name ORDER BY g.name COLLATE \"C\"), '[]') "
      "FROM instance_group_members m JOIN instance_groups g ON g.id = m.group_id "
      "WHERE m.instance_id = instances.id) AS groups, agent_version, check_interval_seconds, "
      "agent_port, credentials, version, " +
      ms_of("created_at") + ", " + ms_of("updated_at");
  return text;
}

Instance read(const pqxx::row& row) {
  Instance instance;
  instance.id = uuid_of(row["id"]);
  instance.name = row["name"].c_str();
  instance.hostname = row["hostname"].c_str();
  instance.ip_address = row["ip_address"].c_str();
  instance.kind = row["kind"].c_str();
  instance.os = row["os"].c_str();
  instance.description = row["description"].c_str();
  instance.labels = labels_of(row["labels"]);
  instance.groups = texts_of(row["groups"]);
  instance.agent_version = row["agent_version"].c_str();
  instance.check_interval_seconds = optional_int_of(row["check_interval_seconds"]);
  instance.agent_port = optional_int_of(row["agent_port"]);
  instance.credentials = labels_of(row["credentials"]);
  instance.version = row["version"].as<int>();
  instance.created_at = instant_of(row["created_at"]);
  instance.updated_at = instant_of(row["updated_at"]);
  return instance;
}

std::optional<Instance> first(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return read(rows[0]);
}

// In the group named $3, or in one within it.
constexpr std::string_view kOfGroup =
    "WITH RECURSIVE inner_groups(id) AS (SELECT id FROM instance_groups WHERE name = $3 UNION "
    "SELECT g.id FROM instance_groups g JOIN inner_groups i ON g.parent_id = i.id) "
    "SELECT instance_id FROM instance_group_members JOIN inner_groups ON group_id = id";

std::string count_of_labels(const std::string& labels) {
  return "(SELECT count(*) FROM jsonb_object_keys(" + labels + "))";
}

// Of register_instance. One that has too many labels already may keep them.
std::string changes_of(IfKnown if_known) {
  if (if_known == IfKnown::keep) return "hostname = instances.hostname";
  const std::string labels = if_known == IfKnown::change ? "instances.labels || EXCLUDED.labels"
                                                         : "EXCLUDED.labels || instances.labels";
  return "ip_address = COALESCE(EXCLUDED.ip_address, instances.ip_address), "
         "os = COALESCE(NULLIF(EXCLUDED.os, ''), instances.os), labels = " +
         labels +
         ", agent_version = COALESCE(NULLIF(EXCLUDED.agent_version, ''), "
         "instances.agent_version), version = instances.version + 1, updated_at = now() WHERE " +
         count_of_labels(labels) + " <= GREATEST(" + std::to_string(kMostLabels) + ", " +
         count_of_labels("instances.labels") + ")";
}

}  // namespace

std::string credentials_context(const Uuid& instance) { return "instance:" + instance.str(); }

std::optional<Instance> find_instance(pqxx::work& tx, const Uuid& id) {
  return first(tx.exec_params("SELECT " + columns() + " FROM instances WHERE id = $1", id.str()));
}

std::optional<Instance> find_instance_by_hostname(pqxx::work& tx, const std::string& hostname) {
  return first(tx.exec_params(
      "SELECT " + columns() + " FROM instances WHERE lower(hostname) = lower($1)", hostname));
}

const Listing& instance_listing() {
  static const Listing listing{
      .keys = {{"name", "lower(name)"},
               {"hostname", "lower(hostname)"},
               {"kind", "kind"},
               {"created_at", "instances.created_at", SortKey::Type::time},
               {"updated_at", "instances.updated_at", SortKey::Type::time}},
      .searched = {"name", "hostname", "ip_address", "description"}};
  return listing;
}

Page<Instance> list_instances(pqxx::work& tx, const InstanceQuery& query) {
  const auto list = list_sql(tx, query.page, instance_listing());
  const auto rows =
      tx.exec_params("SELECT " + columns() + list.value + "FROM instances WHERE " + list.where +
                         " AND " + has_labels_sql(tx, "labels", query.labels) +
                         " AND ($1 = '' OR kind = $1) "
                         "AND ($2::uuid[] = '{}' OR id = ANY($2::uuid[])) "
                         "AND ($3 = '' OR id IN (" +
                         std::string(kOfGroup) + ")) AND " + in_scope_sql("labels", 4) + list.order,
                     query.kind, array_of(query.ids), query.group, scope_parameter(query.scope));
  return read_page<Instance>(rows, read, query.page.limit);
}

Instance insert_instance(pqxx::work& tx, const Instance& instance) {
  tx.exec_params(
      "INSERT INTO instances (id, name, hostname, ip_address, kind, os, description, labels, "
      "agent_version, check_interval_seconds, agent_port, credentials) "
      "VALUES ($1, $2, $3, NULLIF($4, ''), $5, $6, $7, $8, $9, $10, $11, $12)",
      instance.id.str(), instance.name, instance.hostname, instance.ip_address, instance.kind,
      instance.os, instance.description, json_of(instance.labels), instance.agent_version,
      instance.check_interval_seconds, instance.agent_port, json_of(instance.credentials));
  set_groups(tx, instance.id, instance.groups);
  return find_instance(tx, instance.id).value();
}

std::optional<Instance> update_instance(pqxx::work& tx, const Instance& instance) {
  const auto done = tx.exec_params(
      "UPDATE instances SET name = $3, hostname = $4, ip_address = NULLIF($5, ''), kind = $6, "
      "os = $7, description = $8, labels = $9, agent_version = $10, check_interval_seconds = $11, "
      "agent_port = $12, credentials = $13, version = version + 1, updated_at = now() "
      "WHERE id = $1 AND version = $2",
      instance.id.str(), instance.version, instance.name, instance.hostname, instance.ip_address,
      instance.kind, instance.os, instance.description, json_of(instance.labels),
      instance.agent_version, instance.check_interval_seconds, instance.agent_port,
      json_of(instance.credentials));
  if (done.affected_rows() != 1) return std::nullopt;
  set_groups(tx, instance.id, instance.groups);
  return find_instance(tx, instance.id);
}

void lock_instance(pqxx::work& tx, const Uuid& id) {
  tx.exec_params("SELECT FROM instances WHERE id = $1 FOR NO KEY UPDATE", id.str());
}

std::optional<int> hold_check_interval(pqxx::work& tx, const Uuid& id) {
  const auto rows = tx.exec_params(
      "SELECT check_interval_seconds FROM instances WHERE id = $1 FOR SHARE", id.str());
  return rows.empty() ? std::nullopt : optional_int_of(rows[0][0]);
}

bool delete_instance(pqxx::work& tx, const Uuid& id) {
  return tx.exec_params("DELETE FROM instances WHERE id = $1", id.str()).affected_rows() == 1;
}

std::optional<Registration> register_instance(pqxx::work& tx, const Instance& instance,
                                              IfKnown if_known) {
  const auto rows = tx.exec_params(
      "INSERT INTO instances (id, name, hostname, ip_address, kind, os, labels, agent_version) "
      "VALUES ($1, $2, $2, NULLIF($3, ''), 'server', $4, $5, $6) "
      "ON CONFLICT (lower(hostname)) DO UPDATE SET " +
          changes_of(if_known) + " RETURNING xmax = 0 AS created, " + columns(),
      instance.id.str(), instance.hostname, instance.ip_address, instance.os,
      json_of(instance.labels), instance.agent_version);
  if (rows.empty()) return std::nullopt;
  return Registration{read(rows[0]), rows[0]["created"].as<bool>()};
}

}  // namespace monitron::store
