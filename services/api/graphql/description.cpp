#include "api/graphql/description.hpp"

#include "base/text.hpp"

namespace monitron::api {
namespace {

// Of the answers that a route may give, the one of its success that has a body.
Json answer_of(const Json& operation) {
  for (const auto* status : {"200", "201", "202"}) {
    const auto at = Json::json_pointer("/responses/" + std::string(status) +
                                       "/content/application~1json/schema");
    if (operation.contains(at)) return operation[at];
  }
  return nullptr;
}

Shape joined(const Description& description, const Json& parts, std::string name) {
  Json whole = {{"type", "object"}, {"properties", Json::object()}, {"required", Json::array()}};
  for (const auto& part : parts) {
    const auto shape = description.shape_of(part, name);
    whole["properties"].update(shape.schema.value("properties", Json::object()));
    for (const auto& member : shape.schema.value("required", Json::array())) {
      whole["required"].push_back(member);
    }
  }
  return {std::move(whole), std::move(name), false};
}

}  // namespace

Description::Description(std::string_view openapi) : document_(Json::parse(openapi)) {}

const Json& Description::referred(const std::string& reference) const {
  return document_.at(Json::json_pointer(reference.substr(1)));
}

Operation Description::operation(http::Method method, const std::string& path) const {
  const auto& described = document_.at("paths").at(path).at(to_lower(http::to_string(method)));
  Operation operation{.method = method, .path = path, .summary = described.value("summary", "")};
  for (const auto& given : described.value("parameters", Json::array())) {
    const auto& parameter =
        given.contains("$ref") ? referred(given["$ref"].get<std::string>()) : given;
    const auto place = parameter.value("in", "");
    if (place != "path" && place != "query") continue;
    const auto schema = parameter.value("schema", Json::object());
    operation.parameters.push_back(
        {.name = parameter.value("name", ""),
         .in_path = place == "path",
         .required = parameter.value("required", false),
         .repeated = schema.value("type", Json()) == "array" && parameter.value("explode", true),
         .schema = schema,
         .description = parameter.value("description", "")});
  }
  const Json::json_pointer body("/requestBody/content/application~1json/schema");
  if (described.contains(body)) operation.body = described[body];
  operation.answer = answer_of(described);
  return operation;
}

Shape Description::shape_of(Json schema, std::string name) const {
  bool nullable = false;
  for (;;) {
    if (schema.contains("$ref")) {
      const auto reference = schema["$ref"].get<std::string>();
      name = reference.substr(reference.rfind('/') + 1);
      schema = Json(referred(reference));
    } else if (schema.contains("oneOf")) {
      Json one;
      for (const auto& choice : schema["oneOf"]) {
        const bool null = choice.value("type", Json()) == "null";
        nullable = nullable || null;
        if (!null && one.is_null()) one = choice;
      }
      schema = std::move(one);
    } else if (schema.contains("allOf")) {
      return joined(*this, schema["allOf"], std::move(name));
    } else {
      break;
    }
  }
  if (auto& type = schema["type"]; type.is_array()) {
    Json one;
    for (const auto& choice : type) {
      if (choice == "null") nullable = true;
      if (choice != "null" && one.is_null()) one = choice;
    }
    type = std::move(one);
  }
  return {std::move(schema), std::move(name), nullable};
}

}  // namespace monitron::api
