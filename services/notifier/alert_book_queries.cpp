// Rules in PromQL: what their results are to the alerts.

#include "notifier/alert_book.hpp"
#include "promql/query.hpp"

namespace monitron::notifier {
namespace {

// Of the rule's own alerts, the same labels are the same subject.
std::string subject_of(const domain::LabelSet& labels) {
  std::string subject(kQuerySubject);
  for (const auto& [name, value] : labels) {
    subject.append(name).append("=").append(value).append(",");
  }
  return subject;
}

std::string about(const domain::LabelSet& labels) {
  for (const char* name : {"check", "instance", "server_id"}) {
    const auto found = labels.find(name);
    if (found != labels.end()) return " on " + found->second;
  }
  const auto location = labels.find("location");
  return location == labels.end() ? std::string() : " at location " + location->second;
}

}  // namespace

bool is_query(const store::Rule& rule) { return rule.kind == "promql" || rule.kind == "anomaly"; }

Changes AlertBook::observe(const store::Rule& asked, const std::vector<QueryElement>& result,
                           Instant now) {
  Changes changes;
  const auto place = rule_places_.find(asked.id);
  if (place == rule_places_.end()) return changes;
  const auto& defined = *rules_[place->second].rule;
  if (!is_query(defined) || defined.version != asked.version) return changes;
  std::set<Uuid> present;
  for (const auto& element : result) {
    Finding finding;
    finding.labels = element.labels;
    for (auto& [name, value] : finding.labels) value = without_nul(value);
    finding.subject = subject_of(finding.labels);
    finding.title = asked.name + about(finding.labels);
    finding.text = element.text.empty() ? asked.expr + ": " + promql::format_value(element.value)
                                        : element.text;
    finding.value = element.value;
    present.insert(AlertMachine::id_of(asked.id, finding.subject));
    evaluate(place->second, true, finding, now, changes);
  }
  for (const auto& id : std::exchange(in_result_[asked.id], present)) {
    const auto* known = present.contains(id) ? nullptr : machine_.find(id);
    if (known == nullptr) continue;
    const auto& alert = known->alert;
    const Finding gone{alert.subject, alert.title, asked.expr + ": no more", alert.labels,
                       alert.value};
    evaluate(place->second, false, gone, now, changes);
  }
  return with_inputs(std::move(changes));
}

}  // namespace monitron::notifier
