// The functions of the language by name.
// https://prometheus.io/docs/prometheus/latest/querying/functions/

#include "promql/ast.hpp"

#include <algorithm>

namespace monitron::promql {

namespace {

using Types = std::vector<ValueType>;
constexpr auto kScalar = ValueType::scalar;
constexpr auto kVector = ValueType::vector;
constexpr auto kMatrix = ValueType::matrix;
constexpr auto kString = ValueType::string;

// Vector in, vector out, value by value.
constexpr std::string_view kOfVector[] = {
    "abs", "absent", "acos", "acosh", "asin",  "asinh", "atan",  "atanh",     "ceil",
    "cos", "cosh",   "deg",  "exp",   "floor", "ln",    "log10", "log2",      "rad",
    "sgn", "sin",    "sinh", "sort",  "sqrt",  "tan",   "tanh",  "timestamp", "sort_desc",
};
// Of the time of each sample, or without argument of the time of evaluation.
constexpr std::string_view kOfTime[] = {
    "day_of_month", "day_of_week", "day_of_year", "days_in_month",
    "hour",         "minute",      "month",       "year",
};
constexpr std::string_view kOfRange[] = {
    "absent_over_time",
    "avg_over_time",
    "changes",
    "count_over_time",
    "delta",
    "deriv",
    "idelta",
    "increase",
    "irate",
    "last_over_time",
    "max_over_time",
    "min_over_time",
    "rate",
    "resets",
    "present_over_time",
    "stddev_over_time",
    "stdvar_over_time",
    "sum_over_time",
};

std::vector<Function> all_functions() {
  std::vector<Function> all{
      {.name = "clamp", .arguments = {kVector, kScalar, kScalar}},
      {.name = "clamp_max", .arguments = {kVector, kScalar}},
      {.name = "clamp_min", .arguments = {kVector, kScalar}},
      {.name = "histogram_quantile", .arguments = {kScalar, kVector}},
      {.name = "holt_winters", .arguments = {kMatrix, kScalar, kScalar}},
      {.name = "label_ip", .arguments = {kVector, kString, kString}, .optional_arguments = -1},
      {.name = "label_join",
       .arguments = {kVector, kString, kString, kString},
       .optional_arguments = -1},
      {.name = "label_replace", .arguments = {kVector, kString, kString, kString, kString}},
      {.name = "pi", .arguments = {}, .result = kScalar},
      {.name = "predict_linear", .arguments = {kMatrix, kScalar}},
      {.name = "quantile_over_time", .arguments = {kScalar, kMatrix}},
      {.name = "round", .arguments = {kVector, kScalar}, .optional_arguments = 1},
      {.name = "scalar", .arguments = {kVector}, .result = kScalar},
      {.name = "time", .arguments = {}, .result = kScalar},
      {.name = "vector", .arguments = {kScalar}},
  };
  for (const auto name : kOfVector) all.push_back({.name = name, .arguments = {kVector}});
  for (const auto name : kOfRange) all.push_back({.name = name, .arguments = {kMatrix}});
  for (const auto name : kOfTime) {
    all.push_back({.name = name, .arguments = {kVector}, .optional_arguments = 1});
  }
  std::sort(all.begin(), all.end(),
            [](const Function& a, const Function& b) { return a.name < b.name; });
  return all;
}

}  // namespace

const Function* find_function(std::string_view name) {
  static const std::vector<Function> kAll = all_functions();
  const auto at = std::lower_bound(
      kAll.begin(), kAll.end(), name,
      [](const Function& function, std::string_view wanted) { return function.name < wanted; });
  return at != kAll.end() && at->name == name ? &*at : nullptr;
}

}  // namespace monitron::promql
