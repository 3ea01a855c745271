#include "notifier/watched_labels.hpp"

#include "base/label_name.hpp"

namespace monitron::notifier {
namespace {

// What was given first gives way to what is attached by name.
head::Owner owner(const Uuid& id, const char* id_label, const domain::LabelSet& given,
                  const domain::LabelSet& attached) {
  std::vector<promql::Labels::Pair> pairs;
  for (const auto& [name, value] : with_plain_names(given)) {
    if (!name.starts_with("__")) pairs.emplace_back(name, value);
  }
  pairs.insert(pairs.end(), attached.begin(), attached.end());
  return {id, id_label, promql::Labels(std::move(pairs))};
}

}  // namespace

std::vector<head::Owner> owners_of(const std::vector<store::WatchedCheck>& checks,
                                   const std::vector<store::WatchedInstance>& instances) {
  std::vector<head::Owner> owners;
  std::unordered_map<Uuid, const store::WatchedInstance*> hosts;
  for (const auto& instance : instances) {
    hosts.emplace(instance.id, &instance);
    owners.push_back(
        owner(instance.id, "server_id", instance.labels, store::attached_of(instance)));
  }
  for (const auto& check : checks) {
    const auto host = hosts.find(check.instance_id.value_or(Uuid{}));
    const auto attached = store::attached_of(check, host == hosts.end() ? nullptr : host->second);
    owners.push_back(owner(check.id, "check_id", check.labels, attached));
  }
  return owners;
}

}  // namespace monitron::notifier
