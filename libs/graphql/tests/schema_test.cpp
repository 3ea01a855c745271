#include "graphql/schema.hpp"

#include "bed.hpp"
#include "graphql/sdl.hpp"
#include "tools_introspection.hpp"

namespace monitron::graphql {
namespace {

const Resolver kNothing = once([](const FieldCall&) { return Output::null(); });

FieldDefinition field(const char* name, Type type, std::vector<InputValue> arguments = {}) {
  return {.name = name,
          .type = std::move(type),
          .arguments = std::move(arguments),
          .resolve = kNothing};
}
TypeDefinition query(std::vector<FieldDefinition> fields = {field("a", "Int")}) {
  return {.name = "Query", .fields = std::move(fields)};
}
TypeDefinition interface(const char* name, std::vector<FieldDefinition> fields) {
  for (auto& one : fields) one.resolve = nullptr;
  return {.kind = TypeKind::interface, .name = name, .fields = std::move(fields)};
}
TypeDefinition input(const char* name, std::vector<InputValue> fields) {
  return {.kind = TypeKind::input_object, .name = name, .input_fields = std::move(fields)};
}
TypeDefinition enumeration(const char* name, std::vector<EnumValue> values) {
  return {.kind = TypeKind::enumeration, .name = name, .values = std::move(values)};
}

TEST(Schema, ThatIsRightHasNoProblems) { EXPECT_EQ(Schema::problems({query()}), Strings{}); }

TEST(SchemaDeathTest, ThatIsWrongIsABrokenInvariant) {
  EXPECT_DEATH(Schema({query({field("a", "Nothing")})}), "Query.a: Nothing is no output type");
}

TEST(Schema, NamesTypesOnceAndWell) {
  EXPECT_EQ(Schema::problems({}), Strings{"there is no type Query"});
  EXPECT_EQ(Schema::problems(
                {query(), enumeration("A", {{.name = "B"}}), enumeration("A", {{.name = "B"}})}),
            Strings{"type A is defined twice"});
  EXPECT_EQ(Schema::problems({query(), enumeration("Int", {{.name = "B"}})}),
            Strings{"type Int is defined twice"});
  EXPECT_EQ(Schema::problems({query(), enumeration("__A", {{.name = "B"}})}),
            Strings{"type \"__A\": not a name"});
  EXPECT_EQ(Schema::problems({query({field("a b", "Int"), field("__c", "Int")})}),
            (Strings{"Query \"a b\": not a name", "Query \"__c\": not a name"}));
  EXPECT_EQ(Schema::problems({query()}, {{.name = "skip", .locations = {"FIELD"}}}),
            Strings{"directive @skip is defined twice"});
  EXPECT_EQ(Schema::problems({enumeration("Query", {{.name = "B"}})}),
            Strings{"Query is not an object"});
}

TEST(Schema, DirectivesStandSomewhere) {
  EXPECT_EQ(Schema::problems({query()}, {{.name = "a", .locations = {"FIELD", "QUERY"}}}),
            Strings{});
  EXPECT_EQ(Schema::problems({query()}, {{.name = "a"}, {.name = "b", .locations = {"HERE"}}}),
            (Strings{"@a may stand nowhere", "@b: there is no location HERE"}));
}

TEST(Schema, FieldsAreOfOutputTypesAndArgumentsOfInputTypes) {
  EXPECT_EQ(Schema::problems({query({})}), Strings{"Query has no fields"});
  EXPECT_EQ(Schema::problems({query({field("a", "Int"), field("a", "Int")})}),
            Strings{"Query.a is there twice"});
  EXPECT_EQ(
      Schema::problems({query({field("a", "I")}), input("I", {{.name = "x", .type = "Int"}})}),
      Strings{"Query.a: I is no output type"});
  EXPECT_EQ(Schema::problems({query({field("a", "Int", {{.name = "x", .type = "Query"}})})}),
            Strings{"Query.a.x: Query is no input type"});
  EXPECT_EQ(Schema::problems(
                {query({field("a", "Int", {{.name = "x", .type = "Int", .default_value = "1"}})})}),
            Strings{"Query.a.x: its default expected an integer of 32 bits"});
  EXPECT_EQ(Schema::problems({query({{.name = "a", .type = "Int"}})}),
            Strings{"Query.a has no resolver"});
}

TEST(Schema, ObjectsAreAsTheirInterfaces) {
  const auto with = [](const std::vector<FieldDefinition>& wanted,
                       std::vector<FieldDefinition> own) {
    auto type = query(std::move(own));
    type.interfaces = {"I"};
    return Schema::problems({type, interface("I", wanted)});
  };
  EXPECT_EQ(with({field("a", "Int")}, {field("a", "Int!"), field("b", "Int")}), Strings{});
  EXPECT_EQ(with({field("a", "I")}, {field("a", "Query")}), Strings{});
  EXPECT_EQ(with({field("a", "[I]")}, {field("a", "[Query!]!")}), Strings{});
  EXPECT_EQ(with({field("a", "Int")}, {field("b", "Int")}),
            Strings{"Query.a is missing, I has it"});
  EXPECT_EQ(with({field("a", "Int!")}, {field("a", "Int")}), Strings{"Query.a is not as in I"});
  EXPECT_EQ(with({field("a", "[Int]")}, {field("a", "Int")}), Strings{"Query.a is not as in I"});
  EXPECT_EQ(with({field("a", "Int", {{.name = "x", .type = "Int"}})}, {field("a", "Int")}),
            Strings{"Query.a.x is not as in the interface"});
  EXPECT_EQ(with({field("a", "Int")}, {field("a", "Int", {{.name = "x", .type = "Int!"}})}),
            Strings{"Query.a.x is required, but not in the interface"});
  EXPECT_EQ(with({field("a", "Int")}, {field("a", "Int", {{.name = "x", .type = "Int"}})}),
            Strings{});
}

TEST(Schema, InterfacesMayHaveInterfacesThatAreInherited) {
  auto inner = interface("Inner", {field("a", "Int")});
  inner.interfaces = {"Outer"};
  const auto outer = interface("Outer", {field("a", "Int")});
  auto type = query();
  type.interfaces = {"Inner"};
  EXPECT_EQ(Schema::problems({type, inner, outer}), Strings{"Query does not implement Outer"});
  type.interfaces = {"Inner", "Outer"};
  EXPECT_EQ(Schema::problems({type, inner, outer}), Strings{});
  inner.interfaces = {"Inner"};
  EXPECT_FALSE(Schema::problems({query(), inner, outer}).empty());
  type.interfaces = {"Int"};
  EXPECT_EQ(Schema::problems({type}), Strings{"Query: Int is no interface for it"});
  auto resolved = outer;
  resolved.fields[0].resolve = kNothing;
  EXPECT_EQ(Schema::problems({query(), resolved}),
            Strings{"Outer.a: nothing resolves an interface"});
}

TEST(Schema, UnionsEnumsInputsAndScalars) {
  const auto union_of = [](std::vector<std::string> members) {
    return Schema::problems(
        {query(), {.kind = TypeKind::union_, .name = "U", .members = std::move(members)}});
  };
  EXPECT_EQ(union_of({"Query"}), Strings{});
  EXPECT_EQ(union_of({}), Strings{"U has no members"});
  EXPECT_EQ(union_of({"Int"}), Strings{"U: Int is no object type"});
  EXPECT_EQ(union_of({"Query", "Query"}), Strings{"U: Query is there twice"});
  EXPECT_EQ(Schema::problems({query(), enumeration("E", {})}), Strings{"E has no values"});
  EXPECT_EQ(Schema::problems({query(), enumeration("E", {{.name = "true"}})}),
            Strings{"E.true is no name of a value"});
  EXPECT_EQ(Schema::problems({query(), input("I", {})}), Strings{"I has no fields"});
  EXPECT_EQ(Schema::problems({query(), input("I", {{.name = "a", .type = "Query"}})}),
            Strings{"I.a: Query is no input type"});
  EXPECT_EQ(Schema::problems({query(), {.kind = TypeKind::scalar, .name = "S"}}),
            Strings{"S has no coercions"});
}

TEST(Schema, InputsThatNeedThemselvesCannotBeWritten) {
  EXPECT_EQ(Schema::problems({query(), input("I", {{.name = "a", .type = "I!"}})}),
            Strings{"I needs itself"});
  EXPECT_EQ(Schema::problems({query(), input("I", {{.name = "a", .type = "J!"}}),
                              input("J", {{.name = "b", .type = "I!"}})})
                .size(),
            2U);
  EXPECT_EQ(Schema::problems({query(), input("I", {{.name = "a", .type = "I"},
                                                   {.name = "b", .type = "[I!]!"}})}),
            Strings{});
}

TEST(Schema, SubscriptionsHaveSources) {
  EXPECT_EQ(Schema::problems({query(), {.name = "Subscription", .fields = {field("a", "Int")}}}),
            Strings{"Subscription.a has no source of events"});
}

TEST(Introspection, ShowsTheWholeSchema) {
  const auto request = prepare(bed(), {.query = kToolsIntrospection}, {.introspection = true});
  ASSERT_TRUE(request) << request.error().front().message;
  const auto response = execute(bed(), *request);
  EXPECT_TRUE(response.errors.empty());
  const auto& schema = response.data->at("__schema");
  EXPECT_EQ(schema["queryType"]["name"], "Query");
  EXPECT_EQ(schema["subscriptionType"]["kind"], "OBJECT");
  EXPECT_EQ(schema["types"].size(), bed().types().size());
  EXPECT_EQ(schema["directives"].size(), 5U);
  EXPECT_EQ(
      schema["directives"][4].dump(),
      R"({"name":"cached","description":null,"isRepeatable":false,"locations":["QUERY","FIELD",)"
      R"("VARIABLE_DEFINITION","FRAGMENT_DEFINITION"],"args":[{"name":"seconds","description":)"
      R"(null,"type":{"kind":"NON_NULL","name":null,"ofType":{"kind":"SCALAR","name":"Int",)"
      R"("ofType":null}},"defaultValue":null},{"name":"key","description":null,"type":{"kind":)"
      R"("SCALAR","name":"String","ofType":null},"defaultValue":null}]})");
}

// The answer to what is asked about one type.
std::string of_type(const std::string& name, const std::string& fields) {
  const auto request =
      prepare(bed(), {.query = "{ __type(name: \"" + name + "\") { " + fields + " } }"},
              {.introspection = true});
  if (!request) return request.error().front().message;
  return execute(bed(), *request).data->at("__type").dump();
}

TEST(Introspection, OfATypeByItsName) {
  EXPECT_EQ(of_type("Nothing", "name"), "null");
  EXPECT_EQ(of_type("Host", "kind description interfaces { name } possibleTypes { name }"),
            R"({"kind":"OBJECT","description":"A machine.","interfaces":[{"name":"Watched"}],)"
            R"("possibleTypes":null})");
  EXPECT_EQ(of_type("Watched", "possibleTypes { name }"),
            R"({"possibleTypes":[{"name":"Check"},{"name":"Host"}]})");
  EXPECT_EQ(of_type("Found", "kind fields { name } possibleTypes { name }"),
            R"({"kind":"UNION","fields":null,"possibleTypes":[{"name":"Host"},{"name":"Check"}]})");
  EXPECT_EQ(of_type("Instant", "kind specifiedByURL"),
            R"({"kind":"SCALAR","specifiedByURL":"https://www.rfc-editor.org/rfc/rfc3339"})");
  EXPECT_EQ(
      of_type("Filter", "inputFields { name defaultValue }"),
      R"({"inputFields":[{"name":"limit","defaultValue":null},{"name":"state","defaultValue":)"
      R"("UP"},{"name":"names","defaultValue":null},{"name":"inner","defaultValue":null},)"
      R"({"name":"strict","defaultValue":"false"}]})");
}

TEST(Introspection, LeavesOutWhatIsDeprecatedUnlessAsked) {
  EXPECT_EQ(of_type("State", "enumValues { name }"),
            R"({"enumValues":[{"name":"UP"},{"name":"DOWN"}]})");
  EXPECT_EQ(
      of_type("State", "enumValues(includeDeprecated: true) { isDeprecated deprecationReason }"),
      R"({"enumValues":[{"isDeprecated":false,"deprecationReason":null},{"isDeprecated":false,)"
      R"("deprecationReason":null},{"isDeprecated":true,"deprecationReason":"Nobody is gone."}]})");
  EXPECT_EQ(of_type("Host", "fields { name }").find("address"), std::string::npos);
  EXPECT_NE(of_type("Host", "fields(includeDeprecated: true) { name }").find("address"),
            std::string::npos);
}

TEST(Sdl, IsTheSchemaAsText) {
  const Schema schema(
      {query({field("a", "[Int!]!", {{.name = "x", .type = "E", .default_value = "B"}}),
              {.name = "b",
               .type = "S",
               .description = "Two\n\nlines.",
               .arguments = {{.name = "y", .type = "I", .description = "Says \"\"\"why\"\"\"."}},
               .deprecation_reason = "Old \"b\".",
               .resolve = kNothing}}),
       interface("N", {field("c", "U")}),
       {.kind = TypeKind::union_, .name = "U", .members = {"Query"}},
       enumeration(
           "E", {{.name = "B", .description = "Bee."}, {.name = "C", .deprecation_reason = "x"}}),
       input("I", {{.name = "z", .type = "[E!]", .default_value = Json{"B", "C"}}}),
       {.kind = TypeKind::scalar,
        .name = "S",
        .description = "Ends in \"",
        .specified_by_url = "https://example.org",
        .parse = [](const Json& value) -> Result<Json> { return value; },
        .serialize = [](const Json& value) -> Result<Json> { return value; }}},
      {{.name = "d",
        .locations = {"FIELD", "QUERY"},
        .arguments = {{.name = "n", .type = "Int"}}}});
  EXPECT_EQ(to_sdl(schema), R"(directive @d(n: Int) on FIELD | QUERY

enum E {
  """Bee."""
  B
  C @deprecated(reason: "x")
}

input I {
  z: [E!] = [B, C]
}

interface N {
  c: U
}

type Query {
  a(x: E = B): [Int!]!
  """
  Two

  lines.
  """
  b(
    """Says \"""why\"""."""
    y: I
  ): S @deprecated(reason: "Old \"b\".")
}

"""
Ends in "
"""
scalar S @specifiedBy(url: "https://example.org")

union U = Query
)");
}

}  // namespace
}  // namespace monitron::graphql
