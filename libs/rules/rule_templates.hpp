#pragma once
// Rules that most people want, with a few numbers to choose. Data and pure functions. Threads: any.

#include "base/result.hpp"
#include "domain/baseline.hpp"
#include "domain/threshold.hpp"

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace monitron::rules {

struct TemplateParameter {
  std::string name{};
  std::string title{};
  std::string unit{};
  double preset = 0;
  double min = 0;
  double max = 0;
  // The number is multiplied and divided by these in the expression: 80 % is 0.8 there.
  double times = 1;
  double over = 1;
  // Of a rule on anomalies: what it is, instead of a number in the expression.
  double domain::AnomalyParameters::*field = nullptr;
  // Of one that is addresses and networks instead of a number, with commas or blanks between them:
  // those that it has unless others are given. In the expression each is a string.
  const char* addresses = nullptr;
};
inline constexpr std::size_t kMostAddresses = 100;
using ParameterValue = std::variant<double, std::string>;

struct RuleTemplate {
  std::string id{};
  std::string name{};
  std::string summary{};
  std::string kind{};
  std::string severity = "warning";
  std::string expr{};  // with ${parameter}
  int for_seconds = 0;
  int keep_firing_for_seconds = 0;
  int interval_seconds = 15;
  domain::LabelSet label_selector{};
  std::vector<std::string> states{};
  domain::LabelSet annotations{};  // templates, with ${parameter} too
  std::vector<TemplateParameter> parameters{};
  domain::AnomalyParameters anomaly{};
};

const std::vector<RuleTemplate>& rule_templates();
const RuleTemplate* find_rule_template(std::string_view id);  // null: there is none

// The template with values put in: `given`, else presets. What is not given within its bounds or
// not known is a complaint: parameter and reason.
using Complaints = std::map<std::string, std::string>;
RuleTemplate with_parameters(RuleTemplate rule, const std::map<std::string, ParameterValue>& given,
                             Complaints& complaints);

}  // namespace monitron::rules
