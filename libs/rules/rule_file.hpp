#pragma once
// Rule files of Prometheus, read and written as they are.
// https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/ and alerting_rules/
// Pure. Threads: any.

#include "rules/yaml_mapping.hpp"

namespace monitron::rules {

struct FileRule {
  std::string alert{};   // the name of one that alerts
  std::string record{};  // the metric of one that records; one of the two is empty
  std::string expr{};
  std::int64_t for_ms = 0;
  std::int64_t keep_firing_for_ms = 0;
  domain::LabelSet labels{};  // the group's too, where the rule has none of that name
  domain::LabelSet annotations{};

  const std::string& name() const { return alert.empty() ? record : alert; }
  bool operator==(const FileRule&) const = default;
};

struct RuleGroup {
  std::string name{};
  std::int64_t interval_ms = 0;  // 0: as the server has it
  std::int64_t limit = 0;        // of alerts or series that a rule may make; 0: none
  std::int64_t query_offset_ms = 0;
  std::vector<FileRule> rules{};
  bool operator==(const RuleGroup&) const = default;
};

struct RuleFile {
  std::vector<RuleGroup> groups{};
  bool operator==(const RuleFile&) const = default;
};

// All that is wrong with it; empty: `into` is the file. Refused is what Prometheus refuses: members
// it does not know, groups without a name or of one name, expressions that do not parse, names of
// labels and metrics that are none, recording rules with what only alerts have, templates that are
// none.
Problems read_rule_file(std::string_view yaml, RuleFile& into);

// Reads back as the same file; also by Prometheus, since 2.42 if limit and query_offset are 0.
// `comment`: lines at the top; empty: none.
std::string write_rule_file(const RuleFile& file, std::string_view comment = "");

// A severity of ours for what people have in the label of that name: info, warning and critical
// are what they are, the usual words of others are mapped, everything else is warning.
struct Severity {
  std::string value = "warning";
  std::string why{};  // it is not what was written; empty: it is
};
Severity severity_of(const domain::LabelSet& labels);

}  // namespace monitron::rules
