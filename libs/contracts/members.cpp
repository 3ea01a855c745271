#include "contracts/members.hpp"

namespace monitron::contracts {

using nlohmann::json;

Members::Members(const json& object, std::string path) : object_(object), path_(std::move(path)) {
  if (!object.is_object()) refuse("", "is not an object");
}

const json* Members::find(const char* name) const {
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

void Members::refuse(const std::string& name, const std::string& reason) {
  if (!complaint_) complaint_ = path_ + name + ": " + reason;
}

std::string Members::text(const char* name, std::string fallback) {
  const json* value = find(name);
  if (value == nullptr) return fallback;
  if (value->is_string()) return value->get<std::string>();
  refuse(name, "is not a string");
  return fallback;
}

std::int64_t Members::integer(const char* name, std::int64_t fallback, std::int64_t minimum,
                              std::int64_t maximum) {
  const json* value = find(name);
  if (value == nullptr) return fallback;
  // An unsigned value beyond int64 would come out negative; the range check refuses it.
  if (value->is_number_integer()) {
    const auto number = value->get<std::int64_t>();
    if (number >= minimum && number <= maximum) return number;
    refuse(name, "is out of range");
    return fallback;
  }
  refuse(name, "is not a whole number");
  return fallback;
}

double Members::number(const char* name, double fallback) {
  const json* value = find(name);
  if (value == nullptr) return fallback;
  if (value->is_number()) return value->get<double>();
  refuse(name, "is not a number");
  return fallback;
}

bool Members::boolean(const char* name, bool fallback) {
  const json* value = find(name);
  if (value == nullptr) return fallback;
  if (value->is_boolean()) return value->get<bool>();
  refuse(name, "is not true or false");
  return fallback;
}

std::map<std::string, std::string> Members::texts_by_name(const char* name) {
  std::map<std::string, std::string> texts;
  for (const auto& [key, value] : object(name).items()) {
    if (!value.is_string()) {
      refuse(std::string(name) + "." + key, "is not a string");
      continue;
    }
    texts[key] = value.get<std::string>();
  }
  return texts;
}

std::vector<std::string> Members::texts(const char* name, std::vector<std::string> fallback) {
  if (find(name) == nullptr) return fallback;
  std::vector<std::string> list;
  for (const auto& value : array(name)) {
    if (!value.is_string()) {
      refuse(name, "is not a list of strings");
      return fallback;
    }
    list.push_back(value.get<std::string>());
  }
  return list;
}

std::vector<int> Members::integers(const char* name, std::vector<int> fallback) {
  if (find(name) == nullptr) return fallback;
  std::vector<int> list;
  for (const auto& value : array(name)) {
    const auto number = value.is_number_integer() ? value.get<std::int64_t>() : INT64_MIN;
    if (number < INT32_MIN || number > INT32_MAX) {
      refuse(name, "is not a list of whole numbers");
      return fallback;
    }
    list.push_back(static_cast<int>(number));
  }
  return list;
}

std::optional<Uuid> Members::uuid(const char* name) {
  if (find(name) == nullptr) return std::nullopt;
  const auto id = Uuid::parse(text(name));
  if (id) return *id;
  refuse(name, "is not a UUID");
  return std::nullopt;
}

Uuid Members::required_uuid(const char* name) {
  const auto id = uuid(name);
  if (!id) refuse(name, "is missing");
  return id.value_or(Uuid{});
}

const json& Members::object(const char* name) {
  static const json kEmpty = json::object();
  const json* value = find(name);
  if (value == nullptr) return kEmpty;
  if (value->is_object()) return *value;
  refuse(name, "is not an object");
  return kEmpty;
}

const json& Members::array(const char* name) {
  static const json kEmpty = json::array();
  const json* value = find(name);
  if (value == nullptr) return kEmpty;
  if (value->is_array()) return *value;
  refuse(name, "is not a list");
  return kEmpty;
}

Result<json> parse_json_object(std::string_view text) {
  json parsed = json::parse(text, nullptr, false);
  if (parsed.is_discarded() || !parsed.is_object()) {
    return fail(Fault::invalid, "not a JSON object");
  }
  return parsed;
}

}  // namespace monitron::contracts
