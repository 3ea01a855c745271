// POST /api/v1/rules/import and GET /api/v1/rules/export: rule files of Prometheus.

#include "api/listing.hpp"
#include "api/resource.hpp"
#include "api/rule_twins.hpp"
#include "api/rules.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

using Action = PlannedRule::Action;

Outcome<WantedRules> read_import(const http::Request& request, std::vector<std::string>& groups) {
  rules::RuleFile file;
  const auto problems = rules::read_rule_file(request.body, file);
  if (!problems.empty()) {
    std::vector<http::FieldError> errors;
    for (const auto& problem : problems) {
      const auto line =
          problem.line > 0 ? " (line " + std::to_string(problem.line) + ")" : std::string();
      errors.push_back({problem.field, "invalid", problem.reason + line});
    }
    return refuse_fields(std::move(errors));
  }
  for (const auto& group : file.groups) groups.push_back(group.name);
  return wanted_rules(file);
}

const store::Rule& shown_of(const PlannedRule& planned) {
  return planned.action == Action::removed ? planned.before : planned.after;
}

Json show(const PlannedRule& planned) {
  const auto& rule = shown_of(planned);
  return {{"group", rule.group_name},
          {"name", rule.name},
          {"kind", rule.kind},
          {"rule_id", rule.id == Uuid{} ? Json(nullptr) : Json(rule.id.str())},
          {"action", to_string(planned.action)}};
}

Json show(const rules::Remark& warning) {
  return {{"group", warning.group},
          {"rule", warning.rule},
          {"field", warning.field},
          {"reason", warning.reason}};
}

// Rules are read by their ids: those of new ones go up in the order of the file.
void give_ids(std::vector<PlannedRule>& plan) {
  std::vector<Uuid> ids(plan.size());
  for (auto& id : ids) id = Uuid::make();
  std::sort(ids.begin(), ids.end());
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (plan[i].action == Action::created) plan[i].after.id = ids[i];
  }
}

void carry_out(pqxx::work& tx, PlannedRule& planned) {
  switch (planned.action) {
    case Action::created:
      planned.after = store::insert_rule(tx, planned.after);
      return;
    case Action::updated:
      if (auto after = store::update_rule(tx, planned.after)) planned.after = std::move(*after);
      return;
    case Action::removed:
      store::delete_rule(tx, planned.before.id);
      return;
    case Action::unchanged:
      return;
  }
}

Json answer_of(const std::vector<PlannedRule>& plan, const std::vector<rules::Remark>& warnings) {
  Json items = Json::array();
  for (const auto& planned : plan) items.push_back(show(planned));
  Json told = Json::array();
  for (const auto& warning : warnings) told.push_back(show(warning));
  return {{"items", std::move(items)}, {"warnings", std::move(told)}};
}

// One row, with what has changed.
void audit(pqxx::work& tx, const http::Request& request, const std::vector<std::string>& groups,
           const std::vector<PlannedRule>& plan) {
  Json changes = Json::array();
  for (const auto& planned : plan) {
    if (planned.action == Action::unchanged) continue;
    Json change = show(planned);
    if (planned.action != Action::created) change["before"] = writable_rule(planned.before);
    if (planned.action != Action::removed) change["after"] = writable_rule(planned.after);
    changes.push_back(std::move(change));
  }
  if (changes.empty()) return;
  store::append_audit(tx, audit_entry(request, "rule.import", "",
                                      {{"groups", groups}, {"changes", std::move(changes)}}));
}

Outcome<http::Response> import_file(Context& context, const http::Request& request) {
  if (const auto known = known_query(request, {"dry_run"}); !known) {
    return tl::unexpected(known.error());
  }
  const auto dry_run = choice_query(request, "dry_run", {"true", "false"});
  if (!dry_run) return tl::unexpected(dry_run.error());
  std::vector<std::string> groups;
  const auto wanted = read_import(request, groups);
  if (!wanted) return tl::unexpected(wanted.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const bool dry = *dry_run == "true";
    if (!dry) store::lock_rules(tx);
    const auto existing = store::rules_of_groups(tx, {});
    auto plan = plan_import(wanted->rules, {groups.begin(), groups.end()}, existing);
    auto warnings = wanted->warnings;
    const auto twins = remarks_on_twins(plan, existing);
    warnings.insert(warnings.end(), twins.begin(), twins.end());
    if (!dry) {
      give_ids(plan);
      for (auto& planned : plan) carry_out(tx, planned);
      audit(tx, request, groups, plan);
    }
    return json_answer(200, answer_of(plan, warnings));
  });
}

Outcome<http::Response> export_file(Context& context, const http::Request& request) {
  if (const auto known = known_query(request, {"group"}); !known) {
    return tl::unexpected(known.error());
  }
  std::vector<std::string> groups;
  if (const auto group = request.query_one("group")) groups.push_back(*group);
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    const auto rules = store::rules_of_groups(tx, groups);
    if (rules.empty() && !groups.empty()) return refuse(Fault::not_found, "no rule is of it");
    std::size_t left_out = 0;
    const auto file = rule_file_of(rules, left_out);
    const auto comment =
        left_out == 0 ? std::string()
                      : "Left out, since Prometheus has none of their kind or they are disabled: " +
                            std::to_string(left_out);
    http::Response response;
    response.content_type = "application/yaml";
    response.body = rules::write_rule_file(file, comment);
    return response;
  });
}

}  // namespace

void add_rule_file_routes(http::Router& router, Context& context) {
  mount(router, http::Method::post, "/api/v1/rules/import", "rules:write",
        [&context](const auto& request) { return import_file(context, request); });
  mount(router, http::Method::get, "/api/v1/rules/export", "rules:read",
        [&context](const auto& request) { return export_file(context, request); });
}

}  // namespace monitron::api
