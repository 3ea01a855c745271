#include "notifier/query_elements.hpp"

#include "rules/elements.hpp"

namespace monitron::notifier {

Result<std::vector<QueryElement>> elements_of(const promql::Value& value) {
  auto found = rules::elements_of(value);
  if (!found) return fail(found.error());
  std::vector<QueryElement> elements;
  for (auto& one : *found) elements.push_back({std::move(one.labels), one.value});
  return elements;
}

std::vector<domain::LabelSet> labels_of(const promql::Value& value) {
  const auto* vector = std::get_if<promql::Vector>(&value);
  if (vector == nullptr) return {{}};
  std::vector<domain::LabelSet> all;
  for (const auto& one : *vector) all.push_back(rules::labels_of(one.labels));
  return all;
}

}  // namespace monitron::notifier
