#include "store/watched_checks.hpp"

#include "store/row.hpp"

namespace monitron::store {

std::unordered_map<Uuid, NamedState> named_states(pqxx::work& tx, std::span<const Uuid> checks) {
  std::unordered_map<Uuid, NamedState> states;
  if (checks.empty()) return states;
  nlohmann::json ids = nlohmann::json::array();
  for (const auto& check : checks) ids.push_back(check.str());
  const auto rows = tx.exec_params(
      "SELECT c.id, c.name, s.status "
      "FROM jsonb_array_elements_text($1::jsonb) AS n (id) JOIN checks c ON c.id = n.id::uuid "
      "JOIN check_states s ON s.check_id = c.id WHERE c.enabled",
      ids.dump());
  for (const auto& row : rows) {
    const auto status = domain::parse_check_status(row["status"].c_str());
    states[uuid_of(row["id"])] = {row["name"].c_str(),
                                  status.value_or(domain::CheckStatus::unknown)};
  }
  return states;
}

}  // namespace monitron::store
