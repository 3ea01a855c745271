#include "contracts/check_type_reader.hpp"

#include "base/bytes.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <yaml-cpp/yaml.h>

namespace monitron::contracts {

using domain::CheckProblem;
using nlohmann::json;
using Kind = CheckType::Parameter::Kind;
using Problems = std::vector<CheckProblem>;

namespace {

constexpr int kMaxDepth = 16;
constexpr std::size_t kMaxNodes = 5000;  // aliases of aliases make few bytes many nodes
constexpr std::size_t kMaxParameters = 50;
constexpr std::pair<std::string_view, Kind> kKinds[] = {{"text", Kind::text},
                                                        {"integer", Kind::integer},
                                                        {"boolean", Kind::boolean},
                                                        {"secret", Kind::secret}};

std::optional<Kind> kind_named(const json& name) {
  for (const auto& [text, kind] : kKinds) {
    if (name.is_string() && name.get_ref<const std::string&>() == text) return kind;
  }
  return {};
}

// Throws Error when it is none: it could be neither stored nor sent.
const std::string& text_of(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (text.empty() || is_valid_utf8(text)) return text;
  throw Error{Fault::invalid, "holds bytes that are not UTF-8, or NUL"};
}

json scalar_to_json(const YAML::Node& node) {
  const std::string& text = text_of(node);
  if (node.Tag() == "!") return text;  // quoted
  if (text == "true") return true;
  if (text == "false") return false;
  if (text == "null" || text == "~" || text.empty()) return nullptr;
  if (const auto number = parse_number<std::int64_t>(text)) return *number;
  if (const auto number = parse_number<double>(text)) return *number;
  return text;
}

// Throws Error when it is too much.
json to_json(const YAML::Node& node, int depth, std::size_t& nodes) {
  if (depth > kMaxDepth || ++nodes > kMaxNodes) {
    throw Error{Fault::invalid, "is nested too deeply or too large"};
  }
  if (node.IsScalar()) return scalar_to_json(node);
  if (node.IsSequence()) {
    json list = json::array();
    for (const auto& one : node) list.push_back(to_json(one, depth + 1, nodes));
    return list;
  }
  if (!node.IsMap()) return nullptr;
  json object = json::object();
  for (const auto& one : node) {
    const auto name = one.first.as<std::string>();
    (void)text_of(one.first);
    if (object.contains(name)) throw Error{Fault::invalid, "has " + name + " twice"};
    object[name] = to_json(one.second, depth + 1, nodes);
  }
  return object;
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 63 || text.front() < 'a' || text.front() > 'z') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

// Reads the definition itself; placeholders are tried afterwards.
class TypeReader {
 public:
  TypeReader(const json& body, CheckType& type) : body_(body), type_(type) {}

  Problems read() {
    for (const auto& [name, value] : body_.items()) {
      if (std::find(std::begin(kMembers), std::end(kMembers), name) == std::end(kMembers)) {
        refuse(name, "unknown", "is not known");
      }
    }
    type_.name = text(body_, "name", "name");
    if (!is_name(type_.name)) {
      refuse("name", "invalid", "must begin with a-z and be of a-z, 0-9, _ and -");
    } else if (domain::parse_check_kind(type_.name)) {
      refuse("name", "invalid", "is a built-in kind");
    }
    type_.description = text(body_, "description", "description");
    const auto kind = domain::parse_check_kind(text(body_, "kind", "kind"));
    if (!kind || !domain::info_of(*kind).active) {
      refuse("kind", "invalid", "must be a built-in kind that a checker runs");
    } else {
      type_.kind = *kind;
    }
    if (body_.contains("target")) type_.target = text(body_, "target", "target");
    type_.settings = object("settings");
    read_parameters();
    return std::move(problems_);
  }

 private:
  static constexpr std::string_view kMembers[] = {"name",   "description", "kind",
                                                  "target", "settings",    "parameters"};

  void refuse(std::string field, std::string code, std::string message) {
    problems_.push_back({std::move(field), std::move(code), std::move(message)});
  }

  std::string text(const json& from, const char* name, const std::string& field) {
    const auto found = from.find(name);
    if (found == from.end() || found->is_null()) return "";
    if (!found->is_string() || found->get_ref<const std::string&>().size() > 2048) {
      refuse(field, "invalid", "must be a text of at most 2048 bytes");
      return "";
    }
    return found->get<std::string>();
  }

  json object(const char* name) {
    const auto found = body_.find(name);
    if (found == body_.end() || found->is_null()) return json::object();
    if (found->is_object()) return *found;
    refuse(name, "invalid", "must be an object");
    return json::object();
  }

  void read_parameters() {
    const json given = object("parameters");
    if (given.size() > kMaxParameters) {
      return refuse("parameters", "too_long", "must be at most 50");
    }
    for (const auto& [name, value] : given.items()) {
      const std::string field = "parameters." + name.substr(0, 63);
      if (!is_name(name) || name == "target") {
        refuse(field, "invalid", "is not a name for a parameter");
      } else if (!value.is_null() && !value.is_object()) {
        refuse(field, "invalid", "must be an object");
      } else {
        type_.parameters[name] = read_parameter(value.is_null() ? json::object() : value, field);
      }
    }
  }

  CheckType::Parameter read_parameter(const json& given, const std::string& field) {
    CheckType::Parameter parameter;
    for (const auto& [name, value] : given.items()) {
      if (name == "type") {
        const auto kind = kind_named(value);
        if (!kind)
          refuse(field + ".type", "invalid", "must be one of text, integer, boolean, secret");
        parameter.kind = kind.value_or(parameter.kind);
      } else if (name == "description") {
        parameter.description = text(given, "description", field + ".description");
      } else if (name == "required" && value.is_boolean()) {
        parameter.required = value.get<bool>();
      } else if (name == "default" && given.value("type", json()) != "secret") {
        parameter.preset = value;
      } else if (name == "minimum" && value.is_number_integer()) {
        parameter.minimum = value.get<std::int64_t>();
      } else if (name == "maximum" && value.is_number_integer()) {
        parameter.maximum = value.get<std::int64_t>();
      } else if (name == "choices" && value.is_array() && value.size() <= 50) {
        for (const auto& one : value) {
          if (one.is_string()) parameter.choices.push_back(one.get<std::string>());
        }
      } else {
        refuse(field + "." + name.substr(0, 63), "invalid", "is not known or of a wrong type");
      }
    }
    return parameter;
  }

  const json& body_;
  CheckType& type_;
  Problems problems_;
};

}  // namespace

Problems read_definition(std::string_view yaml, CheckType& into) try {
  if (yaml.size() > kCheckTypeBytes) return {{"", "too_long", "must have at most 64 KiB"}};
  std::size_t nodes = 0;
  const json body = to_json(YAML::Load(std::string(yaml)), 0, nodes);
  if (!body.is_object()) return {{"", "invalid", "is not a YAML mapping"}};
  into = {};
  return TypeReader(body, into).read();
} catch (const YAML::Exception& error) {
  return {{"", "invalid", std::string("is not YAML: ") + error.what()}};
} catch (const Error& error) {
  return {{"", "invalid", error.text}};
}

}  // namespace monitron::contracts
