#include "store/check_definitions.hpp"

#include "base/log.hpp"
#include "contracts/members.hpp"
#include "store/check_types.hpp"

#include <algorithm>

namespace monitron::store {

contracts::CheckTypes own_check_types(pqxx::work& tx) {
  contracts::CheckTypes types;
  for (const auto& row : check_types(tx)) {
    contracts::CheckType type;
    const auto problems = contracts::parse_check_type(row.definition, type);
    if (problems.empty()) {
      types.emplace(row.name, std::move(type));
    } else {
      log::error("check_type.unreadable", problems[0].message,
                 {{"type", row.name}, {"field", problems[0].field}});
    }
  }
  return types;
}

contracts::CheckTypes own_check_types(pqxx::work& tx, const std::string& kind) {
  return domain::parse_check_kind(kind) ? contracts::CheckTypes() : own_check_types(tx);
}

Result<domain::CheckDefinition> definition_of(const Check& row,
                                              const contracts::CheckTypes& types) {
  domain::CheckDefinition check;
  check.id = CheckId{row.id};
  check.name = row.name;
  if (row.instance_id) check.instance_id = InstanceId{*row.instance_id};
  check.type = row.kind;
  check.target = row.target;
  check.interval = std::chrono::seconds(row.interval_seconds);
  // Within the interval, which may have become shorter with the instance's.
  check.timeout = std::min(std::chrono::seconds(row.timeout_seconds), check.interval);
  check.retry_interval = std::min(std::chrono::seconds(row.retry_interval_seconds), check.interval);
  check.locations = row.locations;
  check.quorum = row.quorum;
  check.enabled = row.enabled;
  check.labels.insert(row.labels.begin(), row.labels.end());
  check.failures_before_down = row.failures_before_down;
  check.successes_before_up = row.successes_before_up;
  check.flap_detection = row.flap_detection;
  const auto settings = contracts::parse_json_object(row.settings);
  if (!settings) return fail(settings.error());
  for (const auto& problem : contracts::read_settings(types, *settings, check)) {
    // What a newer program has stored besides does not hinder.
    if (problem.code != "unknown") {
      return fail(Fault::invalid, problem.field + " " + problem.message);
    }
  }
  return check;
}

}  // namespace monitron::store
