#include "cli/answers.hpp"

#include "base/clock.hpp"

namespace monitron::cli {

using nlohmann::json;

const json* member(const json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::string text_of(const json& object, const char* name) {
  const auto* found = member(object, name);
  if (found == nullptr) return "";
  if (found->is_string()) return found->get<std::string>();
  return found->dump(-1, ' ', false, json::error_handler_t::replace);
}

const json& items_of(const json& object, const char* name) {
  static const json none = json::array();
  const auto* found = member(object, name);
  return found != nullptr && found->is_array() ? *found : none;
}

std::string when(const json& object, const char* name) {
  const auto time = parse_rfc3339(text_of(object, name));
  return time ? to_text(*time) : "";
}

std::string labels_text(const json& labels) {
  std::string text;
  if (!labels.is_object()) return text;
  for (const auto& [name, value] : labels.items()) {
    text += (text.empty() ? "" : ", ") + name + "=" + text_of(labels, name.c_str());
  }
  return text;
}

std::string json_text(const json& value) {
  return value.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace monitron::cli
