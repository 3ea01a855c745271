#include "rules/threshold_query.hpp"

#include "promql/query.hpp"
#include "promql/quote.hpp"

namespace monitron::rules {
namespace {

const char* operator_of(domain::Comparison comparison) {
  using domain::Comparison;
  switch (comparison) {
    case Comparison::greater:
      return " > ";
    case Comparison::greater_equal:
      return " >= ";
    case Comparison::less:
      return " < ";
    case Comparison::less_equal:
      return " <= ";
    case Comparison::equal:
      return " == ";
    case Comparison::not_equal:
      break;
  }
  return " != ";
}

}  // namespace

std::string query_of(const domain::Threshold& threshold, const domain::LabelSet& selector) {
  std::string matchers;
  for (const auto* labels : {&threshold.labels, &selector}) {
    for (const auto& [name, value] : *labels) {
      matchers += (matchers.empty() ? "" : ", ") + name + "=" + promql::quote(value);
    }
  }
  return threshold.metric + (matchers.empty() ? "" : "{" + matchers + "}") +
         operator_of(threshold.comparison) + promql::format_value(threshold.limit);
}

}  // namespace monitron::rules
