#include "graphql/schema_rules.hpp"

#include "graphql/builtin.hpp"
#include "graphql/values.hpp"

#include <algorithm>
#include <set>

namespace monitron::graphql {

namespace {

template <class List, class Item>
bool has(const List& all, const Item& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

class Rules {
 public:
  explicit Rules(const Schema& schema) : schema_(schema) {}

  std::vector<std::string> broken() {
    roots();
    for (const auto& [name, type] : schema_.types()) {
      if (is_reserved(name) && find_named(introspection_, name) != nullptr) continue;
      if (!is_builtin_scalar(name)) check_name(name, "type");
      check(type);
    }
    for (const auto& directive : schema_.directives()) {
      check_name(directive.name, "directive");
      inputs("@" + directive.name, directive.arguments);
      locations(directive);
    }
    return std::move(broken_);
  }

 private:
  void refuse(std::string problem) { broken_.push_back(std::move(problem)); }

  void check_name(const std::string& name, const std::string& of) {
    if (!is_name(name) || is_reserved(name)) refuse(of + " \"" + name + "\": not a name");
  }

  template <class Named>
  void check_names(const std::string& place, const std::vector<Named>& all) {
    std::set<std::string> names;
    for (const auto& one : all) {
      check_name(one.name, place);
      if (!names.insert(one.name).second) refuse(place + "." + one.name + " is there twice");
    }
  }

  void roots() {
    if (schema_.type("Query") == nullptr) refuse("there is no type Query");
    for (const auto kind :
         {OperationKind::query, OperationKind::mutation, OperationKind::subscription}) {
      const auto* root = schema_.root(kind);
      if (root == nullptr) continue;
      if (root->kind != TypeKind::object) refuse(root->name + " is not an object");
      if (kind != OperationKind::subscription) continue;
      for (const auto& field : root->fields) {
        if (!field.subscribe) refuse(root->name + "." + field.name + " has no source of events");
      }
    }
  }

  void check(const TypeDefinition& type) {
    switch (type.kind) {
      case TypeKind::scalar:
        if (!type.parse || !type.serialize) refuse(type.name + " has no coercions");
        break;
      case TypeKind::object:
      case TypeKind::interface:
        fields(type);
        for (const auto& name : type.interfaces) implements(type, name);
        break;
      case TypeKind::union_:
        members(type);
        break;
      case TypeKind::enumeration:
        if (type.values.empty()) refuse(type.name + " has no values");
        check_names(type.name, type.values);
        for (const auto& value : type.values) {
          if (value.name == "true" || value.name == "false" || value.name == "null") {
            refuse(type.name + "." + value.name + " is no name of a value");
          }
        }
        break;
      case TypeKind::input_object:
        if (type.input_fields.empty()) refuse(type.name + " has no fields");
        inputs(type.name, type.input_fields);
        endless(type);
        break;
    }
  }

  void fields(const TypeDefinition& type) {
    if (type.fields.empty()) refuse(type.name + " has no fields");
    check_names(type.name, type.fields);
    for (const auto& field : type.fields) {
      const auto place = type.name + "." + field.name;
      const auto* of = schema_.type(field.type.name());
      if (of == nullptr || !of->is_output()) {
        refuse(place + ": " + field.type.name() + " is no output type");
      }
      if ((type.kind == TypeKind::object) != static_cast<bool>(field.resolve)) {
        refuse(place + (field.resolve ? ": nothing resolves an interface" : " has no resolver"));
      }
      inputs(place, field.arguments);
    }
  }

  void inputs(const std::string& place, const std::vector<InputValue>& all) {
    check_names(place, all);
    for (const auto& one : all) {
      const auto* type = schema_.type(one.type.name());
      if (type == nullptr || !type->is_input()) {
        refuse(place + "." + one.name + ": " + one.type.name() + " is no input type");
      } else if (one.default_value) {
        const auto value = coerce_json(schema_, one.type, *one.default_value);
        if (!value) refuse(place + "." + one.name + ": its default " + value.error().text);
      }
    }
  }

  void locations(const DirectiveDefinition& directive) {
    const auto& known = schema_.type("__DirectiveLocation")->values;
    if (directive.locations.empty()) refuse("@" + directive.name + " may stand nowhere");
    for (const auto& location : directive.locations) {
      if (find_named(known, location) == nullptr) {
        refuse("@" + directive.name + ": there is no location " + location);
      }
    }
  }

  void members(const TypeDefinition& type) {
    if (type.members.empty()) refuse(type.name + " has no members");
    std::set<std::string> names;
    for (const auto& name : type.members) {
      const auto* member = schema_.type(name);
      if (member == nullptr || member->kind != TypeKind::object) {
        refuse(type.name + ": " + name + " is no object type");
      }
      if (!names.insert(name).second) refuse(type.name + ": " + name + " is there twice");
    }
  }

  // https://spec.graphql.org/October2021/#IsValidImplementation()
  void implements(const TypeDefinition& type, const std::string& name) {
    const auto* interface = schema_.type(name);
    if (interface == nullptr || interface->kind != TypeKind::interface || name == type.name) {
      return refuse(type.name + ": " + name + " is no interface for it");
    }
    if (std::count(type.interfaces.begin(), type.interfaces.end(), name) > 1) {
      refuse(type.name + ": " + name + " is there twice");
    }
    for (const auto& inherited : interface->interfaces) {
      if (!has(type.interfaces, inherited)) refuse(type.name + " does not implement " + inherited);
    }
    for (const auto& wanted : interface->fields) {
      const auto* field = find_named(type.fields, wanted.name);
      const auto place = type.name + "." + wanted.name;
      if (field == nullptr) {
        refuse(place + " is missing, " + name + " has it");
      } else {
        if (!is_subtype(field->type, wanted.type)) refuse(place + " is not as in " + name);
        implements_arguments(place, *field, wanted);
      }
    }
  }

  void implements_arguments(const std::string& place, const FieldDefinition& field,
                            const FieldDefinition& wanted) {
    for (const auto& argument : wanted.arguments) {
      const auto* own = find_named(field.arguments, argument.name);
      if (own == nullptr || own->type != argument.type) {
        refuse(place + "." + argument.name + " is not as in the interface");
      }
    }
    for (const auto& argument : field.arguments) {
      if (argument.is_required() && find_named(wanted.arguments, argument.name) == nullptr) {
        refuse(place + "." + argument.name + " is required, but not in the interface");
      }
    }
  }

  bool is_subtype(const Type& type, const Type& of) const {
    if (type.is_non_null()) return is_subtype(type.nullable(), of.nullable());
    if (of.is_non_null()) return false;
    if (type.is_list() || of.is_list()) {
      return type.is_list() && of.is_list() && is_subtype(type.item(), of.item());
    }
    const auto* definition = schema_.type(type.name());
    const auto* wanted = schema_.type(of.name());
    if (type == of || definition == nullptr || wanted == nullptr) return type == of;
    return wanted->kind == TypeKind::union_ ? has(wanted->members, type.name())
                                            : has(definition->interfaces, of.name());
  }

  // An input object that needs itself can never be written.
  void endless(const TypeDefinition& type) {
    std::set<std::string> seen;
    std::vector<const TypeDefinition*> todo{&type};
    while (!todo.empty()) {
      const auto* one = todo.back();
      todo.pop_back();
      for (const auto& field : one->input_fields) {
        if (!field.type.is_non_null() || !field.type.nullable().is_named()) continue;
        if (field.type.name() == type.name) return refuse(type.name + " needs itself");
        const auto* needed = schema_.type(field.type.name());
        if (needed != nullptr && seen.insert(needed->name).second) todo.push_back(needed);
      }
    }
  }

  const Schema& schema_;
  const std::vector<TypeDefinition> introspection_ = introspection_types();
  std::vector<std::string> broken_;
};

}  // namespace

std::vector<std::string> broken_rules(const Schema& schema) { return Rules(schema).broken(); }

}  // namespace monitron::graphql
