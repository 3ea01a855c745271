#include "domain/alert_labels.hpp"

namespace monitron::domain {

LabelSet labels_of_check(const CheckNames& check) {
  LabelSet labels = {{"check", check.name},
                     {"check_id", check.id.str()},
                     {"kind", check.kind},
                     {"target", check.target},
                     {"location", check.location}};
  if (!check.host.empty()) labels["instance"] = check.host;
  labels.insert(check.given.begin(), check.given.end());
  return labels;
}

LabelSet labels_of_instance(const Uuid& id, const std::string& host, const LabelSet& given) {
  LabelSet labels = {{"instance", host}, {"server_id", id.str()}};
  labels.insert(given.begin(), given.end());
  return labels;
}

LabelSet told_annotations(LabelSet own, const std::string& title, const std::string& text) {
  own["title"] = title;
  own.try_emplace("summary", title);
  own.try_emplace("description", text);
  return own;
}

}  // namespace monitron::domain
