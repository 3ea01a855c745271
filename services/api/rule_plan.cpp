#include "api/rule_plan.hpp"

#include "api/rules.hpp"
#include "promql/parser.hpp"
#include "rules/input.hpp"
#include "rules/threshold_query.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

using rules::FileRule;
using rules::RuleGroup;

constexpr const char* kRecording = "recording";

// One rule of the file as POST /rules would take it; complaints are put where the file has it.
class RuleReader {
 public:
  RuleReader(const RuleGroup& group, const std::string& path, WantedRules& wanted,
             std::vector<http::FieldError>& errors)
      : group_(group), path_(path), wanted_(wanted), errors_(errors) {}

  void read(const FileRule& rule, std::size_t place) {
    const bool alerts = rule.record.empty();
    Json json = {{"name", rule.name()},
                 {"kind", alerts ? "promql" : kRecording},
                 {"expr", rule.expr},
                 {"interval_seconds", rules::interval_seconds_of(group_)},
                 {"group_name", group_.name}};
    auto labels = rule.labels;
    if (alerts) {
      json["severity"] = rules::severity_of(labels).value;
      labels.erase("severity");
      json["for_seconds"] = rules::whole_seconds(rule.for_ms);
      json["keep_firing_for_seconds"] = rules::whole_seconds(rule.keep_firing_for_ms);
      json["annotations"] = rule.annotations;
    } else {
      json["record"] = rule.record;
    }
    json["labels"] = labels;
    std::vector<http::FieldError> errors;
    Fields fields(json, errors);
    wanted_.rules.push_back(read_rule(fields));
    tell(rule, place, std::move(errors));
  }

 private:
  void tell(const FileRule& rule, std::size_t place, std::vector<http::FieldError> errors) {
    static const std::map<std::string, std::string> kNames = {
        {"for_seconds", "for"}, {"keep_firing_for_seconds", "keep_firing_for"}};
    const auto rule_path = rules::element(path_ + ".rules", place) + ".";
    const bool no_kind = std::any_of(errors.begin(), errors.end(),
                                     [](const auto& error) { return error.field == "kind"; });
    if (no_kind) errors = {{"record", "invalid", "rules that record are not evaluated here"}};
    for (auto& error : errors) {
      const auto known = kNames.find(error.field);
      auto field = known == kNames.end() ? error.field : known->second;
      if (field == "name") field = rule.record.empty() ? "alert" : "record";
      error.field = field == "group_name" ? path_ + ".name" : rule_path + field;
      errors_.push_back(std::move(error));
    }
  }

  const RuleGroup& group_;
  const std::string& path_;
  WantedRules& wanted_;
  std::vector<http::FieldError>& errors_;
};

bool says_the_same(const store::Rule& a, const store::Rule& b) {
  const auto told = [](const store::Rule& rule) {
    return std::tie(rule.name, rule.kind, rule.expr, rule.for_seconds, rule.keep_firing_for_seconds,
                    rule.interval_seconds, rule.record, rule.severity, rule.labels,
                    rule.annotations, rule.group_name);
  };
  return told(a) == told(b);
}

// What it has to have in common to be the same rule.
using Key = std::tuple<std::string, std::string, bool>;
Key key_of(const store::Rule& rule) {
  return {rule.group_name, rule.name, rule.kind == kRecording};
}

// What missing data means can be anything, where what is well can be told from it.
bool may_keep(const std::string& expr) {
  const auto parsed = promql::parse(expr);
  return parsed && rules::input_of(*parsed).is_compared;
}

store::Rule changed(const store::Rule& before, store::Rule after) {
  after.id = before.id;
  after.version = before.version;
  after.enabled = before.enabled;
  if (before.kind == after.kind && may_keep(after.expr)) after.no_data = before.no_data;
  return after;
}

bool is_exported(const store::Rule& rule) {
  return rule.enabled &&
         (rule.kind == "promql" || rule.kind == "threshold" || rule.kind == kRecording);
}

FileRule exported(const store::Rule& rule) {
  FileRule out;
  out.expr = rule.expr;
  out.labels = rule.labels;
  if (rule.kind == kRecording) {
    out.record = rule.record;
    return out;
  }
  if (rule.kind == "threshold") {
    const auto threshold = domain::parse_threshold(rule.expr);
    if (threshold) out.expr = rules::query_of(*threshold, rule.label_selector);
  }
  out.alert = rule.name;
  out.for_ms = rule.for_seconds * std::int64_t{1000};
  out.keep_firing_for_ms = rule.keep_firing_for_seconds * std::int64_t{1000};
  out.labels["severity"] = rule.severity;
  out.annotations = rule.annotations;
  return out;
}

}  // namespace

const char* to_string(PlannedRule::Action action) {
  switch (action) {
    case PlannedRule::Action::created:
      return "created";
    case PlannedRule::Action::updated:
      return "updated";
    case PlannedRule::Action::unchanged:
      return "unchanged";
    case PlannedRule::Action::removed:
      break;
  }
  return "removed";
}

Outcome<WantedRules> wanted_rules(const rules::RuleFile& file) {
  auto remarks = rules::remarks_on(file);
  std::vector<http::FieldError> errors;
  for (auto& one : remarks.refused) errors.push_back({one.field, "invalid", one.reason});
  if (!errors.empty()) return refuse_fields(std::move(errors));
  WantedRules wanted;
  wanted.warnings = std::move(remarks.warnings);
  for (std::size_t i = 0; i < file.groups.size(); ++i) {
    const auto path = rules::element("groups", i);
    RuleReader reader(file.groups[i], path, wanted, errors);
    for (std::size_t k = 0; k < file.groups[i].rules.size(); ++k) {
      reader.read(file.groups[i].rules[k], k);
    }
  }
  if (!errors.empty()) return refuse_fields(std::move(errors));
  return wanted;
}

std::vector<PlannedRule> plan_import(std::vector<store::Rule> wanted,
                                     std::vector<store::Rule> existing) {
  using Action = PlannedRule::Action;
  std::vector<PlannedRule> plan(wanted.size());
  std::map<Key, std::vector<store::Rule*>> left;
  for (auto& rule : existing) left[key_of(rule)].push_back(&rule);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    auto& same = left[key_of(wanted[i])];
    const auto found = std::find_if(same.begin(), same.end(), [&](const auto* rule) {
      return says_the_same(*rule, wanted[i]);
    });
    plan[i].after = std::move(wanted[i]);
    if (found == same.end()) continue;
    plan[i] = {Action::unchanged, **found, **found};
    same.erase(found);
  }
  for (auto& one : plan) {
    if (one.action == Action::unchanged) continue;
    auto& same = left[key_of(one.after)];
    if (same.empty()) continue;
    one = {Action::updated, *same.front(), changed(*same.front(), std::move(one.after))};
    same.erase(same.begin());
  }
  for (const auto& [key, rules] : left) {
    for (auto* rule : rules) plan.push_back({Action::removed, std::move(*rule), {}});
  }
  return plan;
}

rules::RuleFile rule_file_of(const std::vector<store::Rule>& all, std::size_t& left_out) {
  std::map<std::pair<std::string, int>, RuleGroup> groups;
  std::map<std::string, std::set<int>> intervals;
  for (const auto& rule : all) {
    if (is_exported(rule)) intervals[rule.group_name].insert(rule.interval_seconds);
  }
  left_out = 0;
  for (const auto& rule : all) {
    if (!is_exported(rule)) {
      ++left_out;
      continue;
    }
    auto& group = groups[{rule.group_name, rule.interval_seconds}];
    group.name = rule.group_name.empty() ? "monitron" : rule.group_name;
    if (rule.group_name.empty() || intervals[rule.group_name].size() > 1) {
      group.name += " " + std::to_string(rule.interval_seconds) + "s";
    }
    group.interval_ms = rule.interval_seconds * std::int64_t{1000};
    group.rules.push_back(exported(rule));
  }
  rules::RuleFile file;
  for (auto& [key, group] : groups) file.groups.push_back(std::move(group));
  return file;
}

}  // namespace monitron::api
