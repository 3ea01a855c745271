#include "cli/rule_replay.hpp"

#include "cli/answers.hpp"
#include "cli/given_time.hpp"
#include "cli/rule_files.hpp"
#include "cli/table.hpp"

namespace monitron::cli {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

Result<json> rule_in(const std::string& path) {
  const auto text = contents(path);
  if (!text) return fail(text.error());
  auto rule = json::parse(*text, nullptr, false);
  if (!rule.is_object()) return fail(Fault::invalid, path + ": is not a rule in JSON");
  return rule;
}

std::string labels_of(const json& labels) {
  std::string text;
  for (const auto& [name, value] : labels.items()) {
    if (name == "alertname" || name == "severity" || !value.is_string()) continue;
    text += (text.empty() ? "" : ", ") + name + "=" + value.get<std::string>();
  }
  return text;
}

void add(Table& table, const std::string& which, const json& pages) {
  if (!pages.is_array()) return;
  for (const auto& page : pages) {
    const auto text = [&](const char* name) {
      const auto found = page.find(name);
      return found != page.end() && found->is_string() ? found->get<std::string>() : "-";
    };
    table.add({which, text("fired_at"), text("resolved_at"), text("value"),
               labels_of(page.value("labels", json::object()))});
  }
}

std::string count(const json& pages) { return std::to_string(pages.is_array() ? pages.size() : 0); }

Shown shown(const json& answer, Output output) {
  const auto at = [&](const char* name) { return answer.value(name, json()); };
  const bool alone = at("old").is_null();
  const bool all_well = at("only_new").empty() && at("only_old").empty();
  if (output == Output::json) {
    return {json_text(answer), all_well};
  }
  Table table({"SENT BY", "FIRED", "RESOLVED", "VALUE", "LABELS"});
  add(table, alone ? "the rule" : "new only", at("only_new"));
  add(table, "old only", at("only_old"));
  auto text = table.text() + "\n" + count(at("only_new")) + " pages";
  if (!alone) {
    text += " of the new rule only, " + count(at("only_old")) + " of the old one only, " +
            at("both").dump() + " of both";
  }
  if (at("truncated") == true) text += "; not to the end, it was too much";
  return {text + "\n", all_well};
}

}  // namespace

Result<Shown> show_replay(Api& api, const ReplayAsked& asked, Output output) {
  const auto from = given_time(asked.from, Direction::ago);
  if (!from) return fail(from.error().in("--from"));
  const auto to = given_time(asked.to, Direction::ago);
  if (!to) return fail(to.error().in("--to"));
  const auto rule = asked.rule_file.empty() ? api.get("/rules/" + percent_encoded(asked.id))
                                            : rule_in(asked.rule_file);
  if (!rule) return fail(rule.error());
  json body = {{"rule", *rule}, {"from", to_rfc3339(*from)}, {"to", to_rfc3339(*to)}};
  if (!asked.rule_file.empty() && !asked.id.empty()) body["compare_with"] = asked.id;
  const auto answer = api.post("/rules/replay", body, 60s);
  if (!answer) return fail(answer.error());
  return shown(*answer, output);
}

}  // namespace monitron::cli
