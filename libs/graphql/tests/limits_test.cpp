#include "graphql/limits.hpp"

#include "bed.hpp"
#include "tools_introspection.hpp"

namespace monitron::graphql {
namespace {

// "" when it is accepted, otherwise code and message of the first error.
std::string refusal(const std::string& query, const Limits& limits = {},
                    const Json& variables = {}) {
  const auto request = prepare(bed(), {.query = query, .variables = variables}, limits);
  if (request) return "";
  return request.error().front().code + ": " + request.error().front().message;
}

std::string repeated(int times, const std::string& text) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

std::string deep(int depth) {
  return "{ host(id: 1) " + repeated(depth - 2, "{ parent ") + "{ id }" +
         repeated(depth - 2, " }") + " }";
}

TEST(Limits, Depth) {
  EXPECT_EQ(refusal(deep(10)), "");
  EXPECT_EQ(refusal(deep(11)), "limits: Fields are nested deeper than 10.");
  EXPECT_EQ(refusal(deep(3), {.depth = 2}), "limits: Fields are nested deeper than 2.");
}

TEST(Limits, DepthGoesThroughFragments) {
  std::string query = "{ host(id: 1) { ...F0 } }";
  for (int i = 0; i < 9; ++i) {
    query += " fragment F" + std::to_string(i) + " on Host { parent { ...F" +
             std::to_string(i + 1) + " } }";
  }
  EXPECT_EQ(refusal(query + " fragment F9 on Host { id }"),
            "limits: Fields are nested deeper than 10.");
  EXPECT_EQ(
      refusal("{ ... { ... on Query { ...F } } } fragment F on Query { version }", {.depth = 1}),
      "");
}

TEST(Limits, Aliases) {
  EXPECT_EQ(refusal("{" + repeated(30, " a: version") + " }"), "");
  EXPECT_EQ(refusal("{" + repeated(31, " a: version") + " }"), "limits: More than 30 aliases.");
  EXPECT_EQ(refusal("{ ...F } fragment F on Query {" + repeated(31, " a: version") + " }"),
            "limits: More than 30 aliases.");
}

TEST(Limits, Directives) {
  EXPECT_EQ(refusal("{" + repeated(20, " version @skip(if: false)") + " }"), "");
  EXPECT_EQ(refusal("{" + repeated(21, " version @skip(if: false)") + " }"),
            "limits: More than 20 directives.");
  EXPECT_EQ(refusal("{ version " + repeated(100, "@a") + " }"), "limits: More than 20 directives.");
}

TEST(Limits, CostIsThatOfAllPages) {
  EXPECT_EQ(refusal("{ hosts(first: 100) { checks(first: 97) { id } } }"), "");
  // 1 + 100 * (1 + 100 * 1)
  EXPECT_EQ(refusal("{ hosts(first: 100) { checks(first: 100) { id } } }"),
            "limits: The cost of the operation is more than 10000.");
  EXPECT_EQ(refusal("{ hosts(first: 99) { checks(first: 100) { id } } }", {.cost = 10'000}), "");
  EXPECT_EQ(refusal("{ hosts(first: 2000000000) { checks(first: 2000000000) { id } } }"),
            "limits: The cost of the operation is more than 10000.");
}

TEST(Limits, CostTakesDefaultsVariablesAndTheLargerPage) {
  const Limits limits{.cost = 30};
  EXPECT_EQ(refusal("{ hosts { id name } }", limits), "");  // 1 + 10 * 2
  EXPECT_NE(refusal("{ hosts { id name state } }", limits), "");
  EXPECT_NE(refusal("{ hosts(first: 2, last: 30) { id } }", limits), "");
  EXPECT_EQ(refusal("query ($n: Int) { hosts(first: $n) { id } }", limits, {{"n", 29}}), "");
  EXPECT_NE(refusal("query ($n: Int) { hosts(first: $n) { id } }", limits, {{"n", 30}}), "");
  EXPECT_NE(refusal("query ($n: Int = 30) { hosts(first: $n) { id } }", limits), "");
  EXPECT_NE(refusal("{ hosts(first: -1) {" + repeated(31, " id") + " } }", limits), "");
}

TEST(Limits, CostOfAFragmentIsThatOfAllItsSpreads) {
  std::string query = "{ ...F0 }";
  for (int i = 0; i < 200; ++i) {
    const auto next = "...F" + std::to_string(i + 1);
    query += " fragment F" + std::to_string(i) + " on Query { " + next + " " + next + " }";
  }
  EXPECT_EQ(refusal(query + " fragment F200 on Query { version }"),
            "limits: The cost of the operation is more than 10000.");
}

TEST(Limits, CostOfAFieldIsItsDefinitions) {
  const Schema schema({{.name = "Query",
                        .fields = {{.name = "report",
                                    .type = "Int",
                                    .resolve = once([](const auto&) { return Output::null(); }),
                                    .cost = 6'000}}}});
  EXPECT_TRUE(prepare(schema, {.query = "{ report }"}));
  EXPECT_FALSE(prepare(schema, {.query = "{ report a: report }"}));
}

TEST(Limits, IntrospectionIsOffUnlessAskedFor) {
  EXPECT_EQ(refusal("{ __schema { types { name } } }"), "limits: Introspection is switched off.");
  EXPECT_EQ(refusal("{ ...F } fragment F on Query { a: __type(name: \"Host\") { name } }"),
            "limits: Introspection is switched off.");
  EXPECT_EQ(refusal("{ __typename }"), "");
}

TEST(Limits, UsualToolsMayIntrospect) {
  EXPECT_EQ(refusal(kToolsIntrospection, {.introspection = true}), "");
}

TEST(Limits, IntrospectionThatMultipliesIsRefused) {
  const Limits on{.introspection = true};
  EXPECT_EQ(refusal("{ __schema { types { fields { type { fields { name } } } } } }", on), "");
  EXPECT_EQ(
      refusal("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
              on),
      "limits: Introspection is nested too deep.");
  EXPECT_EQ(refusal("{ __type(name: \"Host\") " + repeated(20, "{ ofType ") + "{ name }" +
                        repeated(20, " }") + " }",
                    on),
            "limits: Introspection is nested too deep.");
}

// Fragments add up what braces alone may not: the deepest that 5,000 tokens can say.
std::string deepest(int braces, int fragments) {
  std::string query = "{ ...F0 }";
  for (int i = 0; i < fragments; ++i) {
    const auto last = i + 1 == fragments ? "n" : "...F" + std::to_string(i + 1);
    query += " fragment F" + std::to_string(i) + " on Query { " + repeated(braces, "q{") + last +
             repeated(braces, "}") + " }";
  }
  return query;
}

TEST(Limits, TheDeepestDocumentsEndWell) {
  const Schema schema(
      {{.name = "Query",
        .fields = {
            {.name = "q", .type = "Query!", .resolve = once([](const auto&) {
                                              return Output::object(true);
                                            })},
            {.name = "n", .type = "Int!", .resolve = once([](const auto& call) {
                                            return all_failed(call, {Fault::denied, "no"}).front();
                                          })}}}});
  for (const auto& [braces, fragments] : {std::pair(1, 400), std::pair(48, 32)}) {
    const auto query = deepest(braces, fragments);
    EXPECT_EQ(prepare(schema, {.query = query}).error().front().message,
              "Fields are nested deeper than 10.");
    const auto request = prepare(schema, {.query = query}, {.depth = 10'000});
    ASSERT_TRUE(request) << request.error().front().message;
    const auto response = execute(schema, *request);
    ASSERT_EQ(response.errors.size(), 1U);
    EXPECT_EQ(response.errors[0].path.size(), static_cast<std::size_t>(braces * fragments + 1));
    EXPECT_TRUE(response.data->is_null());
  }
}

}  // namespace
}  // namespace monitron::graphql
