// 5.2 operations, 5.3 fields, 5.4 arguments.

#include "bed.hpp"

namespace monitron::graphql {
namespace {

TEST(Operations, HaveNamesOfTheirOwn) {
  EXPECT_EQ(problems("query A { version } query B { version }"), Strings{});
  EXPECT_EQ(problems("query A { version } mutation A { bump { id } }"),
            Strings{"1:1 1:21 There is more than one operation named \"A\"."});
}

TEST(Operations, WithoutANameAreAlone) {
  EXPECT_EQ(problems("{ version }"), Strings{});
  EXPECT_EQ(problems("{ version } query B { version }"),
            Strings{"1:1 An operation without a name must be the only one."});
}

TEST(Operations, AreOfAKindThatTheSchemaHas) {
  const Schema schema(
      {{.name = "Query", .fields = {{.name = "a", .type = "Int", .resolve = once([](const auto&) {
                                                                   return Output::null();
                                                                 })}}}});
  const auto document = parse("mutation { a }");
  EXPECT_EQ(shown(validate(schema, *document)), Strings{"1:1 There is no mutation."});
}

TEST(Operations, OfSubscriptionsHaveOneField) {
  const std::string refusal =
      "1:1 A subscription must select one field of its own, and no introspection.";
  EXPECT_EQ(problems("subscription { changed { id name } }"), Strings{});
  EXPECT_EQ(problems("subscription { ...F } fragment F on Subscription { changed { id } }"),
            Strings{});
  EXPECT_EQ(problems("subscription { changed { id } ... { changed { name } } }"), Strings{});
  EXPECT_EQ(problems("subscription { changed { id } gone }"), Strings{refusal});
  EXPECT_EQ(problems("subscription { gone ...F } fragment F on Subscription { changed { id } }"),
            Strings{refusal});
  EXPECT_EQ(problems("subscription { __typename }"), Strings{refusal});
  EXPECT_EQ(problems("subscription { a: gone b: gone }"), Strings{refusal});
}

TEST(Fields, ExistOnTheirType) {
  EXPECT_EQ(problems("{ host(id: 1) { id parent { name } } }"), Strings{});
  EXPECT_EQ(problems("{ hots { id } }"),
            Strings{"1:3 Field \"hots\" does not exist on type \"Query\"."});
  EXPECT_EQ(problems("{ host(id: 1) { ... on Host { interval } } }"),
            Strings{"1:31 Field \"interval\" does not exist on type \"Host\"."});
  EXPECT_EQ(problems("{ host(id: 1) { alias: unknown } }"),
            Strings{"1:17 Field \"unknown\" does not exist on type \"Host\"."});
}

TEST(Fields, OfInterfacesAreThoseOfAllImplementations) {
  EXPECT_EQ(problems("{ watched { id name __typename ... on Host { state } } }"), Strings{});
  EXPECT_EQ(problems("{ watched { state } }"),
            Strings{"1:13 Field \"state\" does not exist on type \"Watched\"."});
}

TEST(Fields, OfUnionsAreBehindAFragment) {
  EXPECT_EQ(problems("{ found { __typename ... on Check { id } } }"), Strings{});
  EXPECT_EQ(problems("{ found { id } }"),
            Strings{"1:11 Field \"id\" does not exist on type \"Found\"."});
}

TEST(Fields, OfIntrospectionAreOfTheQueryAlone) {
  EXPECT_EQ(problems("{ __schema { types { name } } __type(name: \"A\") { name } }"), Strings{});
  EXPECT_EQ(problems("{ host(id: 1) { __schema { types { name } } } }"),
            Strings{"1:17 Field \"__schema\" does not exist on type \"Host\"."});
}

TEST(Fields, ThatDoNotExistAreNotGuessed) {
  for (const auto& problem : problems("{ version(vers: 1) versio host(id: 1) { nam } }")) {
    EXPECT_EQ(problem.find("ean"), std::string::npos) << problem;
  }
}

TEST(Fields, ThatAreLeavesHaveNoSelection) {
  EXPECT_EQ(problems("{ version }"), Strings{});
  EXPECT_EQ(problems("{ version { length } }"),
            Strings{"1:3 Field \"version\" of type \"String!\" has no fields to select."});
  EXPECT_EQ(problems("{ host(id: 1) { state { x } } }"),
            Strings{"1:17 Field \"state\" of type \"State\" has no fields to select."});
}

TEST(Fields, ThatAreObjectsHaveASelection) {
  EXPECT_EQ(problems("{ hosts }"),
            Strings{"1:3 Field \"hosts\" of type \"[Host!]!\" needs a selection of its fields."});
  EXPECT_EQ(problems("{ found watched }"),
            (Strings{"1:3 Field \"found\" of type \"[Found!]!\" needs a selection of its fields.",
                     "1:9 Field \"watched\" of type \"[Watched!]\" needs a selection of its "
                     "fields."}));
}

TEST(Arguments, Exist) {
  EXPECT_EQ(problems("{ hosts(first: 1) { id } }"), Strings{});
  EXPECT_EQ(problems("{ hosts(frist: 1) { id } }"),
            Strings{"1:9 Argument \"frist\" of field \"hosts\" does not exist."});
  EXPECT_EQ(problems("{ version @skip(when: true, if: true) }"),
            Strings{"1:17 Argument \"when\" of directive \"@skip\" does not exist."});
}

TEST(Arguments, AreGivenOnce) {
  EXPECT_EQ(problems("{ hosts(first: 1, first: 1) { id } }"),
            Strings{"1:19 Argument \"first\" of field \"hosts\" is given more than once."});
}

TEST(Arguments, ThatAreRequiredAreGiven) {
  EXPECT_EQ(problems("{ host { id } }"),
            Strings{"1:3 Argument \"id\" of field \"host\" is required."});
  EXPECT_EQ(problems("{ host(id: null) { id } }"),
            Strings{"1:12 Value of type \"ID!\": must not be null."});
  EXPECT_EQ(problems("{ version @include }"),
            Strings{"1:11 Argument \"if\" of directive \"@include\" is required."});
  EXPECT_EQ(problems("{ echo }"), Strings{});  // not null, but with a default
}

TEST(Validation, GivesUpAfterManyErrors) {
  std::string query = "{";
  for (int i = 0; i < 100; ++i) query += " x" + std::to_string(i);
  EXPECT_EQ(problems(query + "}").size(), kMaxErrors);
}

}  // namespace
}  // namespace monitron::graphql
