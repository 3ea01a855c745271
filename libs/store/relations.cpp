#include "store/relations.hpp"

#include "db/limited.hpp"
#include "store/row.hpp"

namespace monitron::store {
namespace {

const std::string& columns() {
  static const std::string text = "id, kind, instance_id, target_id, version, " +
                                  ms_of("created_at") + ", " + ms_of("updated_at");
  return text;
}

Relation read(const pqxx::row& row) {
  Relation relation;
  relation.id = uuid_of(row["id"]);
  relation.kind = row["kind"].c_str();
  relation.instance_id = uuid_of(row["instance_id"]);
  relation.target_id = uuid_of(row["target_id"]);
  relation.version = row["version"].as<int>();
  relation.created_at = instant_of(row["created_at"]);
  relation.updated_at = instant_of(row["updated_at"]);
  return relation;
}

std::optional<Relation> first(const pqxx::result& rows) {
  if (rows.empty()) return std::nullopt;
  return read(rows[0]);
}

}  // namespace

std::optional<Relation> find_relation(pqxx::work& tx, const Uuid& id) {
  return first(
      tx.exec_params("SELECT " + columns() + " FROM instance_relations WHERE id = $1", id.str()));
}

const Listing& relation_listing() {
  static const Listing listing{
      .keys = {{"kind", "kind"},
               {"created_at", "instance_relations.created_at", SortKey::Type::time}}};
  return listing;
}

Page<Relation> list_relations(pqxx::work& tx, const RelationQuery& query) {
  const auto list = list_sql(tx, query.page, relation_listing());
  const auto rows = tx.exec_params(
      "SELECT " + columns() + list.value + "FROM instance_relations WHERE " + list.where +
          " AND ($1 = '' OR kind = $1) AND ($2::uuid[] = '{}' OR instance_id = ANY($2::uuid[]) OR "
          "target_id = ANY($2::uuid[])) AND " +
          of_scope_sql("instance_id", 3) + " AND " + of_scope_sql("target_id", 3) + list.order,
      query.kind, array_of(query.instances), scope_parameter(query.scope));
  return read_page<Relation>(rows, read, query.page.limit);
}

Relation insert_relation(pqxx::work& tx, const Relation& relation) {
  return read(tx.exec_params1(
      "INSERT INTO instance_relations (id, kind, instance_id, target_id) "
      "VALUES ($1, $2, $3, $4) RETURNING " +
          columns(),
      relation.id.str(), relation.kind, relation.instance_id.str(), relation.target_id.str()));
}

std::optional<Relation> update_relation(pqxx::work& tx, const Relation& relation) {
  return first(
      tx.exec_params("UPDATE instance_relations SET kind = $3, instance_id = $4, target_id = $5, "
                     "version = version + 1, updated_at = now() WHERE id = $1 AND version = $2 "
                     "RETURNING " +
                         columns(),
                     relation.id.str(), relation.version, relation.kind, relation.instance_id.str(),
                     relation.target_id.str()));
}

bool delete_relation(pqxx::work& tx, const Uuid& id) {
  return tx.exec_params("DELETE FROM instance_relations WHERE id = $1", id.str()).affected_rows() ==
         1;
}

bool is_related_already(pqxx::work& tx, const Relation& relation) {
  return !tx.exec_params(
                "SELECT FROM instance_relations WHERE instance_id = $1 AND kind = $2 "
                "AND target_id = $3 AND id <> $4",
                relation.instance_id.str(), relation.kind, relation.target_id.str(),
                relation.id.str())
              .empty();
}

bool leads_round(pqxx::work& tx, const Relation& relation) {
  return db::as_owner(tx, [&] {
    return !tx.exec_params(
                  "WITH RECURSIVE way(at) AS (SELECT $2::uuid UNION "
                  "SELECT r.target_id FROM instance_relations r JOIN way ON r.instance_id = at "
                  "WHERE r.kind = $3 AND r.id <> $4) SELECT FROM way WHERE at = $1",
                  relation.instance_id.str(), relation.target_id.str(), relation.kind,
                  relation.id.str())
                .empty();
  });
}

}  // namespace monitron::store
