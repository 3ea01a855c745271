#include "store/watched_labels.hpp"

namespace monitron::store {
namespace {

domain::LabelSet joined(domain::LabelSet attached, const domain::LabelSet& given) {
  attached.insert(given.begin(), given.end());
  return attached;
}

}  // namespace

domain::LabelSet attached_of(const WatchedInstance& instance) {
  return {{"instance", instance.hostname}, {"server_id", instance.id.str()}};
}

domain::LabelSet attached_of(const WatchedCheck& check, const WatchedInstance* host) {
  domain::LabelSet labels = {{"check", check.name},
                             {"check_id", check.id.str()},
                             {"kind", check.kind},
                             {"target", check.target},
                             {"location", check.locations.front()}};
  if (host != nullptr) labels["instance"] = host->hostname;
  return labels;
}

domain::LabelSet labels_of(const WatchedInstance& instance) {
  return joined(attached_of(instance), instance.labels);
}

domain::LabelSet labels_of(const WatchedCheck& check, const WatchedInstance* host) {
  return joined(attached_of(check, host), check.labels);
}

}  // namespace monitron::store
