#pragma once
// The type system, written in code: plain definitions, joined and checked by Schema.
// https://spec.graphql.org/October2021/#sec-Type-System
//
//   const Schema schema({{.kind = TypeKind::object,
//                         .name = "Query",
//                         .fields = {{.name = "version", .type = "String!", .resolve = …}}}});
//
// Query, Mutation and Subscription are the roots by their names. The scalars Int, Float, String,
// Boolean and ID, the directives @skip, @include, @deprecated and @specifiedBy, and the types of
// introspection are there without being written.

#include "graphql/document.hpp"
#include "graphql/resolver.hpp"

namespace monitron::graphql {

enum class TypeKind { scalar, object, interface, union_, enumeration, input_object };

struct InputValue {
  std::string name;
  Type type{};
  std::string description{};
  std::optional<Json> default_value{};  // as a client would write it in its variables

  bool is_required() const { return type.is_non_null() && !default_value; }
};

struct FieldDefinition {
  std::string name;
  Type type{};
  std::string description{};
  std::vector<InputValue> arguments{};
  std::optional<std::string> deprecation_reason{};
  Resolver resolve{};      // of every field of an object, none of an interface
  Subscriber subscribe{};  // of every field of Subscription; `resolve` then maps one event
  int cost = 1;            // of one call (see limits.hpp)
};

struct EnumValue {
  std::string name;
  std::string description{};
  std::optional<std::string> deprecation_reason{};
};

// A value from a client to what resolvers get, or from a resolver to what clients get; the text of
// its error says what was expected. Null never gets here.
using Coercion = std::function<Result<Json>(const Json&)>;

// Which of the lists belong to which kind is checked by Schema.
struct TypeDefinition {
  TypeKind kind = TypeKind::object;
  std::string name;
  std::string description{};
  std::vector<FieldDefinition> fields{};   // of objects and interfaces
  std::vector<std::string> interfaces{};   // of objects and interfaces: all, the inherited too
  std::vector<std::string> members{};      // of unions
  std::vector<EnumValue> values{};         // of enums
  std::vector<InputValue> input_fields{};  // of input objects
  std::string specified_by_url{};          // of scalars
  Coercion parse{};                        // of scalars
  Coercion serialize{};                    // of scalars

  bool is_composite() const {
    return kind == TypeKind::object || kind == TypeKind::interface || kind == TypeKind::union_;
  }
  bool is_abstract() const { return kind == TypeKind::interface || kind == TypeKind::union_; }
  bool is_leaf() const { return kind == TypeKind::scalar || kind == TypeKind::enumeration; }
  bool is_input() const { return is_leaf() || kind == TypeKind::input_object; }
  bool is_output() const { return kind != TypeKind::input_object; }
};

struct DirectiveDefinition {
  std::string name;
  std::vector<std::string> locations{};  // "FIELD", "QUERY" … as the specification writes them
  std::string description{};
  std::vector<InputValue> arguments{};
};

template <class Named>
const Named* find_named(const std::vector<Named>& all, std::string_view name) {
  for (const auto& one : all) {
    if (one.name == name) return &one;
  }
  return nullptr;
}

// Immutable; threads: any, as far as the resolvers in it are.
class Schema {
 public:
  // A schema that breaks a rule of the specification is a broken invariant (see problems()).
  explicit Schema(std::vector<TypeDefinition> types,
                  std::vector<DirectiveDefinition> directives = {});

  // Everything that is wrong with the definitions; what was built in cannot be defined again.
  static std::vector<std::string> problems(std::vector<TypeDefinition> types,
                                           std::vector<DirectiveDefinition> directives = {});

  const TypeDefinition* type(std::string_view name) const;      // null: there is none
  const TypeDefinition& definition_of(const Type& type) const;  // the innermost; expects it
  const TypeDefinition* root(OperationKind kind) const;         // null: none is offered
  const DirectiveDefinition* directive(std::string_view name) const;

  // Of an object or interface, or __typename of any composite, or __schema and __type of Query.
  const FieldDefinition* field(const TypeDefinition& parent, std::string_view name) const;

  // The object types that a value of `type` may have: its own name, implementations, or members.
  std::vector<std::string> possible_types(const TypeDefinition& type) const;
  bool is_possible(const TypeDefinition& type, std::string_view object) const;

  const std::map<std::string, TypeDefinition, std::less<>>& types() const { return types_; }
  const std::vector<DirectiveDefinition>& directives() const { return directives_; }

 private:
  struct Unchecked {};
  Schema(std::vector<TypeDefinition> types, std::vector<DirectiveDefinition> directives,
         Unchecked unchecked);

  std::vector<std::string> problems_;  // found while joining
  std::map<std::string, TypeDefinition, std::less<>> types_;
  std::vector<DirectiveDefinition> directives_;
  std::vector<FieldDefinition> meta_fields_;
};

// "__" begins the names of introspection.
inline bool is_reserved(std::string_view name) { return name.substr(0, 2) == "__"; }

}  // namespace monitron::graphql
