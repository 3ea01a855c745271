#include "api/dependents.hpp"

#include "api/checks.hpp"
#include "api/listing.hpp"
#include "api/scope.hpp"
#include "store/rules.hpp"

namespace monitron::api {
namespace {

constexpr const char* kDeletesChecks = "checks:write";
constexpr const char* kDeletesRules = "rules:write";

std::string in_quotes(const std::string& name) { return "\"" + name + "\""; }

// Refuses before anything is written.
Outcome<std::vector<store::RuleOnCheck>> rules_that_go(pqxx::work& tx, const http::Caller& caller,
                                                       const std::vector<Uuid>& checks) {
  auto rules = store::rules_on_checks(tx, checks);
  if (rules.empty() || caller.may(kDeletesRules)) return rules;
  return refuse(Fault::denied, "the rule " + in_quotes(rules.front().name) +
                                   (rules.size() > 1 ? " and others" : "") +
                                   " would go with it: that needs the permission " + kDeletesRules +
                                   " everywhere");
}

void note(pqxx::work& tx, const http::Request& request,
          const std::vector<store::RuleOnCheck>& rules) {
  for (const auto& rule : rules) {
    store::append_audit(tx, audit_entry(request, "rule.delete", rule.id.str(),
                                        {{"before", Json::parse(rule.text)},
                                         {"with", {{"check_id", rule.check_id.str()}}}}));
  }
}

}  // namespace

Outcome<void> delete_with(pqxx::work& tx, const http::Request& request,
                          const store::Instance& instance) {
  const auto checks = store::checks_of_instance(tx, instance.id);
  if (checks.empty()) return {};
  if (!store::is_in_scope(scope_of(request.caller, kDeletesChecks), instance.labels)) {
    return refuse(Fault::denied, "the check " + in_quotes(checks.front().name) +
                                     (checks.size() > 1 ? " and others" : "") +
                                     " would go with it: that needs the permission " +
                                     kDeletesChecks);
  }
  std::vector<Uuid> ids;
  for (const auto& check : checks) ids.push_back(check.id);
  const auto rules = rules_that_go(tx, request.caller, ids);
  if (!rules) return tl::unexpected(rules.error());
  for (const auto& check : checks) {
    store::append_audit(tx, audit_entry(request, "check.delete", check.id.str(),
                                        {{"before", check_writable(check)},
                                         {"with", {{"instance_id", instance.id.str()}}}}));
  }
  note(tx, request, *rules);
  return {};
}

Outcome<void> delete_with(pqxx::work& tx, const http::Request& request, const store::Check& check) {
  const auto rules = rules_that_go(tx, request.caller, {check.id});
  if (!rules) return tl::unexpected(rules.error());
  note(tx, request, *rules);
  return {};
}

}  // namespace monitron::api
