#include "store/watched_labels.hpp"

#include "domain/alert_labels.hpp"

namespace monitron::store {
namespace {

domain::CheckNames names_of(const WatchedCheck& check, const WatchedInstance* host) {
  return {check.id,
          check.name,
          check.kind,
          check.target,
          check.locations.front(),
          host == nullptr ? "" : host->hostname,
          {}};
}

}  // namespace

domain::LabelSet attached_of(const WatchedInstance& instance) {
  return domain::labels_of_instance(instance.id, instance.hostname);
}

domain::LabelSet attached_of(const WatchedCheck& check, const WatchedInstance* host) {
  return domain::labels_of_check(names_of(check, host));
}

domain::LabelSet labels_of(const WatchedInstance& instance) {
  return domain::labels_of_instance(instance.id, instance.hostname, instance.labels);
}

domain::LabelSet labels_of(const WatchedCheck& check, const WatchedInstance* host) {
  auto names = names_of(check, host);
  names.given = check.labels;
  return domain::labels_of_check(names);
}

}  // namespace monitron::store
