#include "cli/silences.hpp"

#include "cli/answers.hpp"
#include "cli/given_time.hpp"
#include "cli/table.hpp"

namespace monitron::cli {
namespace {

using nlohmann::json;

std::string matchers_of(const json& silence) {
  std::string text;
  for (const auto& matcher : silence.value("matchers", json::array())) {
    const bool equal = matcher.value("equal", true), regex = matcher.value("regex", false);
    text += (text.empty() ? "" : " ") + text_of(matcher, "name") + (equal ? "" : "!") +
            (regex ? (equal ? "=~" : "~") : "=") + text_of(matcher, "value");
  }
  return text;
}

// What did not reach every peer, for people.
std::string warnings_of(const json& answer) {
  std::string lines;
  for (const auto& warning : items_of(answer, "warnings")) {
    if (warning.is_string()) lines += "warning: " + printable(warning.get<std::string>()) + "\n";
  }
  return lines;
}

Result<std::string> end_of(const std::string& lasts) {
  const auto span = given_duration(lasts);
  if (!span) return fail(span.error());
  return to_rfc3339(system_clock().now() + *span);
}

Shown told(const json& silence, Output output) {
  if (output == Output::json) return {json_text(silence)};
  return {"silenced until " + when(silence, "ends_at") + ": " + text_of(silence, "id") + "\n" +
          warnings_of(silence)};
}

}  // namespace

Result<json> parse_matcher(const std::string& text) {
  struct Operator {
    const char* sign;
    bool regex, equal;
  };
  static constexpr Operator operators[] = {
      {"=~", true, true}, {"!~", true, false}, {"!=", false, false}, {"=", false, true}};
  const auto at = text.find_first_of("=!");
  for (const auto& one : operators) {
    const std::string_view sign = one.sign;
    if (at == std::string::npos || at == 0 || text.compare(at, sign.size(), sign) != 0) continue;
    return json{{"name", text.substr(0, at)},
                {"value", text.substr(at + sign.size())},
                {"regex", one.regex},
                {"equal", one.equal}};
  }
  return fail(Fault::invalid, "\"" + text +
                                  "\" is no matcher: name=value, name!=value, name=~regex or "
                                  "name!~regex");
}

Result<Shown> add_silence(Api& api, const NewSilence& silence, Output output) {
  const auto ends_at = end_of(silence.lasts);
  if (!ends_at) return fail(ends_at.error());
  json matchers = json::array();
  for (const auto& text : silence.matchers) {
    auto matcher = parse_matcher(text);
    if (!matcher) return fail(matcher.error());
    matchers.push_back(std::move(*matcher));
  }
  const auto made = api.post(
      "/silences",
      {{"matchers", std::move(matchers)}, {"ends_at", *ends_at}, {"comment", silence.comment}});
  if (!made) return fail(made.error());
  return told(*made, output);
}

Result<Shown> extend_silence(Api& api, const std::string& id, const std::string& lasts,
                             Output output) {
  const auto ends_at = end_of(lasts);
  if (!ends_at) return fail(ends_at.error());
  const auto changed = api.put("/silences/" + percent_encoded(id), {{"ends_at", *ends_at}});
  if (!changed) return fail(changed.error());
  return told(*changed, output);
}

Result<Shown> show_silences(Api& api, Output output) {
  std::string warnings;
  const auto items = api.all("/silences", [&](const json& page) { warnings = warnings_of(page); });
  if (!items) return fail(items.error());
  if (output == Output::json) return Shown{json_text(*items)};
  Table table({"STATE", "MATCHERS", "UNTIL", "BY", "COMMENT", "ID"});
  for (const auto& item : *items) {
    table.add({text_of(item, "state"), matchers_of(item), when(item, "ends_at"),
               text_of(item, "created_by"), text_of(item, "comment"), text_of(item, "id")});
  }
  return Shown{table.text() + warnings};
}

Result<Shown> expire_silence(Api& api, const std::string& id) {
  const auto done = api.remove("/silences/" + percent_encoded(id));
  if (!done) return fail(done.error());
  return Shown{"ended\n" + warnings_of(*done)};
}

}  // namespace monitron::cli
