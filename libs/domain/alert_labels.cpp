#include "domain/alert_labels.hpp"

#include "base/label_name.hpp"

namespace monitron::domain {

LabelSet labels_of_host(const HostNames& host) {
  LabelSet labels = {{"instance", host.hostname}, {"server_id", host.id.str()}};
  labels.merge(with_plain_names(host.given));
  return labels;
}

LabelSet attached_to_check(const CheckNames& check) {
  LabelSet labels = {{"check", check.name},
                     {"check_id", check.id.str()},
                     {"kind", check.kind},
                     {"target", check.target},
                     {"location", check.location}};
  if (check.host) labels["instance"] = check.host->hostname;
  return labels;
}

LabelSet labels_of_check(const CheckNames& check) {
  auto labels = attached_to_check(check);
  labels.merge(with_plain_names(check.given));
  if (check.host) labels.merge(labels_of_host(*check.host));
  return labels;
}

LabelSet told_annotations(LabelSet own, const std::string& title, const std::string& text) {
  own["title"] = title;
  own.try_emplace("summary", title);
  own.try_emplace("description", text);
  return own;
}

}  // namespace monitron::domain
