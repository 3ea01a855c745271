#include "api/graphql/types.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

using graphql::Output;
using graphql::Type;
using graphql::TypeKind;

// Its members are those of its kind: as many as there are kinds, and own types have others.
constexpr std::string_view kOpaque = "CheckSettings";

// What another field is called already that leads to the objects themselves.
std::string field_name(const std::string& type, const std::string& member) {
  if (type == "Instance" && member == "checks") return "checkCounts";
  return camel_case(member);
}

std::string capital(std::string name) {
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 32);
  return name;
}

std::string singular(std::string name) {
  if (name.ends_with("ies")) return name.substr(0, name.size() - 3) + "y";
  if (name.ends_with("s")) name.pop_back();
  return name;
}

bool is_required(const Json& schema, const std::string& member) {
  const auto all = schema.value("required", Json::array());
  return std::find(all.begin(), all.end(), Json(member)) != all.end();
}

std::vector<graphql::EnumValue> enum_values(const Json& schema) {
  std::vector<graphql::EnumValue> values;
  for (const auto& one : schema.value("enum", Json::array())) {
    if (one.is_string() && graphql::is_name(one.get<std::string>())) {
      values.push_back({.name = one.get<std::string>()});
    }
  }
  return values;
}

// Its own words, and the few values that it may have.
std::string description_of(const Json& schema) {
  auto text = schema.value("description", "");
  std::string values;
  for (const auto& one : enum_values(schema)) values += (values.empty() ? "" : ", ") + one.name;
  if (values.empty()) return text;
  return (text.empty() ? "" : text + " ") + "One of: " + values + ".";
}

graphql::TypeDefinition scalar(const char* name, const char* description,
                               const graphql::Coercion& coercion) {
  return {.kind = TypeKind::scalar,
          .name = name,
          .description = description,
          .parse = coercion,
          .serialize = coercion};
}

}  // namespace

std::string camel_case(std::string_view snake_case) {
  std::string name;
  bool up = false;
  for (const char c : snake_case) {
    if (c == '_' || c == '-') {
      up = true;
    } else {
      name += up ? capital(std::string(1, c)) : std::string(1, c);
      up = false;
    }
  }
  return name;
}

std::string type_name(const std::string& described) {
  // GraphQL keeps the name for itself.
  if (described == "Subscription") return "ChannelSubscription";
  return capital(camel_case(described));
}

Output output_of(const Json& value, const Type& type, bool of_objects) {
  if (value.is_null()) return Output::null();
  const auto plain = type.nullable();
  if (!plain.is_list()) return of_objects ? Output::object(value) : Output::leaf(value);
  Output::List items;
  for (const auto& item : value) items.push_back(output_of(item, plain.item(), of_objects));
  return Output::list(std::move(items));
}

Types::Types(const Description& description) : description_(description) {
  add(scalar("DateTime", "A time as RFC 3339 has it, in UTC: 2026-11-21T10:00:00Z.",
             [](const Json& value) -> Result<Json> {
               if (value.is_string()) return value;
               return fail(Fault::invalid, "expected a time like 2026-11-21T10:00:00Z");
             }));
  add(scalar("JSON", "Any value: members whose names are data, as labels are.",
             [](const Json& value) -> Result<Json> { return value; }));
}

void Types::add(graphql::TypeDefinition type) {
  const auto name = type.name;
  types_.insert_or_assign(name, std::move(type));
}

bool Types::is_object(const Type& type) const {
  const auto found = types_.find(type.name());
  return found != types_.end() && found->second.kind == TypeKind::object;
}

// `member`: its name, which says what it counts.
Type Types::leaf(const Shape& shape, const std::string& member) {
  const auto type = shape.schema.value("type", Json()).is_string()
                        ? shape.schema["type"].get<std::string>()
                        : std::string();
  const auto format = shape.schema.value("format", "");
  if (type == "boolean") return Type::named("Boolean");
  if (type == "number") return Type::named("Float");
  // Int has 32 bits: files are larger.
  if (type == "integer") return Type::named(member.ends_with("_bytes") ? "Float" : "Int");
  if (type == "string" && format == "uuid") return Type::named("ID");
  if (type == "string" && format == "date-time") return Type::named("DateTime");
  if (type == "string" || shape.schema.contains("const")) return Type::named("String");
  return Type::named("JSON");
}

Type Types::output(const Json& schema, const std::string& name) {
  const auto shape = description_.shape_of(schema, name);
  const auto type = shape.schema.value("type", Json());
  if (type == "array")
    return output(shape.schema["items"], singular(shape.name)).not_null().in_list();
  if (type == "object" && shape.schema.contains("properties") && shape.name != kOpaque) {
    return object(shape);
  }
  return leaf(shape, name);
}

Type Types::object(const Shape& shape) {
  const auto name = type_name(shape.name);
  if (has(name)) return Type::named(name);
  graphql::TypeDefinition made{.name = name, .description = shape.schema.value("description", "")};
  add(made);  // what is below may lead back to it
  for (const auto& [member, schema] : shape.schema["properties"].items()) {
    auto type = output(schema, name + "_" + member);
    const auto inside = description_.shape_of(schema, member);
    if (is_required(shape.schema, member) && !inside.nullable) type = type.not_null();
    const bool of_objects = is_object(type);
    made.fields.push_back(
        {.name = field_name(name, member),
         .type = type,
         .description = description_of(schema.contains("$ref") ? inside.schema : schema),
         .resolve = graphql::each<Json>([=, member = member](const Json& parent) {
           const auto found = parent.find(member);
           return found == parent.end() ? Output::null() : output_of(*found, type, of_objects);
         })});
  }
  add(std::move(made));
  return Type::named(name);
}

Type Types::input(const Json& schema, const std::string& name) {
  const auto shape = description_.shape_of(schema, name);
  const auto type = shape.schema.value("type", Json());
  if (type == "array")
    return input(shape.schema["items"], singular(shape.name)).not_null().in_list();
  if (type == "object" && shape.schema.contains("properties")) return input_object(shape);
  const auto values = shape.schema.value("enum", Json::array());
  const auto is_truth = [](const Json& value) { return value == "true" || value == "false"; };
  if (!values.empty() && std::all_of(values.begin(), values.end(), is_truth)) {
    return Type::named("Boolean");
  }
  // A reference is to a list of values that grows (kinds of checks).
  if (values.empty() || schema.contains("$ref")) return leaf(shape, name);
  const auto enum_name = type_name(shape.name);
  add({.kind = TypeKind::enumeration, .name = enum_name, .values = enum_values(shape.schema)});
  return Type::named(enum_name);
}

Type Types::input_object(const Shape& shape) {
  const auto name = type_name(shape.name) + "Input";
  if (has(name)) return Type::named(name);
  graphql::TypeDefinition made{.kind = TypeKind::input_object,
                               .name = name,
                               .description = shape.schema.value("description", "")};
  for (const auto& [member, schema] : shape.schema["properties"].items()) {
    auto type = input(schema, shape.name + "_" + member);
    if (is_required(shape.schema, member)) type = type.not_null();
    made.input_fields.push_back(
        {.name = camel_case(member), .type = type, .description = schema.value("description", "")});
  }
  add(std::move(made));
  return Type::named(name);
}

std::vector<graphql::TypeDefinition> Types::take() {
  std::vector<graphql::TypeDefinition> all;
  for (auto& [name, type] : types_) all.push_back(std::move(type));
  types_.clear();
  return all;
}

}  // namespace monitron::api
