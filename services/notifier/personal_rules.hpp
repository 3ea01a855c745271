#pragma once
// Rules with a threshold of somebody's own: the rule as it is, but for the number that its
// expression compares with. They are evaluated as any other rule; what they find is for that person
// alone. Pure.

#include "domain/subscription.hpp"
#include "store/rules.hpp"

namespace monitron::notifier {

// The same for the same rule and user, always.
Uuid personal_rule_id(const Uuid& rule, const Uuid& user);

// One per rule and user that has a threshold for it. Rules that compare with no number have none.
std::vector<store::Rule> personal_rules(const std::vector<store::Rule>& rules,
                                        const std::vector<domain::Subscription>& subscriptions);

}  // namespace monitron::notifier
