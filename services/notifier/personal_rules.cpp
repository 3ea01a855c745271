#include "notifier/personal_rules.hpp"

#include "base/bytes.hpp"
#include "rules/limit.hpp"

#include <cstring>
#include <set>

namespace monitron::notifier {

Uuid personal_rule_id(const Uuid& rule, const Uuid& user) {
  Uuid id;
  const auto hash = sha256(rule.str() + " for " + user.str());
  std::memcpy(id.bytes.data(), hash.data(), id.bytes.size());
  return id;
}

std::vector<store::Rule> personal_rules(const std::vector<store::Rule>& rules,
                                        const std::vector<domain::Subscription>& subscriptions) {
  std::map<Uuid, const store::Rule*> known;
  for (const auto& rule : rules) known[rule.id] = &rule;
  std::vector<store::Rule> personal;
  std::set<Uuid> made;
  for (const auto& one : subscriptions) {
    if (!one.threshold || !one.rule_id) continue;
    const auto found = known.find(*one.rule_id);
    if (found == known.end()) continue;
    const auto id = personal_rule_id(*one.rule_id, one.user_id);
    auto expr = rules::with_limit(found->second->kind, found->second->expr, *one.threshold);
    if (!expr || !made.insert(id).second) continue;
    personal.push_back(*found->second);
    auto& rule = personal.back();
    rule.id = id;
    rule.derived_from = found->second->id;
    rule.audience = one.user_id;
    rule.expr = std::move(*expr);
  }
  return personal;
}

}  // namespace monitron::notifier
