#include "api/rules.hpp"

#include "api/resource.hpp"
#include "api/rule_twins.hpp"
#include "base/label_name.hpp"
#include "domain/threshold.hpp"
#include "promql/parser.hpp"
#include "rules/input.hpp"
#include "rules/remarks.hpp"
#include "rules/template.hpp"
#include "store/checks.hpp"
#include "store/rule_evaluations.hpp"

#include <algorithm>
#include <cctype>

namespace monitron::api {
namespace {

constexpr int kLeastHistory = 600, kMostHistory = 28 * 86'400;  // seconds

// Of kinds that evaluate an expression again and again.
bool is_query(const store::Rule& rule) {
  return rule.kind == "promql" || rule.kind == "anomaly" || rule.kind == "recording";
}
// An alert whose element is missing from its own result would never end.
void check_no_data(const store::Rule& rule, Fields& fields) {
  if (rule.kind != "promql" || rule.no_data != "keep") return;
  const auto parsed = promql::parse(rule.expr);
  if (parsed && !rules::input_of(*parsed).is_compared) {
    fields.refuse("no_data", "invalid",
                  "keep needs a comparison, by which what is well is told from what is missing");
  }
}

void check_expression(const store::Rule& rule, Fields& fields) {
  std::string wrong;
  if (rule.kind == "threshold") {
    if (const auto good = domain::parse_threshold(rule.expr); !good) wrong = good.error().text;
  } else if (is_query(rule)) {
    wrong = rules::expression_complaint(rule.expr);
  } else if (!rule.expr.empty()) {
    wrong = "is of threshold, promql, anomaly and recording rules";
  }
  if (!wrong.empty()) fields.refuse("expr", "invalid", wrong);
}

// `before`: what may stay as it is.
void check_templates(const char* member, const store::Labels& texts, const store::Labels& before,
                     Fields& fields) {
  for (const auto& [name, text] : texts) {
    const auto known = before.find(name);
    if (known != before.end() && known->second == text) continue;
    const auto good = rules::Template::parse(text);
    if (good) continue;
    fields.refuse(std::string(member) + "." + name, "invalid", good.error().text);
  }
}

// Alerts have them of the rule itself. `before`: what may stay as it is.
void check_reserved(const store::Labels& labels, const store::Labels& before, Fields& fields) {
  static const std::vector<std::pair<std::string, std::string>> kReserved = {
      {"severity", "say it as severity of the rule"}, {"alertname", "is the name of the rule"}};
  for (const auto& [name, reason] : kReserved) {
    const auto given = labels.find(name);
    if (given == labels.end()) continue;
    const auto known = before.find(name);
    if (known != before.end() && known->second == given->second) continue;
    fields.refuse("labels." + name, "invalid", reason);
  }
}

store::Rule read_changed(Fields& fields, const store::Rule& before) {
  auto rule = read_rule(fields);
  // A recorded series has its labels as they are written, as in Prometheus.
  if (rule.kind != "recording") {
    check_templates("labels", rule.labels, before.labels, fields);
    check_reserved(rule.labels, before.labels, fields);
  }
  check_templates("annotations", rule.annotations, before.annotations, fields);
  return rule;
}

std::vector<std::string> read_states(Fields& fields) {
  static const std::vector<std::string> kStates = {"down", "unknown", "warning", "flapping"};
  if (!fields.has("states")) return {"down"};
  auto states = fields.texts("states", kStates.size(), 20);
  if (states.empty()) fields.refuse("states", "invalid", "must name a state");
  for (std::size_t i = 0; i < states.size(); ++i) {
    const auto begin = states.begin();
    const auto here = begin + static_cast<std::ptrdiff_t>(i);
    const auto field = "states[" + std::to_string(i) + "]";
    if (std::find(kStates.begin(), kStates.end(), states[i]) == kStates.end()) {
      fields.refuse(field, "invalid", "must be one of down, unknown, warning, flapping");
    } else if (std::find(begin, here, states[i]) != here) {
      fields.refuse(field, "invalid", "is there twice");
    }
  }
  return states;
}

bool is_metric_name(std::string_view name) {
  const auto is_good = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':';
  };
  const bool digit = !name.empty() && name.front() >= '0' && name.front() <= '9';
  return !name.empty() && !digit && std::all_of(name.begin(), name.end(), is_good);
}

// It makes series and no alerts.
void check_recording(const store::Rule& rule, Fields& fields) {
  const store::Rule unset;
  const auto none = [&](const char* field, bool good) {
    if (!good) fields.refuse(field, "invalid", "is of rules that alert");
  };
  none("for_seconds", rule.for_seconds == unset.for_seconds);
  none("keep_firing_for_seconds", rule.keep_firing_for_seconds == unset.keep_firing_for_seconds);
  none("no_data", rule.no_data == unset.no_data);
  none("severity", rule.severity == unset.severity);
  none("annotations", rule.annotations.empty());
  if (!is_metric_name(rule.record)) {
    fields.refuse("record", "invalid", "must be a name of letters, digits, _ and :");
  }
  for (const auto& [name, value] : rule.labels) {
    if (is_label_name(name) && name != promql::kMetricName) continue;
    fields.refuse("labels." + name, "invalid", "is not the name of a label");
  }
}

// What is of some kinds only is at its default with the others.
void check_kind(const store::Rule& rule, Fields& fields) {
  const bool query = is_query(rule);
  const auto only = [&](const char* field, bool good, const char* reason) {
    if (!good) fields.refuse(field, "invalid", reason);
  };
  only("interval_seconds", query || rule.interval_seconds == 15, "is of promql and anomaly rules");
  only("no_data", query || rule.no_data == "ok", "is of promql and anomaly rules");
  only("label_selector", !query || rule.label_selector.empty(), "say it in the expression");
  const bool state = rule.kind == "check_state";
  only("check_id", state || !rule.check_id, "is of rules on check states");
  only("states", state || rule.states == store::Rule{}.states, "is of rules on check states");
  const bool recording = rule.kind == "recording";
  only("record", recording || rule.record.empty(), "is of recording rules");
  if (recording) check_recording(rule, fields);
  if (rule.kind == "anomaly") return;
  const auto& set = rule.anomaly;
  const domain::AnomalyParameters unset;
  const char* reason = "is of anomaly rules";
  only("season", set.season == unset.season, reason);
  only("direction", set.direction == unset.direction, reason);
  only("sensitivity", set.sensitivity == unset.sensitivity, reason);
  only("min_change", set.min_change == unset.min_change, reason);
  only("min_history_seconds", set.min_history == unset.min_history, reason);
}

domain::AnomalyParameters read_anomaly(Fields& fields) {
  domain::AnomalyParameters anomaly;
  anomaly.season = domain::parse_season(fields.choice("season", {"week", "day", "flat"}, "week"))
                       .value_or(anomaly.season);
  anomaly.direction =
      domain::parse_direction(fields.choice("direction", {"both", "up", "down"}, "both"))
          .value_or(anomaly.direction);
  anomaly.sensitivity = fields.number("sensitivity", 1, 20, anomaly.sensitivity);
  anomaly.min_change = fields.number("min_change", 0, 1e300, 0);
  const auto least = static_cast<int>(anomaly.min_history.count());
  anomaly.min_history = std::chrono::seconds(
      fields.integer("min_history_seconds", kLeastHistory, kMostHistory, least));
  return anomaly;
}

Json show(const store::Rule& rule, const store::RuleEvaluations& evaluations, Instant now) {
  Json json = {{"id", rule.id.str()}};
  json.update(writable_rule(rule));
  const auto health = store::health_of(rule, evaluations, now);
  const auto& last = health.last;
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? Json() : Json(text);
  };
  json["health"] = health.word;
  json["last_evaluation_at"] = time_or_null(last.at);
  json["evaluation_seconds"] = last.seconds ? Json(*last.seconds) : Json();
  json["last_error"] = text_or_null(last.problem);
  json["waits_for"] = text_or_null(last.waits_for);
  json["version"] = rule.version;
  json["created_at"] = to_rfc3339(rule.created_at);
  json["updated_at"] = to_rfc3339(rule.updated_at);
  return json;
}

Outcome<http::Response> list(Context& context, const http::Request& request) {
  const auto query = page_query(request, store::rule_listing(), {"id", "label"});
  if (!query) return tl::unexpected(query.error());
  const auto ids = uuids_query(request, "id");
  if (!ids) return tl::unexpected(ids.error());
  const auto labels = label_query(request);
  if (!labels) return tl::unexpected(labels.error());
  const auto now = context.clock.now();
  return in_transaction(context.database, [&](pqxx::work& tx) {
    const auto page = store::list_rules(tx, *query, *labels, *ids);
    const auto evaluations = store::rule_evaluations(tx, page.items);
    return page_answer(request, page,
                       [&](const auto& rule) { return show(rule, evaluations, now); });
  });
}

}  // namespace

store::Rule read_rule(Fields& fields) {
  store::Rule rule;
  rule.name = fields.text("name", {.min = 1, .max = 200, .required = true});
  rule.kind = fields.choice("kind",
                            {"check_state", "threshold", "instance_silent", "location_silent",
                             "promql", "anomaly", "recording", "rule_failing"},
                            "");
  rule.expr = fields.text("expr", {.max = 4096, .lines = true});
  rule.check_id = fields.uuid("check_id");
  rule.label_selector = fields.labels("label_selector");
  const bool silent = rule.kind.ends_with("_silent");
  const int usual_time = silent || rule.kind == "rule_failing" ? 300 : 0;
  // Shorter than that, a restart of an agent or a checker would be a silence.
  rule.for_seconds = fields.integer("for_seconds", silent ? 30 : 0, 604'800, usual_time);
  rule.keep_firing_for_seconds = fields.integer("keep_firing_for_seconds", 0, 604'800, 0);
  rule.interval_seconds = fields.integer("interval_seconds", 1, 3600, 15);
  rule.no_data = fields.choice("no_data", {"ok", "alert", "keep"}, "ok");
  rule.states = read_states(fields);
  rule.record = fields.text("record", {.max = 200});
  rule.anomaly = read_anomaly(fields);
  rule.severity = fields.choice("severity", {"info", "warning", "critical"}, "warning");
  rule.labels = fields.labels("labels");
  rule.annotations = fields.labels("annotations");
  rule.group_name = fields.text("group_name", {.max = 200});
  rule.enabled = fields.boolean("enabled", true);
  check_expression(rule, fields);
  check_kind(rule, fields);
  check_no_data(rule, fields);
  fields.ignore({"health", "last_evaluation_at", "evaluation_seconds", "last_error", "waits_for"});
  return rule;
}

Json anomaly_members(const domain::AnomalyParameters& anomaly) {
  return {{"season", domain::to_string(anomaly.season)},
          {"direction", domain::to_string(anomaly.direction)},
          {"sensitivity", anomaly.sensitivity},
          {"min_change", anomaly.min_change},
          {"min_history_seconds", anomaly.min_history.count()}};
}

Json writable_rule(const store::Rule& rule) {
  Json json = {{"name", rule.name},
               {"kind", rule.kind},
               {"expr", rule.expr},
               {"check_id", id_or_null(rule.check_id)},
               {"label_selector", rule.label_selector},
               {"for_seconds", rule.for_seconds},
               {"keep_firing_for_seconds", rule.keep_firing_for_seconds},
               {"interval_seconds", rule.interval_seconds},
               {"no_data", rule.no_data},
               {"states", rule.states},
               {"record", rule.record},
               {"severity", rule.severity},
               {"labels", rule.labels},
               {"annotations", rule.annotations},
               {"group_name", rule.group_name},
               {"enabled", rule.enabled}};
  if (rule.kind == "anomaly") json.update(anomaly_members(rule.anomaly));
  return json;
}

Json show_rule(pqxx::work& tx, const store::Rule& rule) {
  return show(rule, store::rule_evaluations(tx, {rule}), system_clock().now());
}

void refuse_twin(pqxx::work& tx, const store::Rule& rule, std::vector<http::FieldError>& errors) {
  store::lock_rules(tx);
  const auto before = store::find_rule(tx, rule.id);
  const auto others = store::enabled_rules(tx, rule.name);
  if (new_twin(rule, before ? &*before : nullptr, others) == nullptr) return;
  errors.push_back({"name", "taken",
                    "a rule of this name, severity and labels is on already: change that one, turn "
                    "it off, or give this one another name or label"});
}

void add_rule_routes(http::Router& router, Context& context) {
  Resource<store::Rule> resource;
  resource.name = "rule";
  resource.path = "/api/v1/rules";
  resource.reading = "rules:read";
  resource.writing = "rules:write";
  resource.read = [](Fields& fields) { return read_changed(fields, {}); };
  resource.read_changed = read_changed;
  resource.writable = writable_rule;
  resource.show = show_rule;
  resource.verify = [](pqxx::work& tx, const store::Rule& rule,
                       std::vector<http::FieldError>& errors) {
    if (rule.check_id && !store::find_check(tx, *rule.check_id)) {
      errors.push_back({"check_id", "not_found", "no check has this id"});
    }
    refuse_twin(tx, rule, errors);
  };
  resource.find = store::find_rule;
  resource.insert = store::insert_rule;
  resource.update = store::update_rule;
  resource.remove = store::delete_rule;
  mount(router, context, resource);
  mount(router, http::Method::get, resource.path, resource.reading,
        [&context](const auto& request) { return list(context, request); });
}

}  // namespace monitron::api
