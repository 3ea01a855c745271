// Fields, arguments, directives and fragments, each where it stands: one walk with the types.

#include "graphql/validation_rules.hpp"

#include <algorithm>
#include <set>

namespace monitron::graphql {

namespace {

std::string in_quotes(std::string_view name) { return "\"" + std::string(name) + "\""; }

class Walk {
 public:
  Walk(Validation& validation, Uses& uses) : validation_(validation), uses_(uses) {}

  void operation(const Operation& operation) {
    const auto* root = validation_.schema.root(operation.kind);
    const std::string kind(to_string(operation.kind));
    if (root == nullptr) validation_.refuse("There is no " + kind + ".", {operation.at});
    std::string place = kind;
    std::transform(place.begin(), place.end(), place.begin(),
                   [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    directives(operation.directives, place);
    for (const auto& variable : operation.variables) {
      directives(variable.directives, "VARIABLE_DEFINITION");
    }
    selections(operation.selections, root);
  }

  void fragment(const Fragment& fragment) {
    directives(fragment.directives, "FRAGMENT_DEFINITION");
    selections(fragment.selections, condition(fragment.type_condition, fragment.at));
  }

 private:
  // `parent` is null where it is not known, which was refused: inside, only uses are noted.
  void selections(const std::vector<Selection>& all, const TypeDefinition* parent) {
    for (const auto& selection : all) {
      switch (selection.kind) {
        case Selection::Kind::field:
          field(selection, parent);
          break;
        case Selection::Kind::fragment_spread:
          spread(selection, parent);
          break;
        case Selection::Kind::inline_fragment:
          inline_fragment(selection, parent);
          break;
      }
    }
  }

  void field(const Selection& selection, const TypeDefinition* parent) {
    directives(selection.directives, "FIELD");
    const auto* definition =
        parent == nullptr ? nullptr : validation_.schema.field(*parent, selection.name);
    if (definition == nullptr) {
      if (parent != nullptr) {
        validation_.refuse("Field " + in_quotes(selection.name) + " does not exist on type " +
                               in_quotes(parent->name) + ".",
                           {selection.at});
      }
      for (const auto& argument : selection.arguments) note_variables(uses_, argument.value);
      return selections(selection.selections, nullptr);
    }
    const auto& type = validation_.schema.definition_of(definition->type);
    arguments("field " + in_quotes(selection.name), definition->arguments, selection.arguments,
              selection.at);
    if (type.is_leaf() != selection.selections.empty()) {
      validation_.refuse(
          "Field " + in_quotes(selection.name) + " of type " +
              in_quotes(to_string(definition->type)) +
              (type.is_leaf() ? " has no fields to select." : " needs a selection of its fields."),
          {selection.at});
    }
    selections(selection.selections, type.is_leaf() ? nullptr : &type);
  }

  void spread(const Selection& selection, const TypeDefinition* parent) {
    directives(selection.directives, "FRAGMENT_SPREAD");
    const auto* fragment = validation_.document.fragment(selection.name);
    if (fragment == nullptr) {
      return validation_.refuse("Fragment " + in_quotes(selection.name) + " does not exist.",
                                {selection.at});
    }
    uses_.fragments.push_back(fragment);
    possible(parent, validation_.schema.type(fragment->type_condition), selection.at);
  }

  void inline_fragment(const Selection& selection, const TypeDefinition* parent) {
    directives(selection.directives, "INLINE_FRAGMENT");
    const auto* type = selection.type_condition.empty()
                           ? parent
                           : condition(selection.type_condition, selection.at);
    possible(parent, type, selection.at);
    selections(selection.selections, type);
  }

  const TypeDefinition* condition(const std::string& name, Location at) {
    const auto* type = validation_.schema.type(name);
    if (type != nullptr && type->is_composite()) return type;
    validation_.refuse("Type " + in_quotes(name) +
                           (type == nullptr ? " does not exist." : " has no fields to select."),
                       {at});
    return nullptr;
  }

  void possible(const TypeDefinition* parent, const TypeDefinition* type, Location at) {
    if (parent == nullptr || type == nullptr || !type->is_composite() || parent == type) return;
    for (const auto& name : validation_.schema.possible_types(*parent)) {
      if (validation_.schema.is_possible(*type, name)) return;
    }
    validation_.refuse("Nothing of type " + in_quotes(parent->name) + " can be of type " +
                           in_quotes(type->name) + ".",
                       {at});
  }

  void directives(const std::vector<Directive>& all, std::string_view location) {
    std::set<std::string_view> names;
    for (const auto& directive : all) {
      const auto name = in_quotes("@" + directive.name);
      const auto* definition = validation_.schema.directive(directive.name);
      if (!names.insert(directive.name).second) {
        validation_.refuse("Directive " + name + " stands here more than once.", {directive.at});
      }
      if (definition == nullptr) {
        validation_.refuse("Directive " + name + " does not exist.", {directive.at});
        for (const auto& argument : directive.arguments) note_variables(uses_, argument.value);
        continue;
      }
      const auto& places = definition->locations;
      if (std::find(places.begin(), places.end(), location) == places.end()) {
        validation_.refuse(
            "Directive " + name + " must not stand on " + std::string(location) + ".",
            {directive.at});
      }
      arguments("directive " + name, definition->arguments, directive.arguments, directive.at);
    }
  }

  void arguments(const std::string& of, const std::vector<InputValue>& definitions,
                 const std::vector<Argument>& given, Location at) {
    std::set<std::string_view> names;
    for (const auto& argument : given) {
      const auto name = "Argument " + in_quotes(argument.name) + " of " + of;
      if (!names.insert(argument.name).second) {
        validation_.refuse(name + " is given more than once.", {argument.at});
      }
      const auto* definition = find_named(definitions, argument.name);
      if (definition != nullptr) {
        check_value(validation_, uses_, *definition, argument.value);
      } else {
        validation_.refuse(name + " does not exist.", {argument.at});
        note_variables(uses_, argument.value);
      }
    }
    for (const auto& definition : definitions) {
      if (!definition.is_required() || names.count(definition.name) > 0) continue;
      validation_.refuse("Argument " + in_quotes(definition.name) + " of " + of + " is required.",
                         {at});
    }
  }

  Validation& validation_;
  Uses& uses_;
};

}  // namespace

void check_selections(Validation& validation) {
  for (const auto& operation : validation.document.operations) {
    Walk(validation, validation.operations[&operation]).operation(operation);
  }
  for (const auto& fragment : validation.document.fragments) {
    Walk(validation, validation.fragments[&fragment]).fragment(fragment);
  }
}

}  // namespace monitron::graphql
