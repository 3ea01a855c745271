#include "rules/elements.hpp"

#include <set>

namespace monitron::rules {
namespace {

Result<promql::Vector> vector_of(const promql::Value& value) {
  if (const auto* vector = std::get_if<promql::Vector>(&value)) return *vector;
  const auto* scalar = std::get_if<promql::Scalar>(&value);
  if (scalar == nullptr) return fail(Fault::invalid, "rule result is not a vector or scalar");
  return promql::Vector{{{}, scalar->sample}};
}

}  // namespace

domain::LabelSet labels_of(const promql::Labels& labels) {
  domain::LabelSet set;
  for (const auto& [name, value] : labels.pairs()) {
    if (name != promql::kMetricName) set[name] = value;
  }
  return set;
}

Result<Elements> elements_of(const promql::Value& value) {
  const auto vector = vector_of(value);
  if (!vector) return fail(vector.error());
  Elements elements;
  std::set<domain::LabelSet> seen;
  for (const auto& one : *vector) {
    elements.push_back({labels_of(one.labels), one.sample.value});
    if (seen.insert(elements.back().labels).second) continue;
    return fail(Fault::invalid,
                "vector contains metrics with the same labelset after applying alert labels");
  }
  return elements;
}

Result<promql::Vector> recorded_of(const promql::Value& value, const std::string& record,
                                   const domain::LabelSet& labels) {
  auto vector = vector_of(value);
  if (!vector) return vector;
  std::set<promql::Labels> seen;
  for (auto& one : *vector) {
    one.labels.set(promql::kMetricName, record);
    for (const auto& [name, text] : labels) one.labels.set(name, text);
    if (seen.insert(one.labels).second) continue;
    return fail(Fault::invalid,
                "vector contains metrics with the same labelset after applying rule labels");
  }
  return vector;
}

}  // namespace monitron::rules
