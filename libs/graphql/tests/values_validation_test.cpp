// 5.6 values, 5.8 variables.

#include "bed.hpp"

namespace monitron::graphql {
namespace {

// What is wrong with `arguments` of a field that takes all kinds of them.
Strings with(const std::string& arguments) { return problems("{ echo(" + arguments + ") }"); }

TEST(Values, AreOfTheTypeThatIsExpected) {
  for (const char* good :
       {"number: 1", "number: 1.5", "number: null", "states: UP", "states: [UP, DOWN]",
        "states: []", "states: null", "grid: 1", "grid: [1]", "grid: [[1, null], null]", "on: true",
        "filter: {limit: 1}", "filter: {limit: -2147483648, state: null, names: \"a\"}",
        "filter: {limit: 1, inner: {limit: 2, inner: null}}"}) {
    EXPECT_EQ(with(good), Strings{}) << good;
  }
  const std::vector<std::pair<std::string, std::string>> bad{
      {"number: \"1\"", "1:16 Value of type \"Float\": expected a finite number."},
      {"number: 1e999", "1:16 Value of type \"Float\": expected a number that fits."},
      {"number: UP", "1:16 Value of type \"Float\": expected a scalar, not a variable or a name."},
      {"number: [1]", "1:16 Value of type \"Float\": expected a finite number."},
      {"states: \"UP\"", "1:16 Value of type \"State\": expected a value of State."},
      {"states: [UP, LEFT]", "1:21 Value of type \"State\": expected a value of State."},
      {"states: [null]", "1:17 Value of type \"State!\": must not be null."},
      {"states: true", "1:16 Value of type \"State\": expected a value of State."},
      {"grid: [[\"a\"]]", "1:16 Value of type \"Int\": expected an integer of 32 bits."},
      {"grid: 2147483648", "1:14 Value of type \"Int\": expected an integer of 32 bits."},
      {"grid: 1.0", "1:14 Value of type \"Int\": expected an integer of 32 bits."},
      {"on: null", "1:12 Value of type \"Boolean!\": must not be null."},
      {"on: 1", "1:12 Value of type \"Boolean\": expected true or false."},
      {"filter: 1", "1:16 Value of type \"Filter\": expected an object."},
      {"filter: [{limit: 1}]", "1:16 Value of type \"Filter\": expected an object."},
      {"filter: {}", "1:16 Value of type \"Filter\": field \"limit\" is required."},
      {"filter: {limit: null}", "1:24 Value of type \"Int!\": must not be null."},
      {"filter: {limit: 1, limt: 1}",
       "1:27 Value of type \"Filter\": field \"limt\" does not exist."},
      {"filter: {limit: 1, limit: 1}",
       "1:27 Value of type \"Filter\": field \"limit\" is there more than once."},
      {"filter: {limit: 1, inner: {limit: \"x\"}}",
       "1:42 Value of type \"Int\": expected an integer of 32 bits."},
  };
  for (const auto& [arguments, problem] : bad) EXPECT_EQ(with(arguments), Strings{problem});
}

TEST(Values, OfScalarsOfTheSchemaAreItsOwn) {
  EXPECT_EQ(problems("{ found(at: \"2026-01-01T00:00:00Z\", ids: [1, \"a\"]) { __typename } }"),
            Strings{});
  EXPECT_EQ(problems("{ found(at: 1) { __typename } }"),
            Strings{"1:13 Value of type \"Instant\": expected a time."});
  EXPECT_EQ(problems("{ found(ids: 1.5) { __typename } }"),
            Strings{"1:14 Value of type \"ID\": expected a string or an integer."});
}

TEST(Variables, HaveNamesOfTheirOwn) {
  EXPECT_EQ(problems("query ($a: Int, $a: Int) { hosts(first: $a) { id } }"),
            Strings{"1:17 Variable \"$a\" is defined more than once."});
}

TEST(Variables, AreInputs) {
  EXPECT_EQ(problems("query ($a: Filter, $b: [State!], $c: Instant) { echo(filter: $a, states: $b)"
                     " found(at: $c) { __typename } }"),
            Strings{});
  EXPECT_EQ(problems("query ($a: Host) { hosts(first: $a) { id } }").front(),
            "1:8 Variable \"$a\" cannot be of type \"Host\", which is no input.");
  EXPECT_EQ(problems("query ($a: [Nothing!]) { hosts(first: $a) { id } }").front(),
            "1:8 Variable \"$a\" cannot be of type \"[Nothing!]\", which does not exist.");
}

TEST(Variables, HaveDefaultsOfTheirType) {
  EXPECT_EQ(problems("query ($a: Int = 1, $f: Filter = {limit: 1}) { hosts(first: $a, filter: $f) {"
                     " id } }"),
            Strings{});
  EXPECT_EQ(problems("query ($a: Int = \"1\") { hosts(first: $a) { id } }"),
            Strings{"1:18 Value of type \"Int\": expected an integer of 32 bits."});
  EXPECT_EQ(problems("query ($a: Int! = null) { hosts(first: $a) { id } }"),
            Strings{"1:19 Value of type \"Int!\": must not be null."});
}

TEST(Variables, AreDefinedWhereTheyAreUsed) {
  EXPECT_EQ(problems("{ hosts(first: $a) { id } }"),
            Strings{"1:16 Variable \"$a\" is not defined."});
  EXPECT_EQ(problems("query A($a: Int) { ...F } query B { ...F } fragment F on Query { ...G }"
                     " fragment G on Query { hosts(first: $a) { id } }"),
            Strings{"1:108 Variable \"$a\" is not defined."});
  EXPECT_EQ(problems("{ echo(filter: {limit: $a}) version @skip(if: $b) unknown(x: [$c]) }").size(),
            4U);
}

TEST(Variables, AreUsed) {
  EXPECT_EQ(problems("query ($a: Int) { version }"), Strings{"1:8 Variable \"$a\" is never used."});
  EXPECT_EQ(problems("query ($a: Int) { ...F } fragment F on Query { hosts(first: $a) { id } }"),
            Strings{});
  EXPECT_EQ(problems("query ($a: Int!, $b: Boolean!) { echo(filter: {limit: 1, inner: {limit: $a}})"
                     " @skip(if: $b) }"),
            Strings{});
  EXPECT_EQ(problems("query A($a: Int) { hosts(first: $a) { id } } query B($a: Int) { version }"),
            Strings{"1:54 Variable \"$a\" is never used."});
}

TEST(Variables, FitWhereTheyStand) {
  const auto fits = [](const std::string& type, const std::string& use) {
    return problems("query ($a: " + type + ") { " + use + " }").empty();
  };
  EXPECT_TRUE(fits("Int", "hosts(first: $a) { id }"));
  EXPECT_TRUE(fits("Int!", "hosts(first: $a) { id }"));
  EXPECT_FALSE(fits("Float", "hosts(first: $a) { id }"));
  EXPECT_FALSE(fits("[Int]", "hosts(first: $a) { id }"));
  // Null may not get where it must not be, unless a default is there to be taken.
  EXPECT_TRUE(fits("ID!", "host(id: $a) { id }"));
  EXPECT_FALSE(fits("ID", "host(id: $a) { id }"));
  EXPECT_TRUE(fits("ID = 1", "host(id: $a) { id }"));
  EXPECT_FALSE(fits("ID = null", "host(id: $a) { id }"));
  EXPECT_TRUE(fits("Boolean", "echo(on: $a)"));
  EXPECT_TRUE(fits("Boolean", "echo(filter: {limit: 1, strict: $a})"));
  EXPECT_FALSE(fits("Int", "echo(filter: {limit: $a})"));
  // Lists, and what is in them.
  EXPECT_TRUE(fits("[State!]", "echo(states: $a)"));
  EXPECT_TRUE(fits("[State!]!", "echo(states: $a)"));
  EXPECT_FALSE(fits("[State]", "echo(states: $a)"));
  EXPECT_FALSE(fits("State!", "echo(states: $a)"));
  EXPECT_TRUE(fits("State!", "echo(states: [$a])"));
  EXPECT_FALSE(fits("State", "echo(states: [$a])"));
  EXPECT_TRUE(fits("[[Int!]!]!", "echo(grid: $a)"));
  EXPECT_FALSE(fits("[Int]", "echo(grid: $a)"));
  EXPECT_EQ(problems("query ($a: ID) { host(id: $a) { id } }"),
            Strings{"1:27 Variable \"$a\" of type \"ID\" cannot be a value of type \"ID!\"."});
}

}  // namespace
}  // namespace monitron::graphql
