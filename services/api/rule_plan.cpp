#include "api/rule_plan.hpp"

#include "api/rules.hpp"
#include "base/text.hpp"
#include "promql/parser.hpp"
#include "rules/input.hpp"
#include "rules/threshold_query.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

using rules::FileRule;
using rules::RuleGroup;

constexpr const char* kRecording = "recording";
constexpr const char* kThreshold = "threshold";

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

bool is_in_files(const store::Rule& rule) {
  return rule.kind == "promql" || rule.kind == kThreshold || rule.kind == kRecording;
}
bool is_exported(const store::Rule& rule) { return rule.enabled && is_in_files(rule); }

FileRule exported(const store::Rule& rule) {
  FileRule out;
  out.expr = rule.expr;
  out.labels = rule.labels;
  if (rule.kind == kRecording) {
    out.record = rule.record;
    return out;
  }
  if (rule.kind == kThreshold) {
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

constexpr std::string_view kNoGroup = "monitron";

bool is_no_group(std::string_view name) {
  if (!name.starts_with(kNoGroup) || !name.ends_with('s')) return false;
  name.remove_prefix(kNoGroup.size());
  return name.starts_with(' ') && parse_number<int>(name.substr(1, name.size() - 2)).has_value();
}

// What a file says of it.
bool says_the_same(const store::Rule& a, const store::Rule& b) {
  const bool same_time = a.kind == kThreshold || a.interval_seconds == b.interval_seconds;
  return same_time && exported(a) == exported(b);
}
bool has_same_expression(const store::Rule& a, const store::Rule& b) {
  return exported(a).expr == exported(b).expr;
}
bool has_same_name(const store::Rule&, const store::Rule&) { return true; }

// What it has to have in common to be the same rule.
using Key = std::tuple<std::string, std::string, bool>;
Key key_of(const store::Rule& rule, const std::string& file_group) {
  return {file_group, exported(rule).name(), rule.kind == kRecording};
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
  after.group_name = before.group_name;
  if (before.kind == kRecording) after.name = before.name;
  if (before.kind == kThreshold && has_same_expression(before, after)) {
    after.kind = before.kind;
    after.expr = before.expr;
    after.label_selector = before.label_selector;
    after.interval_seconds = before.interval_seconds;
  } else if (before.kind == after.kind && may_keep(after.expr)) {
    after.no_data = before.no_data;
  }
  return after;
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

namespace {

// Rules that are there, by the groups of a file; those that were found in it are taken out.
class ExistingRules {
 public:
  ExistingRules(std::vector<store::Rule>& rules, const std::set<std::string>& groups) {
    const FileGroups names(rules);
    for (auto& rule : rules) {
      if (!is_in_files(rule)) continue;
      const auto name = groups.contains(rule.group_name) ? rule.group_name : names.name_of(rule);
      if (!groups.contains(name)) continue;
      left_[key_of(rule, name)].push_back(&rule);
      homes_.emplace(name, rule.group_name);
    }
  }

  // The group here of what is new in a group of the file.
  std::string home_of(const std::string& group) const {
    const auto found = homes_.find(group);
    if (found != homes_.end()) return found->second;
    return is_no_group(group) ? "" : group;
  }

  template <class Alike>
  store::Rule* take(const store::Rule& wanted, Alike alike) {
    auto& same = left_[key_of(wanted, wanted.group_name)];
    const auto found = std::find_if(same.begin(), same.end(),
                                    [&](const auto* rule) { return alike(*rule, wanted); });
    if (found == same.end()) return nullptr;
    auto* rule = *found;
    same.erase(found);
    return rule;
  }

  // Files have none of no group, and none that are disabled: those are missing in them anyway.
  std::vector<store::Rule> removed() const {
    std::vector<store::Rule> gone;
    for (const auto& [key, rules] : left_) {
      for (const auto* rule : rules) {
        if (is_exported(*rule) && !rule->group_name.empty()) gone.push_back(*rule);
      }
    }
    return gone;
  }

 private:
  std::map<Key, std::vector<store::Rule*>> left_;
  std::map<std::string, std::string> homes_;
};

}  // namespace

std::vector<PlannedRule> plan_import(std::vector<store::Rule> wanted,
                                     const std::set<std::string>& groups,
                                     std::vector<store::Rule> existing) {
  using Action = PlannedRule::Action;
  ExistingRules left(existing, groups);
  std::vector<PlannedRule> plan(wanted.size());
  // Of several of one name, the nearest: each is found once.
  for (const auto alike : {says_the_same, has_same_expression, has_same_name}) {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (plan[i].action != Action::created) continue;
      const auto* found = left.take(wanted[i], alike);
      if (found == nullptr) continue;
      const bool same = alike == says_the_same;
      plan[i] = {same ? Action::unchanged : Action::updated, *found,
                 same ? *found : changed(*found, wanted[i])};
    }
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (plan[i].action != Action::created) continue;
    plan[i].after = std::move(wanted[i]);
    plan[i].after.group_name = left.home_of(plan[i].after.group_name);
  }
  for (auto& rule : left.removed()) plan.push_back({Action::removed, std::move(rule), {}});
  return plan;
}

FileGroups::FileGroups(const std::vector<store::Rule>& rules) {
  for (const auto& rule : rules) {
    if (is_in_files(rule)) intervals_[rule.group_name].insert(rule.interval_seconds);
  }
}

std::string FileGroups::name_of(const store::Rule& rule) const {
  if (!is_in_files(rule)) return rule.kind;
  const auto& group = rule.group_name;
  if (!group.empty() && intervals_.at(group).size() == 1) return group;
  return (group.empty() ? std::string(kNoGroup) : group) + " " +
         std::to_string(rule.interval_seconds) + "s";
}

rules::RuleFile rule_file_of(const std::vector<store::Rule>& all, std::size_t& left_out) {
  std::map<std::string, RuleGroup> groups;
  const FileGroups names(all);
  left_out = 0;
  for (const auto& rule : all) {
    if (!is_exported(rule)) {
      ++left_out;
      continue;
    }
    auto& group = groups[names.name_of(rule)];
    group.interval_ms = rule.interval_seconds * std::int64_t{1000};
    group.rules.push_back(exported(rule));
  }
  rules::RuleFile file;
  for (auto& [name, group] : groups) {
    group.name = name;
    file.groups.push_back(std::move(group));
  }
  return file;
}

}  // namespace monitron::api
