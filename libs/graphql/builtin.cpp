#include "graphql/builtin.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace monitron::graphql {

namespace {

Result<Json> expected(const char* what) {
  return fail(Fault::invalid, std::string("expected ") + what);
}

Result<Json> whole_number(const Json& value) {
  constexpr auto kMin = std::numeric_limits<std::int32_t>::min();
  constexpr auto kMax = std::numeric_limits<std::int32_t>::max();
  const bool fits = value.is_number_unsigned()
                        ? value.get<std::uint64_t>() <= kMax
                        : value.is_number_integer() && value.get<std::int64_t>() >= kMin &&
                              value.get<std::int64_t>() <= kMax;
  if (!fits) return expected("an integer of 32 bits");
  return value;
}

Result<Json> number(const Json& value) {
  if (!value.is_number() || !std::isfinite(value.get<double>())) return expected("a finite number");
  return Json(value.get<double>());
}

Result<Json> text(const Json& value) {
  if (!value.is_string()) return expected("a string");
  return value;
}

Result<Json> truth(const Json& value) {
  if (!value.is_boolean()) return expected("true or false");
  return value;
}

Result<Json> identifier(const Json& value) {
  if (value.is_number_integer()) return Json(value.dump());
  if (!value.is_string()) return expected("a string or an integer");
  return value;
}

TypeDefinition scalar(const char* name, const char* description, const Coercion& coercion) {
  return {.kind = TypeKind::scalar,
          .name = name,
          .description = description,
          .parse = coercion,
          .serialize = coercion};
}

constexpr std::array kScalars{"Int", "Float", "String", "Boolean", "ID"};
constexpr std::array kDirectives{"skip", "include", "deprecated", "specifiedBy"};

}  // namespace

std::vector<TypeDefinition> builtin_scalars() {
  return {scalar("Int", "A whole number of 32 bits with a sign.", whole_number),
          scalar("Float", "A number of double precision (IEEE 754).", number),
          scalar("String", "Text in UTF-8.", text), scalar("Boolean", "True or false.", truth),
          scalar("ID", "What identifies an object; a string, though integers are accepted.",
                 identifier)};
}

bool is_builtin_scalar(std::string_view name) {
  return std::find(kScalars.begin(), kScalars.end(), name) != kScalars.end();
}

std::vector<DirectiveDefinition> builtin_directives() {
  const std::vector<std::string> selections{"FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"};
  return {{.name = "skip",
           .locations = selections,
           .description = "Leaves out the field or fragment when the argument is true.",
           .arguments = {{.name = "if", .type = "Boolean!"}}},
          {.name = "include",
           .locations = selections,
           .description = "Leaves out the field or fragment when the argument is false.",
           .arguments = {{.name = "if", .type = "Boolean!"}}},
          {.name = "deprecated",
           .locations = {"FIELD_DEFINITION", "ENUM_VALUE"},
           .description = "Marks what is still served but should not be used any more.",
           .arguments = {{.name = "reason",
                          .type = "String",
                          .description = "Why, and what to use instead.",
                          .default_value = "No longer supported"}}},
          {.name = "specifiedBy",
           .locations = {"SCALAR"},
           .description = "Says where the format of a scalar is specified.",
           .arguments = {{.name = "url", .type = "String!"}}}};
}

bool is_builtin_directive(std::string_view name) {
  return std::find(kDirectives.begin(), kDirectives.end(), name) != kDirectives.end();
}

}  // namespace monitron::graphql
