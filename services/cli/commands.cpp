#include "cli/commands.hpp"

#include "cli/answers.hpp"
#include "cli/table.hpp"

#include <algorithm>
#include <string_view>

namespace monitron::cli {
namespace {

using nlohmann::json;

// A check that does not run has no state to speak of.
bool is_paused(const json& object, std::string_view name) {
  const auto enabled = object.find("enabled");
  return name == "status" && enabled != object.end() && *enabled == false;
}

bool warns(const json& object, std::string_view name) {
  return name == "status" && text_of(object, "warning") == "true";
}

std::string cell(const json& object, const char* name) {
  if (is_paused(object, name)) return "paused";
  if (warns(object, name)) return "up, warning";
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return "-";
  if (found->is_string()) return found->get<std::string>();
  return found->dump(-1, ' ', false, json::error_handler_t::replace);
}

// The number at "group.name" of the overview.
long long figure(const json& overview, const char* group, const char* name) {
  const auto found = overview.find(group);
  if (found == overview.end() || !found->is_object()) return 0;
  const auto value = found->find(name);
  return value != found->end() && value->is_number() ? value->get<long long>() : 0;
}

// A line for each Alertmanager that does not answer.
std::string peers_away(const json& overview) {
  std::string lines;
  for (const auto& peer : items_of(overview, "alertmanagers")) {
    if (text_of(peer, "answers") != "false") continue;
    lines += "Alertmanager at " + printable(text_of(peer, "name")) + " does not answer since " +
             when(peer, "since") + "; what it silences is not known\n";
  }
  return lines;
}

using Columns = std::vector<std::pair<std::string, const char*>>;

Shown shown_list(const json& items, Output output, const Columns& columns, const char* bad_member,
                 const char* bad_value) {
  const bool all_well = std::none_of(items.begin(), items.end(), [&](const json& item) {
    return cell(item, bad_member) == bad_value;
  });
  if (output == Output::json) return {json_text(items), all_well};
  std::vector<std::string> titles;
  for (const auto& [title, name] : columns) titles.push_back(title);
  Table table(std::move(titles));
  for (const auto& item : items) {
    std::vector<std::string> row;
    for (const auto& [title, name] : columns) row.push_back(cell(item, name));
    table.add(std::move(row));
  }
  return {table.text(), all_well};
}

// Who is at it; what nobody is told of is no news, what holds it back is.
json with_marks(json alerts) {
  for (auto& alert : alerts) {
    if (const auto* taken = member(alert, "acknowledgement")) {
      const auto until = when(*taken, "expires_at");
      alert["taken_by"] = text_of(*taken, "by") + (until.empty() ? "" : " until " + until);
    }
    if (const auto* held = member(alert, "suppressed_by")) {
      alert["state"] = "held back";
      alert["text"] = cell(*held, "text");
    } else if (const auto* silence = member(alert, "silenced_by")) {
      if (alert["state"] == "firing") alert["state"] = "silenced";
      alert["text"] = "silenced by " + text_of(*silence, "created_by") + " until " +
                      when(*silence, "ends_at") + ": " + text_of(*silence, "comment");
    }
  }
  return alerts;
}

}  // namespace

Result<Shown> show_status(Api& api, Output output) {
  const auto overview = api.get("/overview");
  if (!overview) return fail(overview.error());
  const auto firing = figure(*overview, "alerts", "firing");
  const auto down = figure(*overview, "instances", "down") + figure(*overview, "checks", "down");
  const auto away = peers_away(*overview);
  const bool all_well = firing == 0 && down == 0 && away.empty();
  if (output == Output::json) return Shown{json_text(*overview), all_well};
  Table table({"", "TOTAL", "UP", "DOWN", "UNKNOWN", "MAINTENANCE"});
  for (const char* group : {"instances", "checks"}) {
    std::vector<std::string> row{group};
    for (const char* name : {"total", "up", "down", "unknown", "maintenance"}) {
      row.push_back(std::to_string(figure(*overview, group, name)));
    }
    table.add(std::move(row));
  }
  std::string alerts;
  for (const auto& [name, words] : std::initializer_list<std::pair<const char*, const char*>>{
           {"firing", " firing, "}, {"silenced", " silenced, "}, {"suppressed", " held back, "}}) {
    alerts += std::to_string(figure(*overview, "alerts", name)) + words;
  }
  alerts += std::to_string(figure(*overview, "alerts", "pending")) + " pending";
  return Shown{table.text() + "\nalerts: " + alerts +
                   "; open incidents: " + cell(*overview, "incidents_open") + "\n" + away,
               all_well};
}

Result<Shown> show_instances(Api& api, Output output) {
  return api.all("/instances").map([&](const json& items) {
    return shown_list(items, output,
                      {{"NAME", "name"},
                       {"HEALTH", "health"},
                       {"KIND", "kind"},
                       {"HOSTNAME", "hostname"},
                       {"ADDRESS", "ip_address"},
                       {"LAST SEEN", "last_seen"},
                       {"ID", "id"}},
                      "health", "down");
  });
}

Result<Shown> show_checks(Api& api, Output output) {
  return api.all("/checks").map([&](const json& items) {
    return shown_list(items, output,
                      {{"NAME", "name"},
                       {"STATUS", "status"},
                       {"KIND", "kind"},
                       {"TARGET", "target"},
                       {"SINCE", "status_since"},
                       {"ID", "id"}},
                      "status", "down");
  });
}

Result<Shown> show_alerts(Api& api, Output output) {
  return api.all("/alerts").map([&](const json& items) {
    auto shown = shown_list(with_marks(items), output,
                            {{"STATE", "state"},
                             {"SEVERITY", "severity"},
                             {"ALERT", "title"},
                             {"WHAT", "text"},
                             {"SINCE", "active_since"},
                             {"RULE", "rule_name"},
                             {"TAKEN BY", "taken_by"},
                             {"ID", "id"}},
                            "state", "firing");
    if (output == Output::json) shown.text = json_text(items);
    return shown;
  });
}

int exit_code(const Error& error) {
  switch (error.fault) {
    case Fault::unavailable:
    case Fault::timeout:
    case Fault::busy:
      return 69;
    case Fault::denied:
      return 77;
    default:
      return 1;
  }
}

}  // namespace monitron::cli
