#include "api/dashboards.hpp"
#include "promql/parser.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace monitron::api {
namespace {

constexpr int kMostRows = 10'000;
constexpr int kTallest = 100;
constexpr std::size_t kMostWidgets = 100;
constexpr std::size_t kMostQueries = 20;
constexpr std::size_t kMostVariables = 20;
constexpr std::size_t kMostChoices = 100;
constexpr std::size_t kMostThresholds = 10;

// By what stands for them in a query while it is parsed.
using Variables = std::map<std::string, std::string>;

struct Kind {
  const char* name;
  std::vector<const char*> members;  // besides those that all have
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {
      {"time_series", {"queries", "unit", "decimals", "min", "max", "thresholds", "stacked"}},
      {"bar", {"queries", "unit", "decimals", "min", "max", "thresholds"}},
      {"gauge", {"queries", "unit", "decimals", "min", "max", "thresholds"}},
      {"stat", {"queries", "unit", "decimals", "thresholds"}},
      {"table", {"queries", "unit", "decimals", "thresholds"}},
      {"status", {"of", "selector"}},
      {"alerts", {"selector", "limit"}},
      {"incidents", {"selector", "limit"}},
      {"certificates", {"selector", "limit"}},
      {"text", {"text"}}};
  return all;
}

constexpr std::array kOfSomeKinds = {"queries", "unit",     "decimals",   "min",   "max", "stacked",
                                     "of",      "selector", "thresholds", "limit", "text"};

bool has(const Kind& kind, std::string_view member) {
  return std::find(kind.members.begin(), kind.members.end(), member) != kind.members.end();
}

bool is_name(std::string_view text) {
  const auto letter = [](char c) { return (c | 32) >= 'a' && (c | 32) <= 'z'; };
  return !text.empty() && letter(text[0]) && std::all_of(text.begin(), text.end(), [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '_';
  });
}

// -- time

// "now" and "now-6h" as milliseconds before now.
std::optional<std::int64_t> before_now(const std::string& text) {
  if (text == "now") return 0;
  if (!text.starts_with("now-")) return std::nullopt;
  const auto duration = promql::parse_duration(std::string_view(text).substr(4));
  if (!duration) return std::nullopt;
  return *duration;
}

void read_time(Fields& fields, store::Dashboard& dashboard) {
  const auto object = fields.object("time");
  std::vector<http::FieldError> errors;
  Fields time(object, errors, "time.");
  dashboard.time_from = time.text("from", {.min = 1, .max = 40}, "now-6h");
  dashboard.time_to = time.text("to", {.min = 1, .max = 40}, "now");
  time.finish();
  const auto from = before_now(dashboard.time_from), to = before_now(dashboard.time_to);
  const auto since = parse_rfc3339(dashboard.time_from), until = parse_rfc3339(dashboard.time_to);
  const char* form = "is neither like now-6h nor a time like 2026-11-21T10:00:00Z";
  if (!from && !since) time.refuse("from", "invalid", form);
  if (!to && !until) time.refuse("to", "invalid", form);
  if ((from && to && *from <= *to) || (since && until && *since >= *until)) {
    time.refuse("to", "invalid", "must be after from");
  }
  for (auto& error : errors) fields.refuse(error.field, error.code, error.message);
}

// -- variables

Json read_variable(Fields& fields, Variables& known) {
  const auto name = fields.text("name", {.min = 1, .max = 50, .required = true});
  if (!name.empty() && !is_name(name)) {
    fields.refuse("name", "invalid", "must begin with a letter; letters, digits and _ follow");
  }
  const auto kind = fields.choice("kind", {"label_values", "choices"}, "");
  Json variable = {{"name", name},
                   {"kind", kind},
                   {"title", fields.text("title", {.max = 200})},
                   {"default", fields.text("default", {.max = 200})},
                   {"several", fields.boolean("several", false)}};
  if (kind == "choices") {
    variable["choices"] = fields.texts("choices", kMostChoices, 200);
    if (variable["choices"].empty()) fields.refuse("choices", "required", "must name one at least");
  } else {
    variable["label"] = fields.text("label", {.min = 1, .max = 200, .required = true});
    variable["metric"] = fields.text("metric", {.max = 200});
  }
  if (!known.emplace(name, variable["default"]).second) {
    fields.refuse("name", "taken", "another variable has this name");
  }
  return variable;
}

// Those that every dashboard has: what is shown, and the distance of its points.
Variables usual_variables() { return {{"__range", "1h"}, {"__interval", "1m"}}; }

// With the defaults in the places of $name and ${name}. Fault: not_found, of a name that is none.
Result<std::string> filled(const std::string& query, const Variables& variables) {
  std::string text;
  for (std::size_t at = 0; at < query.size();) {
    const bool braced = query[at] == '$' && at + 1 < query.size() && query[at + 1] == '{';
    // "$1" of label_replace and the end of a regular expression are none.
    const bool named = braced || (query[at] == '$' && at + 1 < query.size() &&
                                  (query[at + 1] == '_' || is_name(std::string(1, query[at + 1]))));
    if (!named) {
      text += query[at++];
      continue;
    }
    const auto begin = at + (braced ? 2 : 1);
    auto end = begin;
    while (end < query.size() && (is_name(std::string(1, query[end])) || query[end] == '_' ||
                                  (query[end] >= '0' && query[end] <= '9'))) {
      ++end;
    }
    const auto name = query.substr(begin, end - begin);
    const auto found = variables.find(name);
    if (found == variables.end() || (braced && (end == query.size() || query[end] != '}'))) {
      return fail(Fault::not_found, "$" + name + " is no variable of this dashboard");
    }
    text += found->second.empty() ? "x" : found->second;
    at = end + (braced ? 1 : 0);
  }
  return text;
}

// -- widgets

Json read_queries(Fields& fields, const Variables& variables) {
  Json queries = Json::array();
  for_each_object(fields, "queries", kMostQueries, [&](Fields& one) {
    const auto promql =
        one.text("promql", {.min = 1, .max = 4096, .required = true, .lines = true});
    const auto text = filled(promql, variables);
    if (!text) one.refuse("promql", "invalid", text.error().text);
    const auto parsed = text ? promql::parse(*text) : Result<promql::Expr>(fail(text.error()));
    if (text && !promql.empty() && !parsed) one.refuse("promql", "invalid", parsed.error().text);
    queries.push_back({{"promql", promql}, {"legend", one.text("legend", {.max = 200})}});
  });
  if (queries.empty() && !fields.has("queries")) {
    fields.refuse("queries", "required", "must have one at least");
  }
  return queries;
}

Json read_thresholds(Fields& fields) {
  Json thresholds = Json::array();
  for_each_object(fields, "thresholds", kMostThresholds, [&](Fields& one) {
    const auto value = one.number("value");
    if (!value && !one.has("value")) one.refuse("value", "required", "is missing");
    thresholds.push_back(
        {{"value", value.value_or(0)},
         {"severity", one.choice("severity", {"info", "warning", "critical"}, "")}});
  });
  return thresholds;
}

Json number_or_null(Fields& fields, const char* name) {
  const auto value = fields.number(name);
  return value ? Json(*value) : Json(nullptr);
}

void read_members(Fields& fields, const Kind& kind, const Variables& variables, Json& widget) {
  const auto take = [&](const char* name, auto read) {
    if (has(kind, name)) widget[name] = read();
  };
  take("queries", [&] { return read_queries(fields, variables); });
  take("unit", [&] { return Json(fields.text("unit", {.max = 40})); });
  take("decimals", [&] {
    return fields.has("decimals") ? Json(fields.integer("decimals", 0, 10, 0)) : Json(nullptr);
  });
  take("min", [&] { return number_or_null(fields, "min"); });
  take("max", [&] { return number_or_null(fields, "max"); });
  take("thresholds", [&] { return read_thresholds(fields); });
  take("stacked", [&] { return Json(fields.boolean("stacked", false)); });
  take("of", [&] { return Json(fields.choice("of", {"instances", "checks"}, "instances")); });
  take("selector", [&] { return Json(fields.labels("selector")); });
  take("limit", [&] { return Json(fields.integer("limit", 1, 100, 20)); });
  take("text", [&] {
    return Json(fields.text("text", {.min = 1, .max = 20'000, .required = true, .lines = true}));
  });
  for (const auto* name : kOfSomeKinds) {
    fields.ignore({name});
    if (!has(kind, name) && fields.has(name)) {
      fields.refuse(name, "unknown", "is not of a widget of the kind " + std::string(kind.name));
    }
  }
}

struct Box {
  int x = 0, y = 0, width = 1, height = 1;
  bool overlaps(const Box& other) const {
    return x < other.x + other.width && other.x < x + width && y < other.y + other.height &&
           other.y < y + height;
  }
};

Box read_box(Fields& fields, Json& widget) {
  Box box;
  box.x = fields.integer("x", 0, kGridColumns - 1, std::nullopt);
  box.y = fields.integer("y", 0, kMostRows, std::nullopt);
  box.width = fields.integer("width", 1, kGridColumns, std::nullopt);
  box.height = fields.integer("height", 1, kTallest, std::nullopt);
  if (box.x + box.width > kGridColumns) {
    fields.refuse("width", "invalid", "leads out of the grid of 24 columns");
  }
  widget["x"] = box.x;
  widget["y"] = box.y;
  widget["width"] = box.width;
  widget["height"] = box.height;
  return box;
}

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const auto& kind : kinds()) names.emplace_back(kind.name);
  return names;
}

class Widgets {
 public:
  explicit Widgets(const Variables& variables) : variables_(variables) {}

  Json read(Fields& fields) {
    const auto id = fields.text("id", {.min = 1, .max = 50, .required = true});
    const auto name = fields.choice("kind", kind_names(), "");
    Json widget = {{"id", id}, {"kind", name}, {"title", fields.text("title", {.max = 200})}};
    const auto box = read_box(fields, widget);
    for (const auto& other : boxes_) {
      if (!box.overlaps(other.second)) continue;
      fields.refuse("x", "invalid", "lies over the widget " + other.first);
      break;
    }
    const bool taken = std::any_of(boxes_.begin(), boxes_.end(),
                                   [&](const auto& other) { return other.first == id; });
    if (taken) fields.refuse("id", "taken", "another widget has this id");
    boxes_.emplace_back(id, box);
    const auto kind = std::find_if(kinds().begin(), kinds().end(),
                                   [&](const Kind& one) { return one.name == name; });
    if (kind != kinds().end()) {
      read_members(fields, *kind, variables_, widget);
    } else {
      for (const auto* member : kOfSomeKinds) fields.ignore({member});
    }
    return widget;
  }

 private:
  const Variables& variables_;
  std::vector<std::pair<std::string, Box>> boxes_{};
};

}  // namespace

store::Dashboard read_dashboard(Fields& fields) {
  store::Dashboard dashboard;
  dashboard.name = fields.text("name", {.min = 1, .max = 200, .required = true});
  dashboard.description = fields.text("description", {.max = 4096, .lines = true});
  dashboard.labels = fields.labels("labels");
  read_time(fields, dashboard);
  dashboard.refresh_seconds = fields.integer("refresh_seconds", 0, 86'400, 30);
  auto known = usual_variables();
  Json variables = Json::array(), shown = Json::array();
  for_each_object(fields, "variables", kMostVariables,
                  [&](Fields& one) { variables.push_back(read_variable(one, known)); });
  Widgets widgets(known);
  for_each_object(fields, "widgets", kMostWidgets,
                  [&](Fields& one) { shown.push_back(widgets.read(one)); });
  dashboard.variables = variables.dump();
  dashboard.widgets = shown.dump();
  return dashboard;
}

Json writable_dashboard(const store::Dashboard& dashboard) {
  return {{"name", dashboard.name},
          {"description", dashboard.description},
          {"labels", dashboard.labels},
          {"time", {{"from", dashboard.time_from}, {"to", dashboard.time_to}}},
          {"refresh_seconds", dashboard.refresh_seconds},
          {"variables", Json::parse(dashboard.variables)},
          {"widgets", Json::parse(dashboard.widgets)}};
}

}  // namespace monitron::api
