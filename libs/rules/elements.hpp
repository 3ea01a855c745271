#pragma once
// What the expression of a rule evaluates to, as the rule takes it. Pure. Threads: any.

#include "domain/threshold.hpp"
#include "promql/query.hpp"

namespace monitron::rules {

struct Element {
  domain::LabelSet labels;  // without the metric's name
  double value = 0;
};
using Elements = std::vector<Element>;

// Of a series, without its name.
domain::LabelSet labels_of(const promql::Labels& labels);

// Fault: invalid, in Prometheus's words, when two elements are the same but for the metric's name,
// or when it is no vector and no number.
Result<Elements> elements_of(const promql::Value& value);

// What a rule records: named `record`, with the rule's labels over those of the element; one with
// an empty value takes a label away. Fault: invalid, when two would be the same series.
Result<promql::Vector> recorded_of(const promql::Value& value, const std::string& record,
                                   const domain::LabelSet& labels);

}  // namespace monitron::rules
