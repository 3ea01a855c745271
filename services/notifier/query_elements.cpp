#include "notifier/query_elements.hpp"

#include <set>

namespace monitron::notifier {
namespace {

domain::LabelSet labels_of(const promql::Labels& labels) {
  domain::LabelSet set;
  for (const auto& [name, value] : labels.pairs()) {
    if (name != promql::kMetricName) set[name] = value;
  }
  return set;
}

}  // namespace

Result<std::vector<QueryElement>> elements_of(const promql::Value& value) {
  std::vector<QueryElement> elements;
  if (const auto* scalar = std::get_if<promql::Scalar>(&value)) {
    elements.push_back({{}, scalar->sample.value});
    return elements;
  }
  const auto* vector = std::get_if<promql::Vector>(&value);
  if (vector == nullptr) return fail(Fault::invalid, "rule result is not a vector or scalar");
  std::set<domain::LabelSet> seen;
  for (const auto& one : *vector) {
    elements.push_back({labels_of(one.labels), one.sample.value});
    if (seen.insert(elements.back().labels).second) continue;
    return fail(Fault::invalid,
                "vector contains metrics with the same labelset after applying alert labels");
  }
  return elements;
}

std::vector<domain::LabelSet> labels_of(const promql::Value& value) {
  const auto* vector = std::get_if<promql::Vector>(&value);
  if (vector == nullptr) return {{}};
  std::vector<domain::LabelSet> all;
  for (const auto& one : *vector) all.push_back(labels_of(one.labels));
  return all;
}

}  // namespace monitron::notifier
