#pragma once
// What an expression of a rule evaluates to, as alerts are made of it. Pure.

#include "domain/threshold.hpp"
#include "promql/query.hpp"

namespace monitron::notifier {

struct QueryElement {
  domain::LabelSet labels;
  double value = 0;
  std::string text{};  // what is said of it; empty: the expression and the value
};

// Fault: invalid, when two elements are the same but for the metric's name, or it is no vector.
Result<std::vector<QueryElement>> elements_of(const promql::Value& value);

// The labels of its elements, without names; a number is one without labels.
std::vector<domain::LabelSet> labels_of(const promql::Value& value);

}  // namespace monitron::notifier
