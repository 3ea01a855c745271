#include "store/aimed_checks.hpp"

#include "store/check_rows.hpp"

namespace monitron::store {
namespace {

AimedCheck read_aimed(const pqxx::row& row) {
  return {.id = uuid_of(row["id"]),
          .name = row["name"].c_str(),
          .kind = row["kind"].c_str(),
          .target = row["target"].c_str(),
          .instance_id = optional_uuid_of(row["instance_id"]),
          .status = row["status"].c_str()};
}

}  // namespace

std::vector<AimedCheck> aimed_checks(pqxx::work& tx, const Aim& aim) {
  return read_all<AimedCheck>(
      tx.exec_params("SELECT c.id, c.name, c.kind, c.target, c.instance_id, "
                     "COALESCE(s.status, 'unknown') AS status "
                     "FROM checks c LEFT JOIN check_states s ON s.check_id = c.id "
                     "WHERE c.enabled AND (c.target_host = ANY(ARRAY(SELECT "
                     "jsonb_array_elements_text($1::jsonb))) OR "
                     "c.instance_id = ANY($2::uuid[])) AND " +
                         of_scope_sql("c.instance_id", 3) + " ORDER BY lower(c.name), c.id LIMIT " +
                         std::to_string(kMostAimedChecks),
                     json_of(aim.hosts), array_of(aim.instances), scope_parameter(aim.scope)),
      read_aimed);
}

}  // namespace monitron::store
