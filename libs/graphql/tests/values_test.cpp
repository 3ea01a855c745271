#include "graphql/values.hpp"

#include "bed.hpp"

namespace monitron::graphql {
namespace {

// The arguments that a resolver gets.
std::string echoed(const std::string& arguments, const std::string& variables = "",
                   const Json& values = {}) {
  const auto text = answer(
      "query " + variables + " { echo" + (arguments.empty() ? "" : "(" + arguments + ")") + " }",
      values);
  const auto json = Json::parse(text);
  return json.contains("data") ? json["data"]["echo"].get<std::string>()
                               : json["errors"][0]["message"].get<std::string>();
}

TEST(Arguments, HaveTheirDefaultsAndTypes) {
  EXPECT_EQ(echoed(""), R"({"on":true})");
  EXPECT_EQ(echoed("number: 1, on: false"), R"({"on":false,"number":1.0})");
  EXPECT_EQ(echoed("number: null"), R"({"on":true,"number":null})");
  EXPECT_EQ(echoed("filter: {limit: 5}"),
            R"({"filter":{"limit":5,"state":"UP","strict":false},"on":true})");
  EXPECT_EQ(echoed("filter: {strict: true, names: \"a\", limit: 5, state: null}"),
            R"({"filter":{"limit":5,"state":null,"names":["a"],"strict":true},"on":true})");
}

TEST(Arguments, OneValueIsAListOfOne) {
  EXPECT_EQ(echoed("states: UP"), R"({"on":true,"states":["UP"]})");
  EXPECT_EQ(echoed("grid: 1"), R"({"on":true,"grid":[[1]]})");
  EXPECT_EQ(echoed("grid: [1, [2, null], null]"), R"({"on":true,"grid":[[1],[2,null],null]})");
}

TEST(Variables, AreCoerced) {
  EXPECT_EQ(echoed("number: $n", "($n: Float)", {{"n", 2}}), R"({"on":true,"number":2.0})");
  EXPECT_EQ(echoed("number: $n", "($n: Float)", {{"n", nullptr}}), R"({"on":true,"number":null})");
  EXPECT_EQ(echoed("states: $s", "($s: [State!])", {{"s", "UP"}}),
            R"({"on":true,"states":["UP"]})");
  EXPECT_EQ(echoed("filter: $f", "($f: Filter)", {{"f", {{"limit", 1}, {"names", {"a", "b"}}}}}),
            R"({"filter":{"limit":1,"state":"UP","names":["a","b"],"strict":false},"on":true})");
  EXPECT_EQ(echoed("filter: {limit: $n, inner: {limit: $n}}", "($n: Int!)", {{"n", 3}}),
            R"({"filter":{"limit":3,"state":"UP","inner":{"limit":3,"state":"UP","strict":false},)"
            R"("strict":false},"on":true})");
}

TEST(Variables, ThatAreNotGivenAreLeftOut) {
  EXPECT_EQ(echoed("number: $n", "($n: Float)"), R"({"on":true})");
  EXPECT_EQ(echoed("number: $n", "($n: Float = 4)"), R"({"on":true,"number":4.0})");
  EXPECT_EQ(echoed("on: $b", "($b: Boolean)"), R"({"on":true})");
  EXPECT_EQ(echoed("filter: {limit: 1, state: $s}", "($s: State)"),
            R"({"filter":{"limit":1,"state":"UP","strict":false},"on":true})");
  EXPECT_EQ(echoed("grid: [[$n]]", "($n: Int)"), R"({"on":true,"grid":[[null]]})");
}

TEST(Variables, ThatAreWrongAreNamed) {
  EXPECT_EQ(echoed("number: $n", "($n: Float)", {{"n", "1"}}),
            "Variable \"$n\": expected a finite number.");
  EXPECT_EQ(echoed("filter: {limit: $n}", "($n: Int!)"), "Variable \"$n\": is required.");
  EXPECT_EQ(echoed("filter: {limit: $n}", "($n: Int!)", {{"n", nullptr}}),
            "Variable \"$n\": must not be null.");
  EXPECT_EQ(echoed("filter: {limit: $n}", "($n: Int!)", {{"n", 1.0}}),
            "Variable \"$n\": expected an integer of 32 bits.");
  EXPECT_EQ(echoed("filter: {limit: $n}", "($n: Int!)", {{"n", 4'294'967'296}}),
            "Variable \"$n\": expected an integer of 32 bits.");
  EXPECT_EQ(
      echoed("filter: $f", "($f: Filter)", {{"f", {{"limit", 1}, {"inner", Json::object()}}}}),
      "Variable \"$f\": inner: limit: is required.");
  EXPECT_EQ(echoed("filter: $f", "($f: Filter)", {{"f", {{"limit", 1}, {"secret", 1}}}}),
            "Variable \"$f\": has a field that Filter does not have.");
  EXPECT_EQ(echoed("states: $s", "($s: [State!])", {{"s", {"UP", "LEFT"}}}),
            "Variable \"$s\": 1: expected a value of State.");
  EXPECT_EQ(echoed("number: $n", "($n: Float)", Json::array({1})), "Variables must be an object.");
}

TEST(Variables, AreNotFollowedForEver) {
  Json filter = {{"limit", 1}};
  for (int i = 0; i < 1'000; ++i) filter = {{"limit", 1}, {"inner", std::move(filter)}};
  EXPECT_NE(echoed("filter: $f", "($f: Filter)", {{"f", filter}}).find("nested too deep"),
            std::string::npos);
}

TEST(Arguments, NullOfAVariableMayGetWhereADefaultWas) {
  const auto json =
      Json::parse(answer("query ($b: Boolean) { version echo(on: $b) }", {{"b", nullptr}}));
  EXPECT_EQ(json["errors"][0]["message"], "Argument on: must not be null.");
  EXPECT_EQ(json["errors"][0]["extensions"]["code"], "invalid");
  EXPECT_EQ(json["data"].dump(), R"({"version":"1.0","echo":null})");
}

TEST(Literal, IsWrittenAsInADocument) {
  EXPECT_EQ(literal(bed(), "State", "UP"), "UP");
  EXPECT_EQ(literal(bed(), "String!", "a \"b\"\n"), R"("a \"b\"\n")");
  EXPECT_EQ(literal(bed(), "[State!]!", {"UP", "DOWN"}), "[UP, DOWN]");
  EXPECT_EQ(literal(bed(), "Filter", {{"limit", 1}, {"state", "UP"}, {"names", {"x"}}}),
            R"({limit: 1, state: UP, names: ["x"]})");
  EXPECT_EQ(literal(bed(), "Float", nullptr), "null");
}

}  // namespace
}  // namespace monitron::graphql
