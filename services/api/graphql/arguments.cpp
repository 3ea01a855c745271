#include "api/graphql/arguments.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

// As a parameter of a path or a query; lists are separated by commas.
std::string text_of(const Json& value) {
  if (!value.is_array()) return value.is_string() ? value.get<std::string>() : value.dump();
  std::string text;
  for (const auto& item : value) text += (text.empty() ? "" : ",") + text_of(item);
  return text;
}

// A value of an input object with its members called as the route calls them.
Json renamed(const Description& description, const Json& schema, const Json& value) {
  const auto shape = description.shape_of(schema, "");
  if (value.is_array() && shape.schema.contains("items")) {
    Json items = Json::array();
    for (const auto& item : value) {
      items.push_back(renamed(description, shape.schema["items"], item));
    }
    return items;
  }
  if (!value.is_object() || !shape.schema.contains("properties")) return value;
  Json object = Json::object();
  for (const auto& [member, inside] : shape.schema["properties"].items()) {
    const auto found = value.find(camel_case(member));
    if (found != value.end()) object[member] = renamed(description, inside, *found);
  }
  return object;
}

}  // namespace

std::string argument_name(const std::string& parameter) {
  if (parameter == "limit") return "first";
  if (parameter == "cursor") return "after";
  return camel_case(parameter);
}

Arguments::Arguments(Types& types, const Description& description, const Operation& operation,
                     const std::string& noun, const std::vector<std::string>& left_out)
    : path_(operation.path) {
  for (const auto& parameter : operation.parameters) {
    if (std::find(left_out.begin(), left_out.end(), parameter.name) != left_out.end()) continue;
    add(types, noun, parameter);
  }
  if (operation.body.is_null()) return;
  const auto shape = description.shape_of(operation.body, noun);
  const auto properties = shape.schema.value("properties", Json::object());
  const auto required = shape.schema.value("required", Json::array());
  for (const auto& [member, schema] : properties.items()) {
    auto type = types.input(schema, shape.name + "_" + member);
    const bool nullable = description.shape_of(schema, "").nullable;
    if (!nullable && std::find(required.begin(), required.end(), Json(member)) != required.end()) {
      type = type.not_null();
    }
    definitions_.push_back(
        {.name = camel_case(member), .type = type, .description = schema.value("description", "")});
  }
  body_ = [&description, schema = operation.body](const Json& given) {
    return renamed(description, schema, given);
  };
}

void Arguments::add(Types& types, const std::string& noun, const Parameter& parameter) {
  const auto argument = argument_name(parameter.name);
  auto type = types.input(parameter.schema, noun + "_" + parameter.name);
  // Not null: else null would be all of them, at the price of one.
  if (parameter.required || parameter.name == "limit") type = type.not_null();
  graphql::InputValue definition{
      .name = argument, .type = type, .description = parameter.description};
  if (parameter.name == "limit") {
    definition.default_value = kUsualPage;
    definition.description = "At most so many; up to 1,000.";
  }
  if (parameter.name == "cursor") definition.description = "The cursor that these come after.";
  definitions_.push_back(std::move(definition));
  (parameter.in_path ? in_path_ : in_query_)
      .push_back({argument, parameter.name, parameter.repeated});
}

Result<std::string> Arguments::path(const Json& given) const {
  auto path = path_;
  for (const auto& known : in_path_) {
    auto with = with_id(std::move(path), known.name, text_of(given.at(known.argument)));
    if (!with) return with;
    path = std::move(*with);
  }
  return path;
}

Query Arguments::query(const Json& given) const {
  Query query;
  for (const auto& known : in_query_) {
    const auto found = given.find(known.argument);
    if (found == given.end() || found->is_null()) continue;
    if (known.repeated && found->is_array()) {
      for (const auto& item : *found) query.emplace(known.name, text_of(item));
    } else {
      query.emplace(known.name, text_of(*found));
    }
  }
  return query;
}

Json Arguments::body(const Json& given) const { return body_ ? body_(given) : Json(nullptr); }

}  // namespace monitron::api
