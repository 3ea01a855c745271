// Values in a document against the types that are expected where they stand.

#include "graphql/validation_rules.hpp"
#include "graphql/values.hpp"

#include <set>

namespace monitron::graphql {

namespace {

class Check {
 public:
  Check(Validation& validation, Uses& uses) : validation_(validation), uses_(uses) {}

  void value(const Type& type, const Value& value, bool has_default) {
    if (value.kind == Value::Kind::variable) {
      uses_.variables.push_back({&value, type, has_default});
    } else if (value.kind == Value::Kind::null) {
      if (type.is_non_null()) refuse(type, "must not be null", value.at);
    } else if (const auto plain = type.nullable(); plain.is_list()) {
      list(plain.item(), value);
    } else {
      named(plain, value);
    }
  }

 private:
  void list(const Type& item_type, const Value& value) {
    if (value.kind != Value::Kind::list) return this->value(item_type, value, false);
    for (const auto& item : value.items) this->value(item_type, item, false);
  }

  void named(const Type& type, const Value& value) {
    const auto* definition = validation_.schema.type(type.name());
    if (definition == nullptr || !definition->is_input()) return note_variables(uses_, value);
    if (definition->kind == TypeKind::input_object) return object(*definition, value);
    note_variables(uses_, value);
    const auto coerced = coerce_leaf(*definition, value);
    if (!coerced) refuse(type, coerced.error().text, value.at);
  }

  void object(const TypeDefinition& type, const Value& value) {
    const auto named = Type::named(type.name);
    if (value.kind != Value::Kind::object) {
      note_variables(uses_, value);
      return refuse(named, "expected an object", value.at);
    }
    std::set<std::string_view> names;
    for (const auto& field : value.fields) {
      if (!names.insert(field.name).second) {
        refuse(named, "field \"" + field.name + "\" is there more than once", field.at);
      }
      const auto* definition = find_named(type.input_fields, field.name);
      if (definition != nullptr) {
        this->value(definition->type, field.value, definition->default_value.has_value());
      } else {
        refuse(named, "field \"" + field.name + "\" does not exist", field.at);
        note_variables(uses_, field.value);
      }
    }
    for (const auto& field : type.input_fields) {
      if (!field.is_required() || names.count(field.name) > 0) continue;
      refuse(named, "field \"" + field.name + "\" is required", value.at);
    }
  }

  void refuse(const Type& type, const std::string& text, Location at) {
    validation_.refuse("Value of type \"" + to_string(type) + "\": " + text + ".", {at});
  }

  Validation& validation_;
  Uses& uses_;
};

}  // namespace

void check_value(Validation& validation, Uses& uses, const InputValue& place, const Value& value) {
  Check(validation, uses).value(place.type, value, place.default_value.has_value());
}

void note_variables(Uses& uses, const Value& value) {
  if (value.kind == Value::Kind::variable) uses.variables.push_back({&value});
  for (const auto& item : value.items) note_variables(uses, item);
  for (const auto& field : value.fields) note_variables(uses, field.value);
}

}  // namespace monitron::graphql
