#pragma once
// An executable document: operations and fragments. Type system definitions are no part of a
// request: they are refused as syntax errors, which is rule 5.1.1 of the specification.
// https://spec.graphql.org/October2021/#sec-Document

#include "graphql/request_error.hpp"
#include "graphql/type.hpp"

#include <map>

namespace monitron::graphql {

struct ObjectField;

struct Value {
  enum class Kind { variable, integer, floating, string, boolean, null, enumeration, list, object };

  Kind kind = Kind::null;
  std::string text{};  // a variable's or enum value's name, a number as written, a string's value
  std::vector<Value> items{};       // of a list
  std::vector<ObjectField> fields;  // of an object
  Location at{};
};

struct ObjectField {
  std::string name;
  Value value{};
  Location at{};
};

struct Argument {
  std::string name;
  Value value{};
  Location at{};
};

struct Directive {
  std::string name;
  std::vector<Argument> arguments{};
  Location at{};
};

struct Selection {
  enum class Kind { field, fragment_spread, inline_fragment };

  Kind kind = Kind::field;
  std::string name{};            // of the field or the fragment
  std::string alias{};           // of a field, empty: none
  std::string type_condition{};  // of an inline fragment, empty: none
  std::vector<Argument> arguments{};
  std::vector<Directive> directives{};
  std::vector<Selection> selections{};
  Location at{};

  const std::string& response_key() const { return alias.empty() ? name : alias; }
};

struct VariableDefinition {
  std::string name;
  Type type{};
  std::optional<Value> default_value{};
  std::vector<Directive> directives{};
  Location at{};
};

enum class OperationKind { query, mutation, subscription };
std::string_view to_string(OperationKind kind);

struct Operation {
  OperationKind kind = OperationKind::query;
  std::string name{};  // empty: anonymous
  std::vector<VariableDefinition> variables{};
  std::vector<Directive> directives{};
  std::vector<Selection> selections{};
  Location at{};
};

struct Fragment {
  std::string name{};
  std::string type_condition{};
  std::vector<Directive> directives{};
  std::vector<Selection> selections{};
  Location at{};
};

struct Document {
  std::vector<Operation> operations{};
  std::vector<Fragment> fragments{};
  std::map<std::string, std::size_t, std::less<>> first_fragment{};  // its place, by its name

  const Fragment* fragment(std::string_view name) const;  // the first of that name, or null
};

const Argument* find_argument(const std::vector<Argument>& arguments, std::string_view name);

struct ParseLimits {
  std::size_t bytes = 64u << 10;
  std::size_t tokens = 5'000;
  std::size_t nesting = 50;  // of braces, brackets and parentheses together
};

// Bytes, tokens and nesting are counted in one flat pass before anything recurses: no text, however
// deep, takes more stack than `limits.nesting` levels do. One error: "Syntax Error: …" and its
// place.
Checked<Document> parse(std::string_view text, const ParseLimits& limits = {});

}  // namespace monitron::graphql
