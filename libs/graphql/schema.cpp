#include "graphql/schema.hpp"

#include "graphql/builtin.hpp"
#include "graphql/schema_rules.hpp"

#include <algorithm>

namespace monitron::graphql {

Schema::Schema(std::vector<TypeDefinition> types, std::vector<DirectiveDefinition> directives,
               Unchecked /*unchecked*/)
    : directives_(builtin_directives()), meta_fields_(introspection_fields()) {
  const auto add = [this](std::vector<TypeDefinition> more) {
    for (auto& type : more) {
      const auto name = type.name;
      if (!types_.emplace(name, std::move(type)).second) {
        problems_.push_back("type " + name + " is defined twice");
      }
    }
  };
  add(builtin_scalars());
  add(introspection_types());
  add(std::move(types));
  for (auto& directive : directives) {
    if (this->directive(directive.name) != nullptr) {
      problems_.push_back("directive @" + directive.name + " is defined twice");
    }
    directives_.push_back(std::move(directive));
  }
}

Schema::Schema(std::vector<TypeDefinition> types, std::vector<DirectiveDefinition> directives)
    : Schema(std::move(types), std::move(directives), Unchecked{}) {
  for (auto& problem : broken_rules(*this)) problems_.push_back(std::move(problem));
  if (!problems_.empty()) broken_invariant(problems_.front().c_str(), __FILE__, __LINE__);
}

std::vector<std::string> Schema::problems(std::vector<TypeDefinition> types,
                                          std::vector<DirectiveDefinition> directives) {
  const Schema schema(std::move(types), std::move(directives), Unchecked{});
  auto problems = schema.problems_;
  for (auto& problem : broken_rules(schema)) problems.push_back(std::move(problem));
  return problems;
}

const TypeDefinition* Schema::type(std::string_view name) const {
  const auto found = types_.find(name);
  return found == types_.end() ? nullptr : &found->second;
}

const TypeDefinition& Schema::definition_of(const Type& type) const {
  const auto* definition = this->type(type.name());
  MONITRON_EXPECTS(definition != nullptr);
  return *definition;
}

const TypeDefinition* Schema::root(OperationKind kind) const {
  switch (kind) {
    case OperationKind::query:
      return type("Query");
    case OperationKind::mutation:
      return type("Mutation");
    case OperationKind::subscription:
      return type("Subscription");
  }
  return nullptr;
}

const DirectiveDefinition* Schema::directive(std::string_view name) const {
  return find_named(directives_, name);
}

const FieldDefinition* Schema::field(const TypeDefinition& parent, std::string_view name) const {
  if (!is_reserved(name)) return find_named(parent.fields, name);
  if (name != "__typename" && parent.name != "Query") return nullptr;
  return parent.is_composite() ? find_named(meta_fields_, name) : nullptr;
}

std::vector<std::string> Schema::possible_types(const TypeDefinition& type) const {
  if (type.kind == TypeKind::object) return {type.name};
  if (type.kind == TypeKind::union_) return type.members;
  std::vector<std::string> names;
  for (const auto& [name, one] : types_) {
    const auto& implemented = one.interfaces;
    if (one.kind == TypeKind::object &&
        std::find(implemented.begin(), implemented.end(), type.name) != implemented.end()) {
      names.push_back(name);
    }
  }
  return names;
}

bool Schema::is_possible(const TypeDefinition& type, std::string_view object) const {
  if (type.kind == TypeKind::object) return type.name == object;
  const auto* definition = this->type(object);
  if (definition == nullptr || definition->kind != TypeKind::object) return false;
  const auto& among = type.kind == TypeKind::union_ ? type.members : definition->interfaces;
  const auto& wanted = type.kind == TypeKind::union_ ? object : std::string_view(type.name);
  return std::find(among.begin(), among.end(), wanted) != among.end();
}

}  // namespace monitron::graphql
