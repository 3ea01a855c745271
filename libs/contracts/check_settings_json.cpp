// The settings of checks from and to JSON, and their schema: three visitors of the one table of
// members (domain/check_fields.hpp).

#include "contracts/check_definition.hpp"
#include "domain/check_fields.hpp"

#include <type_traits>

namespace monitron::contracts {

using domain::CheckKind;
using domain::CheckProblem;
using domain::CheckSettings;
using domain::FieldRule;
using domain::Secret;
using nlohmann::json;

namespace {

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

template <class T>
struct IsMap : std::false_type {};
template <class T>
struct IsMap<std::map<std::string, T>> : std::true_type {};

template <class T>
concept Duration = requires(T value) {
  value.count();
  typename T::period;
};

template <class T>
concept Struct =
    !std::is_arithmetic_v<T> && !std::is_same_v<T, std::string> && !std::is_same_v<T, Secret> &&
    !IsVector<T>::value && !IsMap<T>::value && !Duration<T>;

template <Struct T>
json object_of(const T& value);

template <class T>
json to_json_value(const T& value) {
  if constexpr (std::is_same_v<T, Secret>) {
    return value.text;
  } else if constexpr (Duration<T>) {
    return value.count();
  } else if constexpr (IsVector<T>::value) {
    json list = json::array();
    for (const auto& one : value) list.push_back(to_json_value(one));
    return list;
  } else if constexpr (IsMap<T>::value) {
    json map = json::object();
    for (const auto& [name, one] : value) map[name] = to_json_value(one);
    return map;
  } else if constexpr (Struct<T>) {
    return object_of(value);
  } else {
    return value;
  }
}

template <Struct T>
json object_of(const T& value) {
  json object = json::object();
  const auto write = [&](const char* name, const auto& member, const FieldRule&) {
    object[name] = to_json_value(member);
  };
  fields_of(write, value);
  return object;
}

// Reads one object; remembers which members it knows, so that the others can be named.
class Reader {
 public:
  Reader(const json& object, std::string path, std::vector<CheckProblem>& problems)
      : object_(object), path_(std::move(path)), problems_(problems) {}

  template <class T>
  void operator()(const char* name, T& value, const FieldRule& rule) {
    known_.emplace_back(name);
    const auto found = object_.find(name);
    if (found != object_.end() && !found->is_null()) read(path_ + name, *found, value, rule);
  }

  void complain_about_others() {
    for (const auto& [name, value] : object_.items()) {
      if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
        problems_.push_back({path_ + name.substr(0, 100), "unknown", "is not known"});
      }
    }
  }

 private:
  template <class T>
  void read(const std::string& field, const json& given, T& value, const FieldRule& rule) {
    if constexpr (std::is_same_v<T, bool>) {
      if (!given.is_boolean()) return refuse(field, "must be true or false");
      value = given.get<bool>();
    } else if constexpr (std::is_same_v<T, std::string>) {
      if (rule.scalar && (given.is_number() || given.is_boolean())) {
        value = given.dump();
        return;
      }
      if (!given.is_string()) return refuse(field, "must be a text");
      value = given.get<std::string>();
    } else if constexpr (std::is_same_v<T, Secret>) {
      read(field, given, value.text, rule);
    } else if constexpr (std::is_integral_v<T>) {
      read_number(field, given, value, rule);
    } else if constexpr (Duration<T>) {
      std::int64_t count = value.count();
      read_number(field, given, count, rule);
      value = T(count);
    } else if constexpr (IsVector<T>::value) {
      read_list(field, given, value, rule);
    } else if constexpr (IsMap<T>::value) {
      read_map(field, given, value, rule);
    } else {
      read_object(field, given, value);
    }
  }

  template <class T>
  void read_number(const std::string& field, const json& given, T& value, const FieldRule& rule) {
    // As a double first: what is too large for the type must not wrap around.
    const bool whole = given.is_number_integer();
    const double wide = whole ? given.get<double>() : 0;
    if (!whole || wide < static_cast<double>(std::numeric_limits<T>::min()) ||
        wide >= static_cast<double>(std::numeric_limits<T>::max())) {
      return refuse(field, "must be a whole number from " + std::to_string(rule.least) + " to " +
                               std::to_string(rule.most));
    }
    value = given.get<T>();
  }

  template <class T>
  void read_list(const std::string& field, const json& given, std::vector<T>& list,
                 const FieldRule& rule) {
    if (!given.is_array()) return refuse(field, "must be a list");
    if (given.size() > rule.items) {
      return refuse(field, "must be at most " + std::to_string(rule.items), "too_long");
    }
    list.assign(given.size(), T{});
    for (std::size_t i = 0; i < list.size(); ++i) {
      read(field + "[" + std::to_string(i) + "]", given[i], list[i], rule);
    }
  }

  template <class T>
  void read_map(const std::string& field, const json& given, std::map<std::string, T>& map,
                const FieldRule& rule) {
    if (!given.is_object()) return refuse(field, "must be an object");
    if (given.size() > rule.items) {
      return refuse(field, "must be at most " + std::to_string(rule.items), "too_long");
    }
    map.clear();
    for (const auto& [name, one] : given.items()) read(field + "." + name, one, map[name], rule);
  }

  template <Struct T>
  void read_object(const std::string& field, const json& given, T& value) {
    if (!given.is_object()) return refuse(field, "must be an object");
    Reader inside(given, field + ".", problems_);
    fields_of(inside, value);
    inside.complain_about_others();
  }

  void refuse(const std::string& field, std::string message, std::string code = "invalid") {
    problems_.push_back({field, std::move(code), std::move(message)});
  }

  const json& object_;
  std::string path_;
  std::vector<CheckProblem>& problems_;
  std::vector<std::string> known_;
};

template <Struct T>
json schema_of(const T& defaults);

template <class T>
json schema_of_value(const T& value, const FieldRule& rule);

json schema_of_text(const FieldRule& rule) {
  json schema = {{"type", "string"}};
  if (!rule.choices.empty()) {
    schema["enum"] = json::array();
    for (const auto choice : rule.choices) schema["enum"].push_back(choice);
    return schema;
  }
  schema["maxLength"] = rule.most;
  if (rule.least > 0) schema["minLength"] = rule.least;
  if (rule.lines) schema["x-multiline"] = true;
  return schema;
}

template <class T>
json schema_of_value(const T& value, const FieldRule& rule) {
  if constexpr (std::is_same_v<T, bool>) {
    return {{"type", "boolean"}};
  } else if constexpr (std::is_same_v<T, std::string>) {
    return schema_of_text(rule);
  } else if constexpr (std::is_same_v<T, Secret>) {
    json schema = schema_of_text(rule);
    schema["writeOnly"] = true;
    return schema;
  } else if constexpr (std::is_integral_v<T> || Duration<T>) {
    return {{"type", "integer"}, {"minimum", rule.least}, {"maximum", rule.most}};
  } else if constexpr (IsVector<T>::value) {
    const json items = schema_of_value(typename T::value_type{}, rule);
    return {{"type", "array"}, {"items", items}, {"maxItems", rule.items}};
  } else if constexpr (IsMap<T>::value) {
    const json values = schema_of_value(typename T::mapped_type{}, rule);
    return {{"type", "object"}, {"additionalProperties", values}, {"maxProperties", rule.items}};
  } else {
    return schema_of(value);
  }
}

template <Struct T>
json schema_of(const T& defaults) {
  json properties = json::object();
  json order = json::array();
  const auto describe = [&](const char* name, const auto& member, const FieldRule& rule) {
    using Member = std::remove_cvref_t<decltype(member)>;
    json schema = schema_of_value(member, rule);
    schema["description"] = rule.about;
    if constexpr (!Struct<Member> && !std::is_same_v<Member, Secret>) {
      schema["default"] = to_json_value(member);
    }
    properties[name] = std::move(schema);
    order.push_back(name);
  };
  fields_of(describe, defaults);
  return {{"type", "object"},
          {"properties", std::move(properties)},
          {"additionalProperties", false},
          {"x-order", std::move(order)}};
}

}  // namespace

json check_settings_to_json(const domain::CheckDefinition& check) {
  const std::string kind(to_string(check.kind()));
  return {
      {kind, std::visit([](const auto& settings) { return object_of(settings); }, check.settings)}};
}

std::vector<CheckProblem> read_check_settings(CheckKind kind, const json& settings,
                                              CheckSettings& into) {
  std::vector<CheckProblem> problems;
  const std::string name(to_string(kind));
  into = domain::default_settings(kind);
  if (!settings.is_object()) return {{"settings", "invalid", "must be an object"}};
  for (const auto& [other, value] : settings.items()) {
    if (other != name && !value.is_null()) {
      problems.push_back({"settings." + other.substr(0, 100), "unknown",
                          "is not of this kind of check, whose settings are in settings." + name});
    }
  }
  const auto own = settings.find(name);
  if (own == settings.end() || own->is_null()) return problems;
  if (!own->is_object()) return {{"settings." + name, "invalid", "must be an object"}};
  Reader reader(*own, "settings." + name + ".", problems);
  std::visit([&](auto& one) { fields_of(reader, one); }, into);
  reader.complain_about_others();
  return problems;
}

json check_settings_schema(CheckKind kind) {
  return std::visit([](const auto& settings) { return schema_of(settings); },
                    domain::default_settings(kind));
}

}  // namespace monitron::contracts
