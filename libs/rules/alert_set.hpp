#pragma once
// The alerts of one rule by its elements alone: for what is tried out beside the notifier, unit
// tests of rules and their replay. What an element is and how an alert lives is decided by the same
// functions as there: elements_of, domain::advance. Pure. Belongs to one thread.

#include "domain/alert_state.hpp"
#include "rules/elements.hpp"

namespace monitron::rules {

struct AlertingRule {
  std::string name{};
  domain::AlertTimes times{};
  // Templates.
  domain::LabelSet labels{};
  domain::LabelSet annotations{};
};

struct RuleAlert {
  domain::AlertState state{};
  domain::LabelSet labels{};  // the rule's over the element's, and alertname
  domain::LabelSet annotations{};
  double value = 0;
};

class AlertSet {
 public:
  explicit AlertSet(AlertingRule rule) : rule_(std::move(rule)) {}

  struct Change {
    domain::AlertChange change = domain::AlertChange::none;
    domain::LabelSet element{};  // the labels of it
    RuleAlert alert{};           // after it
  };
  // What the expression evaluates to at `now`. Fault: invalid, when two alerts would have the same
  // labels; nothing changes then.
  Result<std::vector<Change>> observe(const Elements& elements, Instant now);

  // Pending and firing ones, by the labels of their elements.
  const std::map<domain::LabelSet, RuleAlert>& alerts() const { return alerts_; }
  void clear() { alerts_.clear(); }
  const AlertingRule& rule() const { return rule_; }

 private:
  RuleAlert made_of(const Element& element) const;
  void step(const domain::LabelSet& element, bool holds, Instant now, std::vector<Change>& changes);

  AlertingRule rule_;
  std::map<domain::LabelSet, RuleAlert> alerts_;
};

}  // namespace monitron::rules
