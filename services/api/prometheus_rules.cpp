// Rules and alerts in the form of Prometheus's HTTP API, for Grafana: what the notifier evaluates,
// and what it decided last. Under /prometheus only: /api/v1/rules and /api/v1/alerts are our own.

#include "api/promql.hpp"
#include "api/resource.hpp"
#include "api/rule_plan.hpp"
#include "domain/alert_labels.hpp"
#include "rules/template.hpp"
#include "store/alerts.hpp"
#include "store/rule_evaluations.hpp"
#include "store/rules.hpp"

#include <charconv>
#include <cmath>
#include <map>
#include <set>

namespace monitron::api {
namespace {

constexpr const char* kFile = "monitron";
const std::string kNever = "0001-01-01T00:00:00Z";  // as Prometheus writes it

using AlertsOfRule = std::map<Uuid, std::vector<store::Alert>>;

struct State {
  std::vector<store::Rule> rules{};  // all
  AlertsOfRule alerts{};
  store::RuleEvaluations evaluations{};
};

// What is asked for; empty: all.
struct Wanted {
  std::set<std::string> names{}, groups{}, files{};
  bool alerting = true;
  bool recording = true;
  bool with_alerts = true;
};

std::set<std::string> set_of(const PromqlParameters& parameters, std::string_view name) {
  const auto all = parameters.all(name);
  return {all.begin(), all.end()};
}

bool has(const std::set<std::string>& wanted, const std::string& name) {
  return wanted.empty() || wanted.contains(name);
}

PromqlResult<Wanted> wanted_of(const PromqlParameters& parameters) {
  Wanted wanted{.names = set_of(parameters, "rule_name[]"),
                .groups = set_of(parameters, "rule_group[]"),
                .files = set_of(parameters, "file[]")};
  const auto type = parameters.one("type");
  if (!type.empty() && type != "alert" && type != "record") {
    return refuse({PromqlError::Type::bad_data, "not supported value \"" + type + "\""});
  }
  wanted.alerting = type != "record";
  wanted.recording = type != "alert";
  const auto without = parameters.one("exclude_alerts");
  wanted.with_alerts = without != "true" && without != "1";
  return wanted;
}

PromqlResult<State> state_of(Context& context) {
  auto state = context.database.transact([](pqxx::work& tx) {
    State now{.rules = store::rules_of_groups(tx, {}), .evaluations = store::rule_evaluations(tx)};
    for (auto& alert : store::all_alerts(tx)) {
      const auto rule = alert.rule_id;
      now.alerts[rule].push_back(std::move(alert));
    }
    return now;
  });
  if (!state) return refuse(promql_error_of(state.error()));
  return std::move(*state);
}

std::string scientific(double value) {
  if (!std::isfinite(value)) return promql::format_value(value);
  char text[40];
  return {text, std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr};
}

// The labels and annotations as Alertmanager gets them.
Json show(const store::Rule& rule, const store::Alert& alert) {
  auto labels = alert.labels;
  labels["alertname"] = rule.name;
  labels["severity"] = rule.severity;
  const auto annotations = domain::told_annotations(
      rules::filled(rule.annotations, labels, rules::told_value(alert.value)), alert.title,
      alert.text);
  return {{"labels", labels},
          {"annotations", annotations},
          {"state", domain::to_string(alert.state.phase)},
          {"activeAt", to_rfc3339(alert.state.active_since)},
          {"value", scientific(alert.value)}};
}

// A threshold is PromQL too; of the other kinds there is no expression that says the same.
Json show(const store::Rule& rule, const std::vector<store::Alert>& alerts, bool with_alerts) {
  auto labels = rule.labels;
  labels["severity"] = rule.severity;
  auto phase = domain::AlertPhase::inactive;
  Json list = Json::array();
  for (const auto& alert : alerts) {
    phase = std::max(phase, alert.state.phase);
    if (with_alerts) list.push_back(show(rule, alert));
  }
  return {{"state", domain::to_string(phase)},
          {"name", rule.name},
          {"query", rule.expr},
          {"duration", rule.for_seconds},
          {"keepFiringFor", rule.keep_firing_for_seconds},
          {"labels", labels},
          {"annotations", rule.annotations},
          {"alerts", std::move(list)},
          {"type", "alerting"}};
}

Json show_recording(const store::Rule& rule) {
  return {
      {"name", rule.record}, {"query", rule.expr}, {"labels", rule.labels}, {"type", "recording"}};
}

// Of a rule, and of its group: the time that all of it took, and its latest evaluation.
void add_health(Json& shown, Json& group, const store::RuleHealth& health) {
  const auto& last = health.last;
  const auto at = last.at ? to_rfc3339(*last.at) : kNever;
  shown["health"] = health.word;
  shown["evaluationTime"] = last.seconds.value_or(0);
  shown["lastEvaluation"] = at;
  if (!last.problem.empty()) shown["lastError"] = last.problem;
  group["evaluationTime"] = group["evaluationTime"].get<double>() + last.seconds.value_or(0);
  group["lastEvaluation"] = std::max(group["lastEvaluation"].get<std::string>(), at);
}

Json groups_of(const State& state, const Wanted& wanted) {
  std::map<std::string, Json> groups;
  static const std::vector<store::Alert> kNone;
  const FileGroups names(state.rules);
  for (const auto& rule : state.rules) {
    if (!rule.enabled) continue;
    const auto name = names.name_of(rule);
    const bool recording = rule.kind == "recording";
    if (!(recording ? wanted.recording : wanted.alerting)) continue;
    if (!has(wanted.names, recording ? rule.record : rule.name) || !has(wanted.groups, name))
      continue;
    auto& group = groups[name];
    if (group.is_null()) {
      group = {{"name", name},
               {"file", kFile},
               {"rules", Json::array()},
               {"interval", rule.interval_seconds},
               {"limit", 0},
               {"evaluationTime", 0},
               {"lastEvaluation", kNever}};
    }
    const auto found = state.alerts.find(rule.id);
    const auto& alerts = found == state.alerts.end() ? kNone : found->second;
    auto shown = recording ? show_recording(rule) : show(rule, alerts, wanted.with_alerts);
    add_health(shown, group, store::health_of(rule, state.evaluations, system_clock().now()));
    group["rules"].push_back(std::move(shown));
  }
  Json list = Json::array();
  for (auto& [name, group] : groups) list.push_back(std::move(group));
  return list;
}

http::Response answer_of(const Json& data) {
  return promql_answer(data.dump(-1, ' ', false, Json::error_handler_t::replace));
}

PromqlResult<http::Response> rules(Context& context, const http::Request& request) {
  const auto parameters = PromqlParameters::of(request);
  if (!parameters) return refuse(parameters.error());
  const auto wanted = wanted_of(*parameters);
  if (!wanted) return refuse(wanted.error());
  if (!has(wanted->files, kFile)) {
    return answer_of({{"groups", Json::array()}});
  }
  const auto state = state_of(context);
  if (!state) return refuse(state.error());
  return answer_of({{"groups", groups_of(*state, *wanted)}});
}

PromqlResult<http::Response> alerts(Context& context, const http::Request&) {
  const auto state = state_of(context);
  if (!state) return refuse(state.error());
  Json list = Json::array();
  for (const auto& rule : state->rules) {
    const auto found = state->alerts.find(rule.id);
    if (found == state->alerts.end()) continue;
    for (const auto& alert : found->second) list.push_back(show(rule, alert));
  }
  return answer_of({{"alerts", std::move(list)}});
}

}  // namespace

void add_prometheus_rule_routes(http::Router& router, Context& context) {
  using Handler = PromqlResult<http::Response> (*)(Context&, const http::Request&);
  for (const auto& [path, handle] : {std::pair<const char*, Handler>{"rules", rules},
                                     std::pair<const char*, Handler>{"alerts", alerts}}) {
    router.add(http::Method::get, std::string("/prometheus/api/v1/") + path,
               http::needs(std::string(path) + ":read"),
               [&context, handle = handle](const http::Request& request) {
                 auto answer = handle(context, request);
                 return answer ? std::move(*answer) : promql_answer(answer.error());
               });
  }
}

}  // namespace monitron::api
