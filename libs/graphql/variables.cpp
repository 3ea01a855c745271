// Variables: their definitions, and whether they may stand where they stand.

#include "graphql/validation_rules.hpp"

#include <set>

namespace monitron::graphql {

namespace {

// https://spec.graphql.org/October2021/#AreTypesCompatible()
bool is_compatible(const Type& variable, const Type& place) {
  if (place.is_non_null()) {
    return variable.is_non_null() && is_compatible(variable.nullable(), place.nullable());
  }
  if (variable.is_non_null()) return is_compatible(variable.nullable(), place);
  if (place.is_list() || variable.is_list()) {
    return place.is_list() && variable.is_list() && is_compatible(variable.item(), place.item());
  }
  return variable == place;
}

// https://spec.graphql.org/October2021/#IsVariableUsageAllowed()
bool is_allowed(const VariableDefinition& variable, const VariableUse& use) {
  if (use.type->is_non_null() && !variable.type.is_non_null()) {
    const bool has_default =
        variable.default_value && variable.default_value->kind != Value::Kind::null;
    return (has_default || use.place_has_default) &&
           is_compatible(variable.type, use.type->nullable());
  }
  return is_compatible(variable.type, *use.type);
}

class Variables {
 public:
  Variables(Validation& validation, const Operation& operation)
      : validation_(validation), operation_(operation) {}

  void check() {
    for (const auto& variable : operation_.variables) define(variable);
    use(validation_.operations.at(&operation_));
    for (const auto* fragment : validation_.reached_by(operation_)) {
      use(validation_.fragments.at(fragment));
    }
    for (const auto& [name, variable] : defined_) {
      if (used_.count(name) == 0) refuse(name, "is never used", variable->at);
    }
  }

 private:
  void define(const VariableDefinition& variable) {
    if (!defined_.emplace(variable.name, &variable).second) {
      return refuse(variable.name, "is defined more than once", variable.at);
    }
    const auto* type = validation_.schema.type(variable.type.name());
    if (type == nullptr || !type->is_input()) {
      return refuse(variable.name,
                    "cannot be of type \"" + to_string(variable.type) +
                        (type == nullptr ? "\", which does not exist" : "\", which is no input"),
                    variable.at);
    }
    if (!variable.default_value) return;
    Uses none;  // the parser has refused variables in a default
    check_value(validation_, none, {.name = variable.name, .type = variable.type},
                *variable.default_value);
  }

  void use(const Uses& uses) {
    for (const auto& use : uses.variables) {
      const auto& name = use.variable->text;
      const auto found = defined_.find(name);
      if (found == defined_.end()) {
        refuse(name, "is not defined", use.variable->at);
        continue;
      }
      used_.insert(name);
      const auto& variable = *found->second;
      if (!use.type || is_allowed(variable, use)) continue;
      refuse(name,
             "of type \"" + to_string(variable.type) + "\" cannot be a value of type \"" +
                 to_string(*use.type) + "\"",
             use.variable->at);
    }
  }

  void refuse(std::string_view name, const std::string& text, Location at) {
    validation_.refuse("Variable \"$" + std::string(name) + "\" " + text + ".", {at});
  }

  Validation& validation_;
  const Operation& operation_;
  std::map<std::string_view, const VariableDefinition*> defined_;
  std::set<std::string_view> used_;
};

}  // namespace

void check_variables(Validation& validation) {
  for (const auto& operation : validation.document.operations) {
    Variables(validation, operation).check();
  }
}

}  // namespace monitron::graphql
