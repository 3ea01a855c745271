#include "probe/json_assertion.hpp"

#include "probe/expressions.hpp"
#include "probe/json_select.hpp"
#include "probe/legible.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace monitron::probe {

using nlohmann::json;

namespace {

json as_json(const std::string& text) {
  const auto document = parse_json(text);
  return document ? *document : json(json::value_t::discarded);
}

// The order of two numbers, or of two texts; nothing when there is none.
std::optional<int> order(const json& found, const std::string& wanted) {
  const auto sign = [](const auto& a, const auto& b) { return a < b ? -1 : (b < a ? 1 : 0); };
  const json number = as_json(wanted);
  if (number.is_number()) {
    if (found.is_number()) return sign(found, number);
    if (!found.is_string()) return std::nullopt;
    const json read = as_json(found.get_ref<const std::string&>());
    if (!read.is_number()) return std::nullopt;
    return sign(read, number);
  }
  if (!found.is_string()) return std::nullopt;
  return sign(found.get_ref<const std::string&>(), wanted);
}

bool equal(const json& found, const std::string& wanted) {
  if (found.is_string()) return found.get_ref<const std::string&>() == wanted;
  return found == as_json(wanted);
}

bool contains(const json& found, const std::string& wanted) {
  if (found.is_string()) {
    return found.get_ref<const std::string&>().find(wanted) != std::string::npos;
  }
  if (found.is_object()) return found.contains(wanted);
  return found.is_array() && std::any_of(found.begin(), found.end(),
                                         [&](const json& one) { return equal(one, wanted); });
}

bool fits(const json& found, const domain::JsonAssertion& assertion, Expressions& expressions) {
  const std::string& op = assertion.op;
  const std::string& wanted = assertion.value;
  if (op == "==") return equal(found, wanted);
  if (op == "!=") return !equal(found, wanted);
  if (op == "contains") return contains(found, wanted);
  if (op == "matches") {
    const auto* expression = expressions.find(wanted);
    if (expression == nullptr) return false;
    return matches(*expression,
                   found.is_string() ? found.get_ref<const std::string&>() : found.dump());
  }
  const auto place = order(found, wanted);
  if (!place) return false;
  if (op == "<") return *place < 0;
  if (op == "<=") return *place <= 0;
  return op == ">" ? *place > 0 : *place >= 0;
}

}  // namespace

std::string shown(const json& value) {
  constexpr std::size_t kMost = 100;
  if (value.is_object()) return "an object of " + std::to_string(value.size());
  if (value.is_array() && value.size() > 10) return "a list of " + std::to_string(value.size());
  const std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  return legible(text, kMost) + (text.size() > kMost ? "…" : "");
}

std::string complain(const domain::JsonAssertion& assertion, const json& document,
                     Expressions& expressions) {
  const auto path = domain::JsonPath::parse(assertion.path);
  if (!path) return assertion.path + " " + path.error().text;
  const auto found = select(*path, document, expressions);
  if (!found) return assertion.path + " " + found.error().text;
  if (assertion.op == "exists")
    return found->empty() ? "there is nothing at " + assertion.path : "";
  const std::string wanted = ", expected " + assertion.op + " " + assertion.value;
  if (assertion.op == "absent") {
    if (found->empty()) return "";
    return assertion.path + " is " + shown(*found->front()) + ", expected nothing there";
  }
  if (found->empty()) return "there is nothing at " + assertion.path + wanted;
  for (const json* value : *found) {
    if (!fits(*value, assertion, expressions)) {
      return assertion.path + " is " + shown(*value) + wanted;
    }
  }
  return "";
}

}  // namespace monitron::probe
