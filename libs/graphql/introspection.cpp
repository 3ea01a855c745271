#include "graphql/builtin.hpp"
#include "graphql/values.hpp"

namespace monitron::graphql {

namespace {

// Parents: of __Schema nothing, of the others a Type or a pointer into the schema.
using Field = const FieldDefinition*;
using Input = const InputValue*;
using Enum = const EnumValue*;
using Directed = const DirectiveDefinition*;

Output text_or_null(const std::string& text) {
  return text.empty() ? Output::null() : Output::leaf(text);
}

template <class Made>
Output pointers(const std::vector<Made>& all) {
  Output::List items;
  for (const auto& one : all) items.push_back(Output::object(&one));
  return Output::list(std::move(items));
}

Output named_types(const std::vector<std::string>& names) {
  Output::List items;
  for (const auto& name : names) items.push_back(Output::object(Type::named(name)));
  return Output::list(std::move(items));
}

template <class Made>
Output not_deprecated(const std::vector<Made>& all, const Json& arguments) {
  Output::List items;
  for (const auto& one : all) {
    if (one.deprecation_reason && !arguments.value("includeDeprecated", false)) continue;
    items.push_back(Output::object(&one));
  }
  return Output::list(std::move(items));
}

const char* kind_of(TypeKind kind) {
  switch (kind) {
    case TypeKind::scalar:
      return "SCALAR";
    case TypeKind::object:
      return "OBJECT";
    case TypeKind::interface:
      return "INTERFACE";
    case TypeKind::union_:
      return "UNION";
    case TypeKind::enumeration:
      return "ENUM";
    case TypeKind::input_object:
      return "INPUT_OBJECT";
  }
  return "SCALAR";
}

// A field of __Type: `get` takes the definition of a named type, and is null for wrapped ones.
template <class Get>
Resolver of_named(Get get) {
  return [get](const FieldCall& call) {
    Resolved results;
    for (std::size_t i = 0; i < call.parents.size(); ++i) {
      const auto& type = call.parent<Type>(i);
      results.emplace_back(type.is_named() ? get(call.schema.definition_of(type), call)
                                           : Output::null());
    }
    return results;
  };
}

Resolver kind_field() {
  return [](const FieldCall& call) {
    Resolved results;
    for (std::size_t i = 0; i < call.parents.size(); ++i) {
      const auto& type = call.parent<Type>(i);
      results.emplace_back(Output::leaf(type.is_non_null() ? "NON_NULL"
                                        : type.is_list()
                                            ? "LIST"
                                            : kind_of(call.schema.definition_of(type).kind)));
    }
    return results;
  };
}

FieldDefinition include_deprecated(FieldDefinition field) {
  field.arguments = {{.name = "includeDeprecated", .type = "Boolean", .default_value = false}};
  return field;
}

using Call = FieldCall;

TypeDefinition type_type() {
  const auto fields = of_named([](const TypeDefinition& type, const Call& call) {
    if (type.kind != TypeKind::object && type.kind != TypeKind::interface) return Output::null();
    return not_deprecated(type.fields, call.arguments);
  });
  const auto interfaces = of_named([](const TypeDefinition& type, const Call& /*call*/) {
    if (type.kind != TypeKind::object && type.kind != TypeKind::interface) return Output::null();
    return named_types(type.interfaces);
  });
  const auto possible = of_named([](const TypeDefinition& type, const Call& call) {
    return type.is_abstract() ? named_types(call.schema.possible_types(type)) : Output::null();
  });
  const auto values = of_named([](const TypeDefinition& type, const Call& call) {
    return type.kind == TypeKind::enumeration ? not_deprecated(type.values, call.arguments)
                                              : Output::null();
  });
  const auto inputs = of_named([](const TypeDefinition& type, const Call& /*call*/) {
    return type.kind == TypeKind::input_object ? pointers(type.input_fields) : Output::null();
  });
  const auto name = of_named(
      [](const TypeDefinition& type, const Call& /*call*/) { return Output::leaf(type.name); });
  const auto description = of_named([](const TypeDefinition& type, const Call& /*call*/) {
    return text_or_null(type.description);
  });
  const auto url = of_named([](const TypeDefinition& type, const Call& /*call*/) {
    return text_or_null(type.specified_by_url);
  });
  const auto inner = each<Type>([](const Type& type) {
    if (type.is_named()) return Output::null();
    return Output::object(type.is_non_null() ? type.nullable() : type.item());
  });
  return {
      .name = "__Type",
      .fields = {
          {.name = "kind", .type = "__TypeKind!", .resolve = kind_field()},
          {.name = "name", .type = "String", .resolve = name},
          {.name = "description", .type = "String", .resolve = description},
          include_deprecated({.name = "fields", .type = "[__Field!]", .resolve = fields}),
          {.name = "interfaces", .type = "[__Type!]", .resolve = interfaces},
          {.name = "possibleTypes", .type = "[__Type!]", .resolve = possible},
          include_deprecated({.name = "enumValues", .type = "[__EnumValue!]", .resolve = values}),
          {.name = "inputFields", .type = "[__InputValue!]", .resolve = inputs},
          {.name = "ofType", .type = "__Type", .resolve = inner},
          {.name = "specifiedByURL", .type = "String", .resolve = url}}};
}

template <class Handle>
FieldDefinition name_field() {
  return {.name = "name", .type = "String!", .resolve = each<Handle>([](Handle one) {
                                               return Output::leaf(one->name);
                                             })};
}

template <class Handle>
FieldDefinition description_field() {
  return {.name = "description", .type = "String", .resolve = each<Handle>([](Handle one) {
                                                     return text_or_null(one->description);
                                                   })};
}

template <class Handle>
FieldDefinition type_field() {
  return {.name = "type", .type = "__Type!", .resolve = each<Handle>([](Handle one) {
                                               return Output::object(one->type);
                                             })};
}

template <class Handle>
FieldDefinition arguments_field() {
  return {.name = "args", .type = "[__InputValue!]!", .resolve = each<Handle>([](Handle one) {
                                                        return pointers(one->arguments);
                                                      })};
}

template <class Handle>
std::vector<FieldDefinition> deprecation_fields() {
  return {{.name = "isDeprecated", .type = "Boolean!", .resolve = each<Handle>([](Handle one) {
                                                         return Output::leaf(
                                                             one->deprecation_reason.has_value());
                                                       })},
          {.name = "deprecationReason",
           .type = "String",
           .resolve = each<Handle>([](Handle one) {
             return one->deprecation_reason ? Output::leaf(*one->deprecation_reason)
                                            : Output::null();
           })}};
}

TypeDefinition field_type() {
  TypeDefinition type{.name = "__Field",
                      .fields = {name_field<Field>(), description_field<Field>(),
                                 arguments_field<Field>(), type_field<Field>()}};
  for (auto& field : deprecation_fields<Field>()) type.fields.push_back(std::move(field));
  return type;
}

TypeDefinition enum_value_type() {
  TypeDefinition type{.name = "__EnumValue",
                      .fields = {name_field<Enum>(), description_field<Enum>()}};
  for (auto& field : deprecation_fields<Enum>()) type.fields.push_back(std::move(field));
  return type;
}

TypeDefinition input_value_type() {
  const Resolver default_value = [](const FieldCall& call) {
    Resolved results;
    for (std::size_t i = 0; i < call.parents.size(); ++i) {
      const auto* input = call.parent<Input>(i);
      results.emplace_back(input->default_value ? Output::leaf(literal(call.schema, input->type,
                                                                       *input->default_value))
                                                : Output::null());
    }
    return results;
  };
  return {.name = "__InputValue",
          .fields = {name_field<Input>(),
                     description_field<Input>(),
                     type_field<Input>(),
                     {.name = "defaultValue", .type = "String", .resolve = default_value}}};
}

TypeDefinition directive_type() {
  return {.name = "__Directive",
          .fields = {name_field<Directed>(),
                     description_field<Directed>(),
                     {.name = "locations",
                      .type = "[__DirectiveLocation!]!",
                      .resolve = each<Directed>([](Directed one) {
                        Output::List items;
                        for (const auto& at : one->locations) items.push_back(Output::leaf(at));
                        return Output::list(std::move(items));
                      })},
                     arguments_field<Directed>(),
                     {.name = "isRepeatable",
                      .type = "Boolean!",
                      .resolve = once([](const Call& /*call*/) { return Output::leaf(false); })}}};
}

FieldDefinition root_field(const char* name, const char* type, OperationKind kind) {
  return {.name = name, .type = type, .resolve = once([kind](const Call& call) {
                                        const auto* root = call.schema.root(kind);
                                        return root == nullptr
                                                   ? Output::null()
                                                   : Output::object(Type::named(root->name));
                                      })};
}

TypeDefinition schema_type() {
  const auto types = once([](const Call& call) {
    Output::List items;
    for (const auto& [name, type] : call.schema.types()) {
      items.push_back(Output::object(Type::named(name)));
    }
    return Output::list(std::move(items));
  });
  const auto directives = once([](const Call& call) { return pointers(call.schema.directives()); });
  const auto description = once([](const Call& /*call*/) { return Output::null(); });
  return {.name = "__Schema",
          .fields = {{.name = "description", .type = "String", .resolve = description},
                     {.name = "types", .type = "[__Type!]!", .resolve = types},
                     root_field("queryType", "__Type!", OperationKind::query),
                     root_field("mutationType", "__Type", OperationKind::mutation),
                     root_field("subscriptionType", "__Type", OperationKind::subscription),
                     {.name = "directives", .type = "[__Directive!]!", .resolve = directives}}};
}

TypeDefinition enumeration(const char* name, std::initializer_list<const char*> values) {
  TypeDefinition type{.kind = TypeKind::enumeration, .name = name};
  for (const char* value : values) type.values.push_back({.name = value});
  return type;
}

}  // namespace

std::vector<TypeDefinition> introspection_types() {
  return {schema_type(),
          type_type(),
          field_type(),
          input_value_type(),
          enum_value_type(),
          directive_type(),
          enumeration("__TypeKind", {"SCALAR", "OBJECT", "INTERFACE", "UNION", "ENUM",
                                     "INPUT_OBJECT", "LIST", "NON_NULL"}),
          enumeration("__DirectiveLocation",
                      {"QUERY", "MUTATION", "SUBSCRIPTION", "FIELD", "FRAGMENT_DEFINITION",
                       "FRAGMENT_SPREAD", "INLINE_FRAGMENT", "VARIABLE_DEFINITION", "SCHEMA",
                       "SCALAR", "OBJECT", "FIELD_DEFINITION", "ARGUMENT_DEFINITION", "INTERFACE",
                       "UNION", "ENUM", "ENUM_VALUE", "INPUT_OBJECT", "INPUT_FIELD_DEFINITION"})};
}

std::vector<FieldDefinition> introspection_fields() {
  const auto schema = once([](const Call& /*call*/) { return Output::object(true); });
  const auto type = once([](const Call& call) {
    const auto name = call.arguments.at("name").get<std::string>();
    if (call.schema.type(name) == nullptr) return Output::null();
    return Output::object(Type::named(name));
  });
  return {{.name = "__typename", .type = "String!"},
          {.name = "__schema", .type = "__Schema!", .resolve = schema},
          {.name = "__type",
           .type = "__Type",
           .arguments = {{.name = "name", .type = "String!"}},
           .resolve = type}};
}

}  // namespace monitron::graphql
