#include "contracts/check_type.hpp"

#include "base/text.hpp"
#include "contracts/check_definition.hpp"
#include "contracts/check_type_reader.hpp"
#include "domain/check_secrets.hpp"
#include "domain/target_name.hpp"

#include <algorithm>

namespace monitron::contracts {

using domain::CheckDefinition;
using domain::CheckProblem;
using nlohmann::json;
using Kind = CheckType::Parameter::Kind;
using Problems = std::vector<CheckProblem>;

namespace {

// "1 to 100", "at least 1" or "at most 100".
std::string range_of(const CheckType::Parameter& parameter) {
  const auto least = parameter.minimum, most = parameter.maximum;
  if (!least) return "at most " + std::to_string(most.value_or(INT64_MAX));
  if (!most) return "at least " + std::to_string(*least);
  return std::to_string(*least) + " to " + std::to_string(*most);
}

// What is wrong with a value for a parameter; "": nothing.
std::string complaint_about(const CheckType::Parameter& parameter, const json& value) {
  if (parameter.kind == Kind::boolean) return value.is_boolean() ? "" : "must be true or false";
  if (parameter.kind == Kind::integer) {
    if (!value.is_number_integer()) return "must be a whole number";
    const auto number = value.get<std::int64_t>();
    const bool inside = number >= parameter.minimum.value_or(INT64_MIN) &&
                        number <= parameter.maximum.value_or(INT64_MAX);
    return inside ? "" : "must be " + range_of(parameter);
  }
  if (!value.is_string()) return "must be a text";
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() > 8192) return "must have at most 8192 bytes";
  const auto& choices = parameter.choices;
  if (choices.empty() || std::find(choices.begin(), choices.end(), text) != choices.end())
    return "";
  std::string names;
  for (const auto& choice : choices) names += (names.empty() ? "" : ", ") + choice;
  return "must be one of " + names;
}

std::string text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? "" : value.dump();
}

// Puts values in the places of {{ names }}; a name nobody knows is remembered.
class Filler {
 public:
  Filler(const json& values) : values_(values) {}

  json fill(const json& given) {
    if (given.is_string()) return fill_text(given.get_ref<const std::string&>());
    if (given.is_array()) {
      json list = json::array();
      for (const auto& one : given) list.push_back(fill(one));
      return list;
    }
    if (!given.is_object()) return given;
    json object = json::object();
    for (const auto& [name, value] : given.items()) object[name] = fill(value);
    return object;
  }

  const std::string& unknown() const { return unknown_; }

 private:
  json fill_text(const std::string& text) {
    std::string filled;
    std::size_t at = 0;
    for (;;) {
      const auto begin = text.find("{{", at);
      const auto end = begin == std::string::npos ? begin : text.find("}}", begin);
      if (end == std::string::npos) return filled + text.substr(at);
      const std::string name(trim(std::string_view(text).substr(begin + 2, end - begin - 2)));
      const json value = value_of(name);
      if (begin == 0 && end + 2 == text.size()) return value;  // the whole text: its type too
      filled += text.substr(at, begin - at) + text_of(value);
      at = end + 2;
    }
  }

  json value_of(const std::string& name) {
    const auto found = values_.find(name);
    if (found != values_.end()) return *found;
    if (unknown_.empty()) unknown_ = name.substr(0, 63);
    return "";
  }

  const json& values_;
  std::string unknown_;
};

json sample_of(const CheckType::Parameter& parameter) {
  if (!parameter.preset.is_null() && parameter.kind != Kind::secret) return parameter.preset;
  if (parameter.kind == Kind::boolean) return false;
  if (parameter.kind == Kind::integer) return parameter.minimum.value_or(1);
  if (parameter.kind == Kind::secret) return "secret-" + Uuid::make().str();
  return parameter.choices.empty() ? "sample" : parameter.choices.front();
}

std::string_view sample_target(domain::TargetForm form) {
  using Form = domain::TargetForm;
  if (form == Form::url) return "http://sample.example";
  return form == Form::host_port ? "sample.example:1" : "sample.example";
}

// A secret is opened by who runs the check, so it must be the whole of a secret member; and a
// secret member has nothing else, for everybody may read a definition.
Problems misplaced_secrets(const CheckType& type, const json& samples, CheckDefinition check) {
  Problems problems;
  std::vector<std::string> given;
  for (const auto& [name, parameter] : type.parameters) {
    if (parameter.kind == Kind::secret) given.push_back(samples[name].get<std::string>());
  }
  domain::for_each_secret(check.settings, [&](domain::Secret& secret) {
    if (std::find(given.begin(), given.end(), secret.text) == given.end()) {
      problems.push_back(
          {"settings", "invalid", "has a secret that is not just a parameter of type secret"});
    }
    secret.text.clear();
  });
  const std::string rest = check.target + check_settings_to_json(check).dump();
  for (const auto& text : given) {
    if (rest.find(text) == std::string::npos) continue;
    problems.push_back({"settings", "invalid",
                        "has a parameter of type secret where all may read it: it can only be the "
                        "whole of a secret member"});
  }
  return problems;
}

// Whether it makes a check that could be run.
Problems try_out(const CheckType& type) {
  json parameters = json::object();
  Problems problems;
  for (const auto& [name, parameter] : type.parameters) {
    parameters[name] = sample_of(parameter);
    if (const auto complaint = complaint_about(parameter, parameters[name]); !complaint.empty()) {
      problems.push_back({"parameters." + name + ".default", "invalid", complaint});
    }
  }
  if (!problems.empty()) return problems;
  CheckDefinition check;
  const auto tried_with = [&](std::string_view target) {
    check = {};
    check.name = "sample";
    check.target = target;
    check.interval = domain::info_of(type.kind).interval;
    check.timeout = domain::info_of(type.kind).timeout;
    return apply(type, parameters, check);
  };
  problems = tried_with(sample_target(domain::info_of(type.kind).target));
  // A host or a server may be what checks name, of which the type makes the rest.
  for (const std::string_view other : {"sample.example", "sample.example:1"}) {
    if (!problems.empty() && tried_with(other).empty()) problems.clear();
  }
  if (problems.empty()) problems = misplaced_secrets(type, parameters, std::move(check));
  return problems;
}

// "settings.http.json[0].path" in words of who wrote the type: "settings.json[0].path".
CheckProblem in_type(CheckProblem problem, domain::CheckKind kind) {
  const std::string own = "settings." + std::string(to_string(kind)) + ".";
  if (problem.field.starts_with(own))
    problem.field = "settings." + problem.field.substr(own.size());
  return problem;
}

}  // namespace

Problems parse_check_type(std::string_view yaml, CheckType& into) {
  auto problems = read_definition(yaml, into);
  if (!problems.empty()) return problems;
  for (auto& problem : try_out(into)) problems.push_back(in_type(std::move(problem), into.kind));
  return problems;
}

json schema_of(const CheckType& type) {
  json properties = json::object();
  json required = json::array();
  for (const auto& [name, parameter] : type.parameters) {
    json schema = {{"type", parameter.kind == Kind::integer   ? "integer"
                            : parameter.kind == Kind::boolean ? "boolean"
                                                              : "string"}};
    if (!parameter.description.empty()) schema["description"] = parameter.description;
    if (parameter.kind == Kind::secret) schema["writeOnly"] = true;
    if (parameter.minimum) schema["minimum"] = *parameter.minimum;
    if (parameter.maximum) schema["maximum"] = *parameter.maximum;
    if (!parameter.choices.empty()) schema["enum"] = parameter.choices;
    if (!parameter.preset.is_null()) schema["default"] = parameter.preset;
    if (parameter.required) required.push_back(name);
    properties[name] = std::move(schema);
  }
  json schema = {
      {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!type.description.empty()) schema["description"] = type.description;
  if (!required.empty()) schema["required"] = std::move(required);
  return schema;
}

json complete(const CheckType& type, const json& parameters) {
  json values = json::object();
  for (const auto& [name, parameter] : type.parameters) {
    const auto given = parameters.find(name);
    const bool there = given != parameters.end() && !given->is_null();
    values[name] = there ? *given : parameter.preset;
    if (!values[name].is_null()) continue;
    if (parameter.kind == Kind::integer || parameter.kind == Kind::boolean) {
      values[name] = parameter.kind == Kind::integer ? json(0) : json(false);
    } else {
      values[name] = "";
    }
  }
  return values;
}

namespace {

// Makes the target one that can be asked for.
Problems problems_of_target(CheckDefinition& check, domain::CheckKind kind) {
  auto target = domain::ascii_target(domain::info_of(kind).target, check.target);
  if (!target) return {{"target", "invalid", target.error().text}};
  check.target = std::move(*target);
  return {};
}

}  // namespace

Problems apply(const CheckType& type, const json& parameters, CheckDefinition& check) {
  const std::string own = "settings." + type.name + ".";
  Problems problems;
  if (!parameters.is_object()) return {{"settings." + type.name, "invalid", "must be an object"}};
  for (const auto& [name, value] : parameters.items()) {
    if (!type.parameters.contains(name)) {
      problems.push_back({own + name.substr(0, 100), "unknown", "is not known"});
    }
  }
  for (const auto& [name, parameter] : type.parameters) {
    const auto given = parameters.find(name);
    if (given == parameters.end() || given->is_null()) {
      if (parameter.required) problems.push_back({own + name, "required", "is missing"});
    } else if (const auto complaint = complaint_about(parameter, *given); !complaint.empty()) {
      problems.push_back({own + name, "invalid", complaint});
    }
  }
  const bool fits = std::all_of(problems.begin(), problems.end(),
                                [](const auto& problem) { return problem.code == "unknown"; });
  if (!fits) return problems;
  json values = complete(type, parameters);
  values["target"] = check.target;
  Filler filler(values);
  const json settings = filler.fill({{std::string(to_string(type.kind)), type.settings}});
  const std::string target = text_of(filler.fill(type.target));
  if (!filler.unknown().empty()) {
    return {{"settings", "invalid", "{{ " + filler.unknown() + " }} is no parameter"}};
  }
  auto inside = read_check_settings(type.kind, settings, check.settings);
  check.type = type.name;
  check.target = target;
  if (inside.empty()) inside = problems_of_target(check, type.kind);
  if (inside.empty()) inside = problems_of(check);
  problems.insert(problems.end(), inside.begin(), inside.end());
  return problems;
}

namespace {

// A member that could not be read has been complained about already.
void add_others(Problems& problems, Problems more) {
  for (auto& problem : more) {
    const bool told = std::any_of(problems.begin(), problems.end(),
                                  [&](const auto& one) { return one.field == problem.field; });
    if (!told) problems.push_back(std::move(problem));
  }
}

}  // namespace

const domain::KindInfo* kind_of(const CheckTypes& types, const std::string& type) {
  if (const auto kind = domain::parse_check_kind(type)) return &domain::info_of(*kind);
  const auto own = types.find(type);
  return own == types.end() ? nullptr : &domain::info_of(own->second.kind);
}

Problems read_settings(const CheckTypes& types, const json& settings, CheckDefinition& check) {
  if (const auto kind = domain::parse_check_kind(check.type)) {
    auto problems = read_check_settings(*kind, settings, check.settings);
    add_others(problems, problems_of_target(check, *kind));
    add_others(problems, problems_of(check));
    return problems;
  }
  const auto type = types.find(check.type);
  if (type == types.end()) return {{"kind", "invalid", "is no kind of check and no own type"}};
  if (!settings.is_object()) return {{"settings", "invalid", "must be an object"}};
  Problems problems;
  for (const auto& [name, value] : settings.items()) {
    if (name == check.type || value.is_null()) continue;
    problems.push_back({"settings." + name.substr(0, 100), "unknown",
                        "is not of this type, whose parameters are in settings." + check.type});
  }
  const auto own = settings.find(check.type);
  const bool given = own != settings.end() && !own->is_null();
  for (auto& problem : apply(type->second, given ? *own : json::object(), check)) {
    problems.push_back(std::move(problem));
  }
  return problems;
}

json settings_schema(const CheckTypes& types, const std::string& type) {
  if (const auto kind = domain::parse_check_kind(type)) return check_settings_schema(*kind);
  const auto own = types.find(type);
  return own == types.end() ? json::object() : schema_of(own->second);
}

namespace {

// The shape of a member of an object; nullptr: nothing is said of it.
const json* shape_of(const json& shape, const std::string& name) {
  const auto properties = shape.find("properties");
  if (properties != shape.end() && properties->contains(name)) return &(*properties)[name];
  const auto others = shape.find("additionalProperties");
  return others != shape.end() && others->is_object() ? &*others : nullptr;
}

class SecretWalk {
 public:
  explicit SecretWalk(const std::function<void(const std::string&, std::string&)>& act)
      : act_(act) {}

  void walk(json& value, const json& shape, const std::string& place) const {
    if (value.is_string() && shape.value("writeOnly", false)) {
      auto& text = value.get_ref<std::string&>();
      if (!text.empty()) act_(place, text);
    } else if (value.is_object()) {
      for (auto& [name, member] : value.items()) {
        if (const auto* inner = shape_of(shape, name)) walk(member, *inner, place + "/" + name);
      }
    } else if (value.is_array() && shape.contains("items")) {
      for (std::size_t i = 0; i < value.size(); ++i) {
        walk(value[i], shape["items"], place + "/" + std::to_string(i));
      }
    }
  }

 private:
  const std::function<void(const std::string&, std::string&)>& act_;
};

}  // namespace

void for_each_secret(json& value, const json& schema,
                     const std::function<void(const std::string&, std::string&)>& act) {
  SecretWalk(act).walk(value, schema, "");
}

}  // namespace monitron::contracts
