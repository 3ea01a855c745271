#include "cli/incidents.hpp"

#include "base/ids.hpp"
#include "base/text.hpp"
#include "cli/answers.hpp"
#include "cli/given_time.hpp"
#include "cli/table.hpp"

#include <algorithm>

namespace monitron::cli {
namespace {

using nlohmann::json;

std::string place(const std::string& id, const std::string& rest = "") {
  return "/incidents/" + percent_encoded(id) + rest;
}

Result<std::string> list_query(const IncidentAsked& asked, const std::string& state) {
  std::string query = "/incidents?state=" + percent_encoded(state);
  if (!asked.severity.empty()) query += "&severity=" + percent_encoded(asked.severity);
  if (!asked.label.empty()) query += "&label=" + percent_encoded(asked.label);
  const auto since = asked.since.empty() && state == "resolved" ? "7d" : asked.since;
  if (since.empty()) return query;
  const auto from = given_time(since, Direction::ago);
  if (!from) return fail(from.error());
  return query + "&from=" + percent_encoded(to_rfc3339(*from));
}

// Nothing is wrong then.
bool is_drill(const json& incident) { return text_of(incident, "drill") == "true"; }

Result<Shown> list(Api& api, const IncidentAsked& asked, Output output) {
  json items = json::array();
  const auto states = asked.state.empty() ? std::vector<std::string>{"open", "acknowledged"}
                                          : std::vector<std::string>{asked.state};
  for (const auto& state : states) {
    const auto query = list_query(asked, state);
    if (!query) return fail(query.error());
    const auto page = api.all(*query);
    if (!page) return fail(page.error());
    for (const auto& item : *page) items.push_back(item);
  }
  const bool all_well = std::all_of(items.begin(), items.end(), [](const json& item) {
    return text_of(item, "state") == "resolved" || is_drill(item);
  });
  if (output == Output::json) return Shown{json_text(items), all_well};
  Table table({"STATE", "SEVERITY", "INCIDENT", "OPENED", "TAKEN BY", "ID"});
  for (const auto& item : items) {
    const auto* taken = member(item, "acknowledgement");
    const auto* assignee = member(item, "assignee");
    const auto by = assignee != nullptr ? text_of(*assignee, "name")
                    : taken != nullptr  ? text_of(*taken, "by")
                                        : "-";
    const bool silenced = member(item, "silenced_by") != nullptr;
    table.add({text_of(item, "state") + (silenced ? " (silenced)" : ""), text_of(item, "severity"),
               (is_drill(item) ? "(drill) " : "") + text_of(item, "title"), when(item, "opened_at"),
               by, text_of(item, "id")});
  }
  return Shown{table.text(), all_well};
}

std::string line(const std::string& name, const std::string& value) {
  if (value.empty()) return "";
  return "  " + name + std::string(name.size() < 14 ? 14 - name.size() : 1, ' ') +
         printable(value) + "\n";
}

std::string acknowledgement_of(const json& incident) {
  const auto* given = member(incident, "acknowledgement");
  if (given == nullptr) return "";
  auto text = "by " + text_of(*given, "by") + " at " + when(*given, "at");
  if (const auto until = when(*given, "expires_at"); !until.empty()) text += " until " + until;
  if (text_of(*given, "sticky") == "true") text += ", until it is resolved";
  const auto comment = text_of(*given, "comment");
  return comment.empty() ? text : text + ": " + comment;
}

std::string told_table(const json& rows) {
  if (rows.empty()) return "\nNobody was told.\n";
  Table table({"TOLD", "OF", "STATE", "BY", "WHOM", "DETAIL"});
  for (const auto& row : rows) {
    auto state = text_of(row, "state");
    if (state == "delivered") state = "notified";  // of the receiver; not that people have it
    table.add({when(row, "at"), text_of(row, "transition"), state, text_of(row, "channel"),
               text_of(row, "target"), text_of(row, "detail")});
  }
  return "\n" + table.text();
}

Shown shown_incident(const json& incident, Output output) {
  if (output == Output::json) return {json_text(incident), true};
  std::string text = printable(text_of(incident, "title")) + "\n";
  text += line("state", text_of(incident, "state") + " since " + when(incident, "since"));
  text += line("severity", text_of(incident, "severity"));
  text += line("rule", text_of(incident, "rule_name"));
  text += line("seen", text_of(incident, "text"));
  text += line("opened", when(incident, "opened_at"));
  text += line("resolved", when(incident, "resolved_at"));
  text += line("acknowledged", acknowledgement_of(incident));
  const auto* assignee = member(incident, "assignee");
  if (assignee != nullptr) text += line("assigned to", text_of(*assignee, "name"));
  if (const auto* labels = member(incident, "labels")) text += line("labels", labels_text(*labels));
  Table table({"WHEN", "WHAT", "WHO", "TEXT"});
  for (const auto& event : items_of(incident, "events")) {
    auto said = text_of(event, "text");
    if (const auto* to = member(event, "assignee")) said = "to " + text_of(*to, "name");
    table.add({when(event, "at"), text_of(event, "kind"), text_of(event, "by"), said});
  }
  return {text + "\n" + table.text() + told_table(items_of(incident, "notifications")), true};
}

Result<Shown> acknowledge(Api& api, const IncidentAsked& asked, Output output) {
  json body = {{"comment", asked.text}, {"sticky", asked.sticky}};
  if (!asked.until.empty()) {
    const auto until = given_time(asked.until, Direction::ahead);
    if (!until) return fail(until.error());
    body["expires_at"] = to_rfc3339(*until);
  }
  return api.put(place(asked.id, "/acknowledgement"), body).map([&](const json& incident) {
    return shown_incident(incident, output);
  });
}

// Whom the operator means, as the API takes it.
Result<json> user_of(Api& api, const std::string& who) {
  if (who == "nobody") return json(nullptr);
  if (who == "me")
    return api.get("/me").map([](const json& me) { return json(text_of(me, "id")); });
  if (who.find('@') == std::string::npos) return json(who);
  const auto users = api.all("/users");
  if (!users) return fail(users.error());
  for (const auto& user : *users) {
    if (to_lower(text_of(user, "email")) == to_lower(who)) return json(text_of(user, "id"));
  }
  return fail(Fault::not_found, "no user has the address " + who);
}

Result<Shown> assign(Api& api, const IncidentAsked& asked, Output output) {
  const auto user = user_of(api, asked.who);
  if (!user) return fail(user.error());
  return api.put(place(asked.id, "/assignee"), {{"user_id", *user}}).map([&](const json& incident) {
    return shown_incident(incident, output);
  });
}

// The id of the check that the operator means by its id or name.
Result<std::string> check_of(Api& api, const std::string& which) {
  if (Uuid::parse(which)) return which;
  const auto checks = api.all("/checks?q=" + percent_encoded(which));
  if (!checks) return fail(checks.error());
  std::vector<std::string> ids;
  for (const auto& check : *checks) {
    if (text_of(check, "name") == which) ids.push_back(text_of(check, "id"));
  }
  if (ids.empty()) return fail(Fault::not_found, "no check is called " + which);
  if (ids.size() == 1) return ids.front();
  std::string all;
  for (const auto& id : ids) all += " " + id;
  return fail(Fault::invalid, "several checks are called " + which + "; give an id:" + all);
}

std::string alert_explained(const json& answer) {
  Table steps({"WHEN", "WHAT", "TEXT"});
  for (const auto& step : items_of(answer, "steps")) {
    steps.add({when(step, "at"), text_of(step, "kind"), text_of(step, "text")});
  }
  return "\n" + steps.text() + told_table(items_of(answer, "delivery"));
}

std::string check_explained(const json& answer) {
  Table places({"LOCATION", "STATUS", "LATEST", "FAILURES", "SUCCESSES", "SINCE"});
  for (const auto& one : items_of(answer, "locations")) {
    places.add({text_of(one, "location"), text_of(one, "status"), text_of(one, "result"),
                text_of(one, "failures") + " of " + text_of(answer, "failures_before_down"),
                text_of(one, "successes") + " of " + text_of(answer, "successes_before_up"),
                when(one, "since")});
  }
  Table rules({"RULE", "SEVERITY", "VERDICT"});
  for (const auto& rule : items_of(answer, "rules")) {
    rules.add({text_of(rule, "rule_name"), text_of(rule, "severity"), text_of(rule, "verdict")});
  }
  return "\n" + places.text() + "\n" + rules.text();
}

}  // namespace

Result<Shown> run_incidents(Api& api, const std::string& command, const IncidentAsked& asked,
                            Output output) {
  if (command == "list") return list(api, asked, output);
  if (command == "ack") return acknowledge(api, asked, output);
  if (command == "assign") return assign(api, asked, output);
  if (command == "unack") {
    const auto done = api.remove(place(asked.id, "/acknowledgement"));
    if (!done) return fail(done.error());
  }
  if (command == "note") {
    const auto done = api.post(place(asked.id, "/notes"), {{"text", asked.text}});
    if (!done) return fail(done.error());
  }
  return api.get(place(asked.id)).map([&](const json& incident) {
    return shown_incident(incident, output);
  });
}

Result<Shown> show_explanation(Api& api, const IncidentAsked& asked, Output output) {
  const auto id = asked.check ? check_of(api, asked.id) : Result<std::string>(asked.id);
  if (!id) return fail(id.error());
  const std::string kind = asked.check ? "/checks/" : "/alerts/";
  return api.get(kind + percent_encoded(*id) + "/explain").map([&](const json& answer) {
    if (output == Output::json) return Shown{json_text(answer), true};
    const auto rest = asked.check ? check_explained(answer) : alert_explained(answer);
    return Shown{printable(text_of(answer, "verdict")) + "\n" + rest, true};
  });
}

}  // namespace monitron::cli
