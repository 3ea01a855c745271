// Rules that most people want: GET /api/v1/rule-templates, POST …/:id/rules.

#include "rules/rule_templates.hpp"

#include "api/listing.hpp"
#include "api/resource.hpp"
#include "api/rules.hpp"

namespace monitron::api {
namespace {

using rules::RuleTemplate;

// As POST /rules takes it.
Json rule_of(const RuleTemplate& from) {
  Json json = {{"name", from.name},
               {"kind", from.kind},
               {"expr", from.expr},
               {"label_selector", from.label_selector},
               {"for_seconds", from.for_seconds},
               {"keep_firing_for_seconds", from.keep_firing_for_seconds},
               {"interval_seconds", from.interval_seconds},
               {"severity", from.severity},
               {"annotations", from.annotations}};
  if (!from.states.empty()) json["states"] = from.states;
  if (from.kind == "anomaly") json.update(anomaly_members(from.anomaly));
  return json;
}

// Every member, those at their defaults too.
Json shown_rule(const RuleTemplate& from) {
  rules::Complaints complaints;
  const auto json = rule_of(rules::with_parameters(from, {}, complaints));
  std::vector<http::FieldError> errors;
  Fields fields(json, errors);
  return writable_rule(read_rule(fields));
}

Json show(const RuleTemplate& from) {
  Json parameters = Json::array();
  for (const auto& one : from.parameters) {
    Json shown = {{"name", one.name}, {"title", one.title}, {"unit", one.unit}};
    if (one.addresses != nullptr) {
      shown.update({{"kind", "addresses"}, {"default", one.addresses}});
    } else {
      shown.update({{"kind", "number"},
                    {"default", one.preset},
                    {"min", one.min},
                    {"max", one.max},
                    {"scale", one.times / one.over}});
    }
    parameters.push_back(std::move(shown));
  }
  return {{"id", from.id},           {"name", from.name}, {"summary", from.summary},
          {"kind", from.kind},       {"expr", from.expr}, {"parameters", std::move(parameters)},
          {"rule", shown_rule(from)}};
}

Outcome<http::Response> list(const http::Request& request) {
  if (const auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  Json items = Json::array();
  for (const auto& one : rules::rule_templates()) items.push_back(show(one));
  return json_answer(200, {{"items", std::move(items)}});
}

RuleTemplate chosen(const RuleTemplate& from, const Json& parameters, Fields& fields) {
  std::map<std::string, rules::ParameterValue> given;
  rules::Complaints complaints;
  for (const auto& [name, value] : parameters.items()) {
    if (value.is_number()) {
      given[name] = value.get<double>();
    } else if (value.is_string()) {
      given[name] = value.get<std::string>();
    } else {
      complaints[name.substr(0, 64)] = "must be a number or a text";
    }
  }
  auto rule = rules::with_parameters(from, given, complaints);
  for (const auto& [name, reason] : complaints) {
    fields.refuse("parameters." + name.substr(0, 64), "invalid", reason);
  }
  return rule;
}

Outcome<store::Rule> read(const RuleTemplate& from, const http::Request& request) {
  if (const auto known = known_query(request, {}); !known) return tl::unexpected(known.error());
  const auto body = parse_body(request);
  if (!body) return tl::unexpected(body.error());
  std::vector<http::FieldError> errors;
  Fields fields(*body, errors);
  auto json = rule_of(chosen(from, fields.object("parameters"), fields));
  json["name"] = fields.text("name", {.min = 1, .max = 200}, from.name);
  json["severity"] = fields.choice("severity", {"info", "warning", "critical"}, from.severity);
  json["enabled"] = fields.boolean("enabled", true);
  fields.finish();
  if (!errors.empty()) return refuse_fields(std::move(errors));
  Fields of_rule(json, errors);
  auto rule = read_rule(of_rule);
  if (!errors.empty()) return refuse_fields(std::move(errors));
  rule.id = Uuid::make();
  return rule;
}

Outcome<http::Response> create(Context& context, const http::Request& request) {
  const auto* from = rules::find_rule_template(request.params.at("id"));
  if (from == nullptr) return refuse(Fault::not_found, "no template has this id");
  const auto rule = read(*from, request);
  if (!rule) return tl::unexpected(rule.error());
  return in_transaction(context.database, [&](pqxx::work& tx) -> Outcome<http::Response> {
    std::vector<http::FieldError> errors;
    refuse_twin(tx, *rule, errors);
    if (!errors.empty()) return refuse_fields(std::move(errors));
    const auto made = store::insert_rule(tx, *rule);
    store::append_audit(tx, audit_entry(request, "rule.create", made.id.str(),
                                        {{"template", from->id}, {"after", writable_rule(made)}}));
    auto response = with_etag(json_answer(201, show_rule(tx, made)), made.version);
    response.headers.emplace_back("Location", "/api/v1/rules/" + made.id.str());
    return response;
  });
}

}  // namespace

void add_rule_template_routes(http::Router& router, Context& context) {
  mount(router, http::Method::get, "/api/v1/rule-templates", "rules:read", list);
  mount_once(router, context, "/api/v1/rule-templates/:id/rules",
             http::also_in_bulk(http::needs("rules:write")),
             [&context](const auto& request) { return create(context, request); });
}

}  // namespace monitron::api
