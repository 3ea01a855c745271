// 5.3.2: fields that get into one place of the answer.

#include "bed.hpp"

#include <chrono>

namespace monitron::graphql {
namespace {

TEST(Merging, TheSameFieldTwiceIsOne) {
  EXPECT_EQ(problems("{ version version a: version a: version }"), Strings{});
  EXPECT_EQ(problems("{ hosts(first: 1) { id } hosts(first: 1) { name } }"), Strings{});
  EXPECT_EQ(problems("{ echo(number: 1, on: true) echo(on: true, number: 1) }"), Strings{});
  EXPECT_EQ(problems("query ($n: Int) { hosts(first: $n) { id } hosts(first: $n) { id } }"),
            Strings{});
}

TEST(Merging, DifferentFieldsNeedDifferentAliases) {
  EXPECT_EQ(
      problems("{ host(id: 1) { a: id a: name } }"),
      (Strings{"1:17 1:23 Fields \"a\" are different fields: they need aliases of their own."}));
  EXPECT_EQ(problems("{ host(id: 1) { id: load load } }"), Strings{});
  EXPECT_EQ(problems("{ hosts { name: id name } }").size(), 1U);
  EXPECT_EQ(problems("{ a: host(id: 1) { a: load a: mustLoad } }").size(), 1U);
}

TEST(Merging, DifferentFieldsOfOneTypeConflictToo) {
  EXPECT_EQ(problems("{ host(id: 1) { address address: name } }").size(), 1U);
  EXPECT_EQ(
      problems("{ __type(name: \"A\") { name name: description } }"),
      Strings{"1:23 1:28 Fields \"name\" are different fields: they need aliases of their own."});
}

TEST(Merging, DifferentArgumentsConflict) {
  const auto refused = [](const std::string& one, const std::string& other) {
    return problems("{ " + one + " " + other + " }").size() == 1;
  };
  EXPECT_EQ(
      problems("{ hosts(first: 1) { id } hosts(first: 2) { id } }"),
      Strings{"1:3 1:26 Fields \"hosts\" have different arguments: they need aliases of their "
              "own."});
  EXPECT_TRUE(refused("hosts { id }", "hosts(first: 10) { id }"));
  EXPECT_TRUE(refused("hosts(first: 1) { id }", "hosts(last: 1) { id }"));
  EXPECT_TRUE(refused("echo(states: [UP])", "echo(states: [UP, DOWN])"));
  EXPECT_TRUE(refused("echo(filter: {limit: 1})", "echo(filter: {limit: 2})"));
  EXPECT_TRUE(refused("echo(number: 1)", "echo(number: 1.0)"));
  EXPECT_FALSE(refused("echo(filter: {limit: 1})", "echo(filter: {limit: 1})"));
}

TEST(Merging, ConflictsAreFoundThroughFragments) {
  EXPECT_EQ(
      problems("{ host(id: 1) { ...A ...B } } fragment A on Host { x: id }"
               " fragment B on Host { x: load }"),
      Strings{"1:52 1:81 Fields \"x\" are different fields: they need aliases of their own."});
  EXPECT_EQ(problems("{ host(id: 1) { x: state ... { ... on Watched { x: name } } } }").size(), 1U);
}

TEST(Merging, ConflictsAreFoundBelowMergedFields) {
  EXPECT_EQ(
      problems("{ host(id: 1) { parent { x: id } } host(id: 1) { parent { x: load } } }").size(),
      1U);
  EXPECT_EQ(problems("{ a: host(id: 1) { x: id } b: host(id: 1) { x: load } }"), Strings{});
  EXPECT_EQ(
      problems("{ host(id: 1) { checks(first: 1) { id } } host(id: 1) { checks { id } } }").size(),
      1U);
}

TEST(Merging, FieldsOfDifferentObjectsMayDifferButForTheirTypes) {
  EXPECT_EQ(problems("{ watched { ... on Host { x: name } ... on Check { x: name } } }"),
            Strings{});
  EXPECT_EQ(problems("{ watched { ... on Host { x: address } ... on Check { x: state } } }"),
            Strings{});
  EXPECT_EQ(problems("{ watched { ... on Host { x: name } ... on Check { x: state } } }").size(),
            1U);
  EXPECT_EQ(problems("{ watched { ... on Host { state } ... on Check { state } } }"),
            Strings{"1:27 1:50 Fields \"state\" are of different types: they need aliases of their "
                    "own."});
  EXPECT_EQ(
      problems("{ found { ... on Host { x: checks { id } } ... on Check { x: host { id } } } }")
          .size(),
      1U);
}

TEST(Merging, ShapesBelowFieldsOfDifferentObjectsAreCompared) {
  const Strings none;
  EXPECT_EQ(problems("{ hosts { ... on Host { p: parent { y: id } } } watched {"
                     " ... on Host { p: parent { y: id } } } }"),
            none);
  EXPECT_EQ(problems("{ found { ... on Host { p: checks { y: id } q: parent { y: load } } } }"),
            none);
  EXPECT_EQ(problems("{ found { ... on Host { parent { y: state } } ... on Check { id } } found {"
                     " ... on Host { parent { y: name } } } }")
                .size(),
            1U);
}

TEST(Merging, OfAnInterfaceAndAnObjectIsOfOneObject) {
  EXPECT_EQ(problems("{ watched { x: name ... on Host { x: id } } }").size(), 1U);
  EXPECT_EQ(problems("{ watched { name ... on Host { name } ... on Check { name } } }"), Strings{});
}

TEST(Merging, FragmentsThatSpreadThemselvesEnd) {
  EXPECT_FALSE(problems("{ host(id: 1) { ...A } } fragment A on Host { parent { ...A } }").empty());
  EXPECT_FALSE(problems("{ host(id: 1) { ...A } } fragment A on Host { ...B }"
                        " fragment B on Host { ...A }")
                   .empty());
}

// Each fragment doubles the ways to the next one.
TEST(Merging, TakesBoundedTime) {
  std::string query = "{ host(id: 1) { ...F0 } }";
  for (int i = 0; i < 200; ++i) {
    const auto next = std::to_string(i + 1);
    query += " fragment F" + std::to_string(i) + " on Host { parent { ...F" + next +
             " } x: parent { ...F" + next + " } }";
  }
  query += " fragment F200 on Host { id }";
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(problems(query), Strings{});
  std::string same = "{";
  for (int i = 0; i < 1'600; ++i) same += " hosts { id }";
  EXPECT_EQ(problems(same + "}").size(), 1U);  // more than 5,000 tokens
  std::string fields = "{ host(id: 1) {";
  for (int i = 0; i < 1'200; ++i) fields += " id a: id";
  EXPECT_EQ(problems(fields + "}}").size(), 0U);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

// "b" so many steps before the end: which fragments meet is another set for each way to get there.
TEST(Merging, WaysThatMultiplyAreRefused) {
  constexpr int kSteps = 20;
  const auto at = [](int step, int since) {
    return "...F" + std::to_string(step) + "_" + std::to_string(since) + " ";
  };
  std::string query = "{ host(id: 1) { " + at(0, 0) + "} }";
  for (int step = 0; step <= kSteps; ++step) {
    for (int since = 0; since <= step; ++since) {
      const auto next = step == kSteps ? "id " : at(step + 1, since == 0 ? 0 : since + 1);
      const auto branch = step == kSteps || since > 0 ? "" : at(step + 1, 1);
      query += " fragment F" + std::to_string(step) + "_" + std::to_string(since) +
               " on Host { a: parent { " + next + "} b: parent { " + next + branch + "} }";
    }
  }
  const auto document = parse(query, {.tokens = 10'000});
  ASSERT_TRUE(document);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(shown(validate(bed(), *document)),
            Strings{"1:1 Its fields can be merged in too many ways."});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
}  // namespace monitron::graphql
