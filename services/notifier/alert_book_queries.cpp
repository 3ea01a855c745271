// Rules in PromQL: what their results are to the alerts.

#include "base/text.hpp"
#include "head/needs.hpp"
#include "notifier/alert_book.hpp"
#include "promql/parser.hpp"
#include "rules/template.hpp"

#include <algorithm>
#include <cctype>
#include <limits>

namespace monitron::notifier {
namespace {

using domain::LabelSet;

constexpr std::size_t kMaxSeen = 100'000;   // of one rule
constexpr std::size_t kLongestAbout = 120;  // bytes

// Of the rule's own alerts, the same labels are the same subject.
std::string subject_of(const domain::LabelSet& labels) {
  std::string subject(kQuerySubject);
  for (const auto& [name, value] : labels) {
    subject.append(name).append("=").append(value).append(",");
  }
  return subject;
}

// How far back the expression looks, but for the latest sample.
std::chrono::seconds span_of(const std::string& expr) {
  std::int64_t longest = 0;
  const auto parsed = promql::parse(expr);
  const auto needs = parsed ? head::needs_of(*parsed, 0) : fail(parsed.error());
  if (!needs) return {};
  for (const auto& need : *needs) longest = std::max(longest, need.keep_ms);
  return std::chrono::ceil<std::chrono::seconds>(std::chrono::milliseconds(longest));
}

// What tells it from others of its rule.
std::string about(const domain::LabelSet& labels) {
  for (const char* name : {"check", "instance", "server_id"}) {
    const auto found = labels.find(name);
    if (found != labels.end()) return " on " + found->second;
  }
  const auto location = labels.find("location");
  if (location != labels.end()) return " at location " + location->second;
  std::string all;
  for (const auto& [name, value] : labels) {
    if (all.size() + name.size() + value.size() > kLongestAbout) break;
    all += (all.empty() ? "" : ", ") + name + "=" + value;
  }
  return all.empty() ? all : " (" + all + ")";
}

// As whoever wrote the rule has it, else by its name.
std::string title_of(const store::Rule& rule, const domain::LabelSet& labels, double value) {
  const auto summary = rule.annotations.find("summary");
  if (summary == rule.annotations.end()) return rule.name + about(labels);
  const auto title = without_nul(rules::filled({*summary}, labels, value)["summary"]);
  return title.empty() ? rule.name + about(labels) : title;
}

}  // namespace

bool is_query(const store::Rule& rule) { return rule.kind == "promql" || rule.kind == "anomaly"; }

// The labels of the element that a stored alert is about, by its subject: a name begins where a
// comma, a name and an equals sign follow each other.
domain::LabelSet AlertBook::element_of(const store::Alert& alert) {
  const auto is_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  domain::LabelSet labels;
  std::string_view rest = alert.subject;
  rest.remove_prefix(kQuerySubject.size());
  while (!rest.empty()) {
    const auto name = rest.substr(0, rest.find('='));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    std::size_t end = 0;
    for (end = rest.find(','); end < rest.size(); end = rest.find(',', end + 1)) {
      auto next = end + 1;
      while (next < rest.size() && is_name(rest[next])) ++next;
      if (end + 1 == rest.size() || (next > end + 1 && next < rest.size() && rest[next] == '=')) {
        break;
      }
    }
    labels.emplace(name, rest.substr(0, end));
    rest.remove_prefix(std::min(rest.size(), end + (end == std::string_view::npos ? 0 : 1)));
  }
  return labels;
}

AlertBook::QueryMemory& AlertBook::memory_of(const store::Rule& rule) {
  auto& memory = queries_[rule.id];
  if (memory.version == rule.version && memory.span) return memory;
  memory.version = rule.version;
  memory.span = span_of(rule.expr);
  memory.seen.clear();
  memory.had_input = false;
  return memory;
}

// Of a server or a check that is not watched any more.
bool AlertBook::is_about_gone(const domain::LabelSet& labels) const {
  const auto is_missing = [&](const char* name, const auto& watched) {
    const auto label = labels.find(name);
    if (label == labels.end()) return false;
    const auto id = Uuid::parse(label->second);
    return id && !watched.contains(*id);
  };
  return is_missing("server_id", instances_) || is_missing("check_id", checks_);
}

void AlertBook::note_seen(const QueryInput& input, QueryMemory& memory) const {
  memory.had_input = memory.had_input || !input.elements.empty();
  for (const auto& labels : input.elements) {
    if (memory.seen.size() >= kMaxSeen) break;
    auto key = input.shape.key(labels);
    const auto& shown = input.shape.only ? key : labels;
    memory.seen.try_emplace(key, shown);
  }
  std::erase_if(memory.seen, [&](const auto& one) { return is_about_gone(one.second); });
}

void AlertBook::evaluate_no_data(std::size_t place, const LabelSet& labels, Instant now,
                                 Changes& changes) {
  const auto& rule = *rules_[place].rule;
  Finding finding;
  finding.subject = subject_of(labels);
  finding.title = rule.name + about(labels);
  finding.text = "no data";
  finding.labels = with_watched(labels);
  finding.value = std::numeric_limits<double>::quiet_NaN();
  evaluate(place, true, finding, now, changes);
}

// Elements that were in the input before, and are missing without an alert that says so.
void AlertBook::begin_no_data(std::size_t place, const QueryInput& input,
                              const std::set<LabelSet>& there, Instant now, Changes& changes) {
  auto& memory = memory_of(*rules_[place].rule);
  note_seen(input, memory);
  std::set<LabelSet> told;
  for (const auto& [id, labels] : memory.alerts) told.insert(input.shape.key(labels));
  std::vector<LabelSet> missing;
  for (const auto& [key, labels] : memory.seen) {
    if (!there.contains(key) && !told.contains(key)) missing.push_back(labels);
  }
  // There never was any.
  if (!memory.had_input && told.empty()) missing.emplace_back();
  for (const auto& labels : missing) {
    evaluate_no_data(place, labels, now, changes);
    const auto id = AlertMachine::id_of(rules_[place].rule->id, subject_of(labels));
    if (machine_.find(id) != nullptr) memory.alerts.insert_or_assign(id, labels);
  }
}

std::set<Uuid> AlertBook::observe_elements(std::size_t place,
                                           const std::vector<QueryElement>& result, Instant now,
                                           Changes& changes) {
  const auto& rule = *rules_[place].rule;
  auto& memory = memory_of(rule);
  std::set<Uuid> held;
  for (const auto& element : result) {
    if (is_about_gone(element.labels)) continue;  // ranges still reach what it measured
    Finding finding;
    auto labels = element.labels;
    for (auto& [name, value] : labels) value = without_nul(value);
    finding.labels = with_watched(labels);
    finding.subject = subject_of(labels);
    finding.title = title_of(rule, finding.labels, element.value);
    finding.text =
        element.text.empty() ? rule.expr + ": " + short_number(element.value) : element.text;
    finding.value = element.value;
    const auto* tracked = evaluate(place, true, finding, now, changes);
    if (tracked == nullptr) continue;  // there are too many
    held.insert(tracked->alert.id);
    memory.alerts.insert_or_assign(tracked->alert.id, std::move(labels));
  }
  return held;
}

Changes AlertBook::observe(const store::Rule& asked, const std::vector<QueryElement>& result,
                           Instant now, const QueryInput* input) {
  Changes changes;
  const auto found = rule_places_.find(asked.id);
  if (found == rule_places_.end()) return changes;
  const auto place = found->second;
  const auto& rule = *rules_[place].rule;
  const bool same = rule.version == asked.version && rule.expr == asked.expr;
  if (!is_query(rule) || !same) return changes;
  const auto held = observe_elements(place, result, now, changes);
  std::set<LabelSet> there;
  if (input != nullptr) {
    for (const auto& labels : input->elements) there.insert(input->shape.key(labels));
  }
  const auto is_missing = [&](const LabelSet& labels) {
    if (input == nullptr || is_about_gone(labels)) return false;
    return labels.empty() ? there.empty() : !there.contains(input->shape.key(labels));
  };
  auto& alerts = memory_of(rule).alerts;
  for (auto one = alerts.begin(); one != alerts.end();) {
    const auto* known = machine_.find(one->first);
    if (known != nullptr && !held.contains(one->first)) {
      const auto& alert = known->alert;
      const Finding gone{alert.subject, alert.title, rule.expr + ": no more",
                         alert.labels,  alert.value, {}};
      if (!is_missing(one->second)) {
        evaluate(place, false, gone, now, changes);
      } else if (rule.no_data == "alert") {
        evaluate_no_data(place, one->second, now, changes);
      }
    }
    one = machine_.find(one->first) != nullptr ? std::next(one) : alerts.erase(one);
  }
  if (input != nullptr && rule.no_data == "alert") {
    begin_no_data(place, *input, there, now, changes);
  }
  return with_inputs(std::move(changes));
}

}  // namespace monitron::notifier
