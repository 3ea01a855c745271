#include "graphql/values.hpp"

#include "base/text.hpp"

namespace monitron::graphql {

namespace {

Result<Json> literal_json(const Value& value) {
  switch (value.kind) {
    case Value::Kind::integer:
      if (const auto integer = parse_number<std::int64_t>(value.text)) return Json(*integer);
      [[fallthrough]];
    case Value::Kind::floating:
      if (const auto number = parse_number<double>(value.text)) return Json(*number);
      return fail(Fault::invalid, "expected a number that fits");
    case Value::Kind::string:
      return Json(value.text);
    case Value::Kind::boolean:
      return Json(value.text == "true");
    case Value::Kind::null:
      return Json();
    case Value::Kind::variable:
    case Value::Kind::enumeration:
      return fail(Fault::invalid, "expected a scalar, not a variable or a name");
    case Value::Kind::list:
    case Value::Kind::object:
      break;
  }
  Json all = value.kind == Value::Kind::list ? Json::array() : Json::object();
  for (const auto& item : value.items) {
    auto json = literal_json(item);
    if (!json) return json;
    all.push_back(*std::move(json));
  }
  for (const auto& field : value.fields) {
    auto json = literal_json(field.value);
    if (!json) return json;
    all[field.name] = *std::move(json);
  }
  return all;
}

Result<Json> enum_value(const TypeDefinition& type, const std::string& name) {
  if (find_named(type.values, name) == nullptr) {
    return fail(Fault::invalid, "expected a value of " + type.name);
  }
  return Json(name);
}

// What a list or input object does with its parts; `coerce` recurses for one of them.
class JsonCoercion {
 public:
  explicit JsonCoercion(const Schema& schema) : schema_(schema) {}

  Result<Json> coerce(const Type& type, const Json& value, int depth) const {
    if (depth > kMaxInputDepth) return fail(Fault::invalid, "nested too deep");
    if (type.is_non_null()) {
      if (value.is_null()) return fail(Fault::invalid, "must not be null");
      return coerce(type.nullable(), value, depth);
    }
    if (value.is_null()) return Json();
    if (type.is_list()) return list(type.item(), value, depth);
    const auto& definition = schema_.definition_of(type);
    if (definition.kind == TypeKind::scalar) return definition.parse(value);
    if (definition.kind == TypeKind::enumeration) {
      return enum_value(definition, value.is_string() ? value.get<std::string>() : "");
    }
    return object(definition, value, depth);
  }

 private:
  Result<Json> list(const Type& item_type, const Json& value, int depth) const {
    Json items = Json::array();
    if (!value.is_array()) {  // one value stands for a list of one
      auto item = coerce(item_type, value, depth + 1);
      if (!item) return item;
      items.push_back(*std::move(item));
      return items;
    }
    for (const auto& one : value) {
      auto item = coerce(item_type, one, depth + 1);
      if (!item) return fail(item.error().in(std::to_string(items.size())));
      items.push_back(*std::move(item));
    }
    return items;
  }

  Result<Json> object(const TypeDefinition& type, const Json& value, int depth) const {
    if (!value.is_object()) return fail(Fault::invalid, "expected an object");
    for (const auto& [name, member] : value.items()) {
      if (find_named(type.input_fields, name) == nullptr) {
        return fail(Fault::invalid, "has a field that " + type.name + " does not have");
      }
    }
    Json object = Json::object();
    for (const auto& field : type.input_fields) {
      const auto given = value.find(field.name);
      if (given == value.end() && !field.default_value) {
        if (field.is_required()) return fail(Fault::invalid, field.name + ": is required");
        continue;
      }
      auto member =
          coerce(field.type, given == value.end() ? *field.default_value : *given, depth + 1);
      if (!member) return fail(member.error().in(field.name));
      object[field.name] = *std::move(member);
    }
    return object;
  }

  const Schema& schema_;
};

// Literals with variables in them; validation has looked at all but the null of variables.
// `nullopt`: a variable that was not given.
class LiteralCoercion {
 public:
  LiteralCoercion(const Schema& schema, const Json& variables)
      : schema_(schema), variables_(variables) {}

  Result<std::optional<Json>> coerce(const Type& type, const Value& value) const {
    if (value.kind == Value::Kind::variable) return variable(type, value);
    if (type.is_non_null()) {
      if (value.kind == Value::Kind::null) return fail(Fault::invalid, "must not be null");
      return coerce(type.nullable(), value);
    }
    if (value.kind == Value::Kind::null) return Json();
    if (type.is_list()) return list(type.item(), value);
    const auto& definition = schema_.definition_of(type);
    if (definition.is_leaf()) return coerce_leaf(definition, value);
    return object(definition, value);
  }

  // The value of an argument or input field, its default if it was not given, or nothing.
  Result<std::optional<Json>> input(const InputValue& definition, const Value* value) const {
    std::optional<Json> given;
    if (value != nullptr) {
      auto coerced = coerce(definition.type, *value);
      if (!coerced) return fail(coerced.error().in(definition.name));
      given = *std::move(coerced);
    }
    if (given) return given;
    if (definition.default_value) {
      return coerce_json(schema_, definition.type, *definition.default_value);
    }
    if (definition.type.is_non_null()) {
      return fail(Fault::invalid, definition.name + ": is required");
    }
    return std::optional<Json>();
  }

 private:
  Result<std::optional<Json>> variable(const Type& type, const Value& value) const {
    const auto found = variables_.find(value.text);
    if (found == variables_.end()) return std::optional<Json>();
    if (found->is_null() && type.is_non_null()) return fail(Fault::invalid, "must not be null");
    return *found;
  }

  Result<std::optional<Json>> list(const Type& item_type, const Value& value) const {
    Json items = Json::array();
    if (value.kind != Value::Kind::list) {
      auto item = coerce(item_type, value);
      if (!item) return item;
      items.push_back(std::move(*item).value_or(Json()));
      return items;
    }
    for (const auto& one : value.items) {
      auto item = coerce(item_type, one);
      if (!item) return item;
      if (!*item && item_type.is_non_null()) return fail(Fault::invalid, "must not be null");
      items.push_back(std::move(*item).value_or(Json()));
    }
    return items;
  }

  Result<std::optional<Json>> object(const TypeDefinition& type, const Value& value) const {
    Json object = Json::object();
    for (const auto& field : type.input_fields) {
      const auto* given = find_named(value.fields, field.name);
      auto member = input(field, given == nullptr ? nullptr : &given->value);
      if (!member) return member;
      if (*member) object[field.name] = **std::move(member);
    }
    return object;
  }

  const Schema& schema_;
  const Json& variables_;
};

std::string quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

RequestError variable_error(const VariableDefinition& variable, const std::string& text) {
  return {.message = "Variable \"$" + variable.name + "\": " + text + ".",
          .locations = {variable.at},
          .code = "variables"};
}

}  // namespace

Result<Json> coerce_leaf(const TypeDefinition& type, const Value& literal) {
  if (type.kind == TypeKind::enumeration) {
    return enum_value(type, literal.kind == Value::Kind::enumeration ? literal.text : "");
  }
  auto json = literal_json(literal);
  if (!json) return json;
  return type.parse(*json);
}

Result<Json> coerce_json(const Schema& schema, const Type& type, const Json& value) {
  return JsonCoercion(schema).coerce(type, value, 0);
}

Checked<Json> coerce_variables(const Schema& schema, const Operation& operation,
                               const Json& variables) {
  if (!variables.is_object() && !variables.is_null()) {
    return tl::unexpected(std::vector<RequestError>{
        {.message = "Variables must be an object.", .code = "variables"}});
  }
  Json coerced = Json::object();
  std::vector<RequestError> errors;
  const Json none = Json::object();
  for (const auto& variable : operation.variables) {
    const auto given = variables.is_null() ? variables.end() : variables.find(variable.name);
    if (given != variables.end()) {
      auto value = coerce_json(schema, variable.type, *given);
      if (!value) {
        errors.push_back(variable_error(variable, value.error().text));
      } else {
        coerced[variable.name] = *std::move(value);
      }
    } else if (variable.default_value) {
      auto value = LiteralCoercion(schema, none).coerce(variable.type, *variable.default_value);
      if (!value) {
        errors.push_back(variable_error(variable, value.error().text));
      } else if (*value) {
        coerced[variable.name] = **std::move(value);
      }
    } else if (variable.type.is_non_null()) {
      errors.push_back(variable_error(variable, "is required"));
    }
  }
  if (!errors.empty()) return tl::unexpected(std::move(errors));
  return coerced;
}

Result<Json> coerce_arguments(const Schema& schema, const std::vector<InputValue>& definitions,
                              const std::vector<Argument>& arguments, const Json& variables) {
  const LiteralCoercion coercion(schema, variables);
  Json coerced = Json::object();
  for (const auto& definition : definitions) {
    const auto* given = find_argument(arguments, definition.name);
    auto value = coercion.input(definition, given == nullptr ? nullptr : &given->value);
    if (!value) return fail(value.error());
    if (*value) coerced[definition.name] = **std::move(value);
  }
  return coerced;
}

Result<Json> serialize(const TypeDefinition& type, const Json& value) {
  if (type.kind == TypeKind::scalar) {
    auto made = type.serialize(value);
    if (!made) return fail(Fault::bug, made.error().text);
    return made;
  }
  if (!value.is_string() || find_named(type.values, value.get<std::string>()) == nullptr) {
    return fail(Fault::bug, "no value of " + type.name);
  }
  return value;
}

std::string literal(const Schema& schema, const Type& type, const Json& value) {
  const auto plain = type.nullable();
  std::string text;
  if (value.is_array()) {
    const auto item_type = plain.is_list() ? plain.item() : plain;
    for (const auto& item : value) {
      text += (text.empty() ? "" : ", ") + literal(schema, item_type, item);
    }
    return "[" + text + "]";
  }
  const auto& definition = schema.definition_of(type);
  if (value.is_object()) {
    for (const auto& [name, member] : value.items()) {
      const auto* field = find_named(definition.input_fields, name);
      text += (text.empty() ? "" : ", ") + name + ": " +
              literal(schema, field == nullptr ? plain : field->type, member);
    }
    return "{" + text + "}";
  }
  if (!value.is_string()) return value.dump();
  const auto name = value.get<std::string>();
  return definition.kind == TypeKind::enumeration ? name : quoted(name);
}

}  // namespace monitron::graphql
