#include "cli/rule_exchange.hpp"

#include "cli/answers.hpp"
#include "cli/rule_files.hpp"
#include "cli/table.hpp"

namespace monitron::cli {
namespace {

using nlohmann::json;

// What changes, what was not taken as written, and how much stays.
std::string shown(const std::string& path, const json& answer, bool dry_run) {
  Table changes({"ACTION", "GROUP", "RULE", "KIND"});
  std::size_t unchanged = 0, changed = 0;
  for (const auto& item : items_of(answer, "items")) {
    if (text_of(item, "action") == "unchanged") {
      ++unchanged;
      continue;
    }
    ++changed;
    changes.add({text_of(item, "action"), text_of(item, "group"), text_of(item, "name"),
                 text_of(item, "kind")});
  }
  auto text = path + ": " + std::to_string(changed) +
              (dry_run ? " rules would change, " : " rules changed, ") + std::to_string(unchanged) +
              " are as they were\n";
  if (changed > 0) text += changes.text();
  for (const auto& warning : items_of(answer, "warnings")) {
    text += told({text_of(warning, "group"), text_of(warning, "rule"), text_of(warning, "field"),
                  text_of(warning, "reason")});
  }
  return text;
}

}  // namespace

Result<Shown> import_rules(Api& api, const std::vector<std::string>& paths, bool dry_run,
                           Output output) {
  json answers = json::array();
  std::string text;
  for (const auto& path : paths) {
    auto yaml = contents(path);
    if (!yaml) return fail(yaml.error());
    const auto answer = api.upload(dry_run ? "/rules/import?dry_run=true" : "/rules/import",
                                   std::move(*yaml), "application/yaml");
    // What went before was taken, and is told.
    if (!answer) return fail({answer.error().fault, text + path + ": " + answer.error().text});
    text += shown(path, *answer, dry_run);
    answers.push_back(*answer);
  }
  if (output == Output::json) {
    return Shown{json_text(answers.size() == 1 ? answers.front() : answers)};
  }
  return Shown{text};
}

Result<Shown> export_rules(Api& api, const std::string& group) {
  const auto query = group.empty() ? std::string() : "?group=" + percent_encoded(group);
  return api.download("/rules/export" + query).map([](std::string yaml) {
    return Shown{std::move(yaml)};
  });
}

}  // namespace monitron::cli
