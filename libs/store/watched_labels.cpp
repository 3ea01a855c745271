#include "store/watched_labels.hpp"

#include "store/row.hpp"

#include <unordered_map>

namespace monitron::store {
namespace {

domain::HostNames names_of(const auto& instance) {
  return {instance.id, instance.hostname, instance.labels};
}

domain::CheckNames names_of(const auto& check, std::optional<domain::HostNames> host) {
  const auto location = check.locations.empty() ? std::string() : check.locations.front();
  return {check.id, check.name, check.kind, check.target, location, std::move(host), check.labels};
}

std::optional<domain::HostNames> names_of(const WatchedInstance* host) {
  return host == nullptr ? std::nullopt : std::optional(names_of(*host));
}

}  // namespace

domain::LabelSet attached_of(const WatchedInstance& instance) {
  return domain::labels_of_host({instance.id, instance.hostname});
}

domain::LabelSet attached_of(const WatchedCheck& check, const WatchedInstance* host) {
  return domain::attached_to_check(names_of(check, names_of(host)));
}

domain::LabelSet labels_of(const WatchedInstance& instance) {
  return domain::labels_of_host(names_of(instance));
}

domain::LabelSet labels_of(const WatchedCheck& check, const WatchedInstance* host) {
  return domain::labels_of_check(names_of(check, names_of(host)));
}

domain::LabelSet labels_of(const Instance& instance) {
  return domain::labels_of_host(names_of(instance));
}

domain::LabelSet labels_of(const Check& check, const std::optional<domain::HostNames>& host) {
  return domain::labels_of_check(names_of(check, host));
}

std::map<Uuid, domain::HostNames> hosts_of(pqxx::work& tx, const std::vector<Uuid>& ids) {
  std::map<Uuid, domain::HostNames> hosts;
  if (ids.empty()) return hosts;
  const auto rows = tx.exec_params(
      "SELECT id, hostname, labels FROM instances WHERE id = ANY ($1::uuid[])", array_of(ids));
  for (const auto& row : rows) {
    const auto id = uuid_of(row["id"]);
    hosts.emplace(id, domain::HostNames{id, row["hostname"].c_str(), labels_of(row["labels"])});
  }
  return hosts;
}

std::vector<LabelledCheck> labels_of_checks(pqxx::work& tx) {
  std::unordered_map<Uuid, domain::HostNames> hosts;
  for (const auto& one : watched_instances(tx)) hosts.emplace(one.id, names_of(one));
  const auto rows = tx.exec(
      "SELECT id, name, kind, target, locations->>0 AS location, instance_id, labels, enabled "
      "FROM checks");
  return read_all<LabelledCheck>(rows, [&](const pqxx::row& row) {
    domain::CheckNames names{uuid_of(row["id"]),      row["name"].c_str(),     row["kind"].c_str(),
                             row["target"].c_str(),   row["location"].c_str(), std::nullopt,
                             labels_of(row["labels"])};
    const auto host = hosts.find(optional_uuid_of(row["instance_id"]).value_or(Uuid{}));
    if (host != hosts.end()) names.host = host->second;
    return LabelledCheck{names.id, domain::labels_of_check(names), row["enabled"].as<bool>()};
  });
}

bool selects(const Rule& rule, const Uuid& check, const domain::LabelSet& labels) {
  if (rule.kind != "check_state") return false;
  if (rule.check_id && *rule.check_id != check) return false;
  return domain::selects(rule.label_selector, labels);
}

}  // namespace monitron::store
