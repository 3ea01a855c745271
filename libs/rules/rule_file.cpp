#include "rules/rule_file.hpp"

#include "base/label_name.hpp"
#include "base/text.hpp"
#include "promql/labels.hpp"
#include "promql/parser.hpp"
#include "rules/template_syntax.hpp"

#include <algorithm>
#include <array>

namespace monitron::rules {
namespace {

bool is_metric_name(std::string_view name) {
  std::string plain(name);
  std::replace(plain.begin(), plain.end(), ':', '_');
  return is_label_name(plain);
}

void check_names(const domain::LabelSet& set, const char* member, YamlMapping& mapping) {
  for (const auto& [name, value] : set) {
    const bool metric = std::string_view(member) == "labels" && name == promql::kMetricName;
    if (is_label_name(name) && !metric) continue;
    mapping.refuse(member, "invalid label name: \"" + name + "\"");
  }
}

void check_templates(const domain::LabelSet& set, const std::string& member, YamlMapping& mapping) {
  for (const auto& [name, text] : set) {
    const auto wrong = template_complaint(text);
    if (!wrong.empty()) mapping.refuse(member, name + ": " + wrong);
  }
}

void check(const FileRule& rule, YamlMapping& mapping) {
  if (rule.alert.empty() == rule.record.empty()) {
    mapping.refuse(rule.alert.empty() ? "alert" : "record",
                   rule.alert.empty() ? "one of 'record' or 'alert' must be set"
                                      : "only one of 'record' and 'alert' must be set");
  }
  if (rule.expr.empty()) {
    mapping.refuse("expr", "must be set");
  } else if (const auto parsed = promql::parse(rule.expr); !parsed) {
    mapping.refuse("expr", "could not parse expression: " + parsed.error().text);
  }
  check_names(rule.labels, "labels", mapping);
  check_names(rule.annotations, "annotations", mapping);
  if (rule.record.empty()) {
    check_templates(rule.labels, "labels", mapping);
    check_templates(rule.annotations, "annotations", mapping);
    return;
  }
  if (!is_metric_name(rule.record)) {
    mapping.refuse("record", "invalid recording rule name: \"" + rule.record + "\"");
  }
  for (const char* name : {"annotations", "for", "keep_firing_for"}) {
    if (mapping.find(name)) mapping.refuse(name, "is of alerting rules");
  }
}

FileRule read_rule(const Yaml& node, const std::string& path, const domain::LabelSet& shared,
                   Problems& problems) {
  YamlMapping mapping(node, path, problems);
  FileRule rule;
  rule.alert = mapping.text("alert");
  rule.record = mapping.text("record");
  // A block of YAML ends with a line break that is not of the expression.
  rule.expr = std::string(trim(mapping.text("expr")));
  rule.for_ms = mapping.duration("for");
  rule.keep_firing_for_ms = mapping.duration("keep_firing_for");
  rule.labels = mapping.texts("labels");
  rule.annotations = mapping.texts("annotations");
  check(rule, mapping);
  mapping.finish();
  for (const auto& [name, value] : shared) rule.labels.emplace(name, value);
  return rule;
}

RuleGroup read_group(const Yaml& node, const std::string& path, Problems& problems) {
  YamlMapping mapping(node, path, problems);
  RuleGroup group;
  group.name = mapping.text("name");
  if (group.name.empty()) mapping.refuse("name", "must not be empty");
  group.interval_ms = mapping.duration("interval");
  group.query_offset_ms = mapping.duration("query_offset");
  group.limit = mapping.integer("limit");
  const auto shared = mapping.texts("labels");
  check_names(shared, "labels", mapping);
  std::size_t place = 0;
  for (const auto& one : mapping.list("rules")) {
    const auto at = element(mapping.path_of("rules"), place++);
    group.rules.push_back(read_rule(one, at, shared, problems));
  }
  mapping.finish();
  return group;
}

// What has several lines stays legible as a block, if one can hold it.
bool is_block(std::string_view text) {
  if (text.find('\n') == std::string_view::npos) return false;
  if (text.front() == ' ' || text.front() == '\n' || text.back() == '\n') return false;
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n') || byte >= 0x7f;
  });
}

void write(std::string& out, int indent, std::string_view name, std::string_view value) {
  const std::string margin(static_cast<std::size_t>(indent), ' ');
  out.append(margin).append(name).append(":");
  if (!is_block(value)) {
    out.append(" ").append(yaml_scalar(value)).append("\n");
    return;
  }
  out += " |-\n";
  for (;;) {
    const auto line = value.substr(0, value.find('\n'));
    out.append(margin).append("  ").append(line).append("\n");
    if (line.size() == value.size()) return;
    value.remove_prefix(line.size() + 1);
  }
}

void write(std::string& out, int indent, std::string_view name, const domain::LabelSet& set) {
  if (set.empty()) return;
  out.append(static_cast<std::size_t>(indent), ' ').append(name).append(":\n");
  for (const auto& [key, value] : set) write(out, indent + 2, yaml_scalar(key), value);
}

void write_duration(std::string& out, int indent, std::string_view name, std::int64_t ms) {
  if (ms > 0) write(out, indent, name, promql::format_duration(ms));
}

void write(std::string& out, const FileRule& rule) {
  const bool alerts = !rule.alert.empty();
  std::string text;
  write(text, 6, alerts ? "alert" : "record", rule.name());
  text.replace(4, 1, "-");
  write(text, 6, "expr", rule.expr);
  write_duration(text, 6, "for", rule.for_ms);
  write_duration(text, 6, "keep_firing_for", rule.keep_firing_for_ms);
  write(text, 6, "labels", rule.labels);
  write(text, 6, "annotations", rule.annotations);
  out += text;
}

}  // namespace

Problems read_rule_file(std::string_view yaml, RuleFile& into) {
  into = {};
  const auto tree = parse_yaml(yaml);
  if (!tree) return {{"", tree.error().text}};
  Problems problems;
  YamlMapping mapping(*tree, "", problems);
  std::set<std::string> names;
  for (const auto& one : mapping.list("groups")) {
    const auto path = element("groups", into.groups.size());
    into.groups.push_back(read_group(one, path, problems));
    const auto& name = into.groups.back().name;
    if (name.empty() || names.insert(name).second) continue;
    problems.push_back(
        {path + ".name", "groupname: \"" + name + "\" is repeated in the same file", one.line});
  }
  mapping.finish();
  return problems;
}

std::string write_rule_file(const RuleFile& file, std::string_view comment) {
  std::string out;
  for (const auto& line : split_list(comment, '\n')) out += "# " + line + "\n";
  if (file.groups.empty()) return out + "groups: []\n";
  out += "groups:\n";
  for (const auto& group : file.groups) {
    out += "  - name: " + yaml_scalar(group.name) + "\n";
    write_duration(out, 4, "interval", group.interval_ms);
    write_duration(out, 4, "query_offset", group.query_offset_ms);
    if (group.limit != 0) out += "    limit: " + std::to_string(group.limit) + "\n";
    if (group.rules.empty()) {
      out += "    rules: []\n";
      continue;
    }
    out += "    rules:\n";
    for (const auto& rule : group.rules) write(out, rule);
  }
  return out;
}

Severity severity_of(const domain::LabelSet& labels) {
  const auto found = labels.find("severity");
  if (found == labels.end()) return {"warning", "no label says how severe it is: warning is taken"};
  const auto& given = found->second;
  if (given == "info" || given == "warning" || given == "critical") return {given, ""};
  constexpr std::array<std::pair<std::string_view, const char*>, 18> kWords{
      {{"page", "critical"},
       {"error", "critical"},
       {"err", "critical"},
       {"crit", "critical"},
       {"major", "critical"},
       {"fatal", "critical"},
       {"disaster", "critical"},
       {"emergency", "critical"},
       {"high", "critical"},
       {"p1", "critical"},
       {"warn", "warning"},
       {"minor", "warning"},
       {"ticket", "warning"},
       {"medium", "warning"},
       {"none", "info"},
       {"low", "info"},
       {"informational", "info"},
       {"notice", "info"}}};
  const auto lower = to_lower(given);
  Severity severity;
  for (const auto& [word, means] : kWords) {
    if (word == lower) severity.value = means;
  }
  for (const char* ours : {"info", "warning", "critical"}) {
    if (lower == ours) severity.value = ours;
  }
  severity.why = "the label severity is \"" + given + "\": " + severity.value + " is taken";
  return severity;
}

}  // namespace monitron::rules
