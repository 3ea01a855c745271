#include "graphql/document.hpp"

#include <gtest/gtest.h>

namespace monitron::graphql {
namespace {

Document parsed(std::string_view text) {
  auto document = parse(text);
  EXPECT_TRUE(document) << text << ": "
                        << (document ? "" : to_json(document.error().front()).dump());
  return document.value_or(Document{});
}

// "line:column message"
std::string refused(std::string_view text, const ParseLimits& limits = {}) {
  const auto document = parse(text, limits);
  if (document) return "accepted";
  EXPECT_EQ(document.error().size(), 1U);
  const auto& error = document.error().front();
  return std::to_string(error.locations.at(0).line) + ":" +
         std::to_string(error.locations.at(0).column) + " " + error.message;
}

Value value_of(const std::string& text) {
  const auto document = parsed("{a(b:" + text + ")}");
  if (document.operations.empty()) return {};
  return document.operations[0].selections[0].arguments[0].value;
}

TEST(Document, AShorthandQueryHasFieldsWithArguments) {
  const auto document = parsed("{ a(b: 1) { c } }");
  ASSERT_EQ(document.operations.size(), 1U);
  const auto& a = document.operations[0].selections.at(0);
  EXPECT_EQ(document.operations[0].kind, OperationKind::query);
  EXPECT_EQ(a.name, "a");
  EXPECT_EQ(a.at, (Location{1, 3}));
  EXPECT_EQ(a.arguments.at(0).name, "b");
  EXPECT_EQ(a.arguments.at(0).value.text, "1");
  EXPECT_EQ(a.selections.at(0).name, "c");
  EXPECT_EQ(a.selections.at(0).at, (Location{1, 13}));
}

TEST(Document, OperationsHaveNamesVariablesAndDirectives) {
  const auto document = parsed(
      "mutation M($a: [Int!]! = [1, 2] @d, $b: T) @x(y: $a) { f }\n"
      "subscription S { g }\nquery { h }");
  ASSERT_EQ(document.operations.size(), 3U);
  const auto& mutation = document.operations[0];
  EXPECT_EQ(mutation.kind, OperationKind::mutation);
  EXPECT_EQ(mutation.name, "M");
  EXPECT_EQ(to_string(mutation.variables.at(0).type), "[Int!]!");
  EXPECT_EQ(mutation.variables.at(0).default_value->items.size(), 2U);
  EXPECT_EQ(mutation.variables.at(0).directives.at(0).name, "d");
  EXPECT_EQ(mutation.variables.at(1).name, "b");
  EXPECT_FALSE(mutation.variables.at(1).default_value);
  EXPECT_EQ(mutation.directives.at(0).arguments.at(0).value.kind, Value::Kind::variable);
  EXPECT_EQ(document.operations[1].kind, OperationKind::subscription);
  EXPECT_EQ(document.operations[2].at, (Location{3, 1}));
}

TEST(Document, FragmentsAreSpreadByNameOrInline) {
  const auto document =
      parsed("{ ...F @a ... on T { x } ... @b { y } ...one }\nfragment F on U @c { z: w }");
  const auto& selections = document.operations.at(0).selections;
  EXPECT_EQ(selections.at(0).kind, Selection::Kind::fragment_spread);
  EXPECT_EQ(selections.at(0).name, "F");
  EXPECT_EQ(selections.at(0).directives.size(), 1U);
  EXPECT_EQ(selections.at(1).kind, Selection::Kind::inline_fragment);
  EXPECT_EQ(selections.at(1).type_condition, "T");
  EXPECT_EQ(selections.at(2).type_condition, "");
  EXPECT_EQ(selections.at(3).name, "one");
  const auto* fragment = document.fragment("F");
  ASSERT_NE(fragment, nullptr);
  EXPECT_EQ(fragment->type_condition, "U");
  EXPECT_EQ(fragment->selections.at(0).alias, "z");
  EXPECT_EQ(fragment->selections.at(0).name, "w");
  EXPECT_EQ(document.fragment("G"), nullptr);
}

TEST(Document, WordsOfTheLanguageAreNamesElsewhere) {
  const auto document = parsed("query query { query: on on: fragment(mutation: null) { true } }");
  EXPECT_EQ(document.operations.at(0).name, "query");
  EXPECT_EQ(document.operations.at(0).selections.at(1).name, "fragment");
  EXPECT_EQ(refused("fragment on on T { a }"),
            "1:10 Syntax Error: expected the name of a fragment, found \"on\"");
}

TEST(Document, ValuesHaveTheirKinds) {
  EXPECT_EQ(value_of("-0").kind, Value::Kind::integer);
  EXPECT_EQ(value_of("-1.5e+10").kind, Value::Kind::floating);
  EXPECT_EQ(value_of("1E3").kind, Value::Kind::floating);
  EXPECT_EQ(value_of("true").kind, Value::Kind::boolean);
  EXPECT_EQ(value_of("null").kind, Value::Kind::null);
  EXPECT_EQ(value_of("nullable").kind, Value::Kind::enumeration);
  EXPECT_EQ(value_of("[]").kind, Value::Kind::list);
  EXPECT_EQ(value_of("[[1] [2, 3]]").items.at(1).items.size(), 2U);
  EXPECT_EQ(value_of("{}").kind, Value::Kind::object);
  EXPECT_EQ(value_of("{a: $b c: {d: E}}").fields.at(1).value.fields.at(0).value.text, "E");
}

TEST(Document, StringsAreUnescaped) {
  EXPECT_EQ(value_of(R"("")").text, "");
  EXPECT_EQ(value_of(R"("a\"b\\\/\b\f\n\r\t")").text, "a\"b\\/\b\f\n\r\t");
  EXPECT_EQ(value_of(R"("\u0041\u00e4\u20AC")").text, "A\xc3\xa4\xe2\x82\xac");
  EXPECT_EQ(value_of(R"("\uD83D\uDE00 \u{1F600} \u{41}")").text,
            "\xf0\x9f\x98\x80 \xf0\x9f\x98\x80 A");
  EXPECT_EQ(value_of("\"# no comment, \xc3\xa4\"").text, "# no comment, \xc3\xa4");
}

TEST(Document, EscapesThatAreNoCharacterAreRefused) {
  for (const char* escape :
       {R"(\uD83D)", R"(\uDE00)", R"(\uD83D\u0041)", R"(\u{D83D})", R"(\u{110000})",
        R"(\u{FFFFFFFFFF1})", R"(\u0000)", R"(\uD83D\u{DE00})", R"(\uD83D\n)"}) {
    EXPECT_EQ(refused("{a(b:\"" + std::string(escape) + "\")}"),
              "1:6 Syntax Error: an escape that stands for no character")
        << escape;
  }
  EXPECT_EQ(refused(R"({a(b:"\x")})"), "1:8 Syntax Error: invalid escape sequence");
  EXPECT_EQ(refused(R"({a(b:"\u12")})"), "1:9 Syntax Error: invalid escape sequence");
}

TEST(Document, BlockStringsLoseTheirIndentation) {
  EXPECT_EQ(value_of("\"\"\"\n    Hello,\n      World!\n\n    Yours,\n  \"\"\"").text,
            "Hello,\n  World!\n\nYours,");
  EXPECT_EQ(value_of("\"\"\"  a\n  b\r\n   c\rd \"\"\"").text, "  a\n  b\n   c\nd ");
  EXPECT_EQ(value_of(R"("""say \""" \n""")").text, "say \"\"\" \\n");
  EXPECT_EQ(value_of("\"\"\"\"\"\"").text, "");
  EXPECT_EQ(value_of("\"\"\" \n\t\n \"\"\"").text, "");
}

TEST(Document, CommasCommentsAndByteOrderMarksMeanNothing) {
  const auto document = parsed("\xef\xbb\xbf# first\r\n{,,a,#b\r c\xef\xbb\xbf}# last");
  ASSERT_EQ(document.operations.at(0).selections.size(), 2U);
  EXPECT_EQ(document.operations[0].selections[1].at, (Location{3, 2}));
}

TEST(Document, ColumnsCountCodePoints) {
  EXPECT_EQ(refused("{ a(b: \"\xc3\xa4\xf0\x9f\x98\x80\") ] }"),
            "1:14 Syntax Error: expected a field or a fragment, found \"]\"");
}

TEST(Document, WhatIsWrongIsNamedWithItsPlace) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "1:1 Syntax Error: expected an operation or a fragment, found the end of the document"},
      {"{", "1:2 Syntax Error: expected a field or a fragment, found the end of the document"},
      {"{}", "1:2 Syntax Error: expected a field or a fragment, found \"}\""},
      {"{a(}", "1:4 Syntax Error: expected an argument, found \"}\""},
      {"{a()}", "1:4 Syntax Error: expected an argument, found \")\""},
      {"{a(b)}", "1:5 Syntax Error: expected \":\", found \")\""},
      {"{a(b:)}", "1:6 Syntax Error: expected a value, found \")\""},
      {"{a(b:$)}", "1:7 Syntax Error: expected a name, found \")\""},
      {"{a(b:{c 1})}", "1:9 Syntax Error: expected \":\", found \"1\""},
      {"{a(b:{1})}", "1:7 Syntax Error: expected a field or \"}\", found \"1\""},
      {"{a:}", "1:4 Syntax Error: expected a name, found \"}\""},
      {"{...}", "1:5 Syntax Error: expected \"{\", found \"}\""},
      {"{... on}", "1:8 Syntax Error: expected a name, found \"}\""},
      {"{a @}", "1:5 Syntax Error: expected a name, found \"}\""},
      {"{a}}", "1:4 Syntax Error: expected an operation or a fragment, found \"}\""},
      {"query ($a) {b}", "1:10 Syntax Error: expected \":\", found \")\""},
      {"query ($a: ) {b}", "1:12 Syntax Error: expected a type, found \")\""},
      {"query ($a: [Int) {b}", "1:16 Syntax Error: expected \"]\", found \")\""},
      {"query () {b}", "1:8 Syntax Error: expected a variable, found \")\""},
      {"query Q", "1:8 Syntax Error: expected \"{\", found the end of the document"},
      {"fragment F { a }", "1:12 Syntax Error: expected \"on\" and a type, found \"{\""},
      {"type T { a: Int }",
       "1:1 Syntax Error: expected an operation or a fragment, found \"type\""},
      {"query ($a: Int = $b) {c}", "1:18 Syntax Error: a variable in a constant value"},
      {"query ($a: Int @d(x: [$b])) {c}", "1:23 Syntax Error: a variable in a constant value"},
      {"{\n  a\n  ?\n}", "3:3 Syntax Error: unexpected character"},
      {"{a(b:\"x)}", "1:10 Syntax Error: unterminated string"},
      {"{a(b:\"x\ny\")}", "1:8 Syntax Error: unterminated string"},
      {"{a(b:\"\"\"x)}", "1:12 Syntax Error: unterminated string"},
      {"{a(b:01)}", "1:7 Syntax Error: a number does not end here"},
      {"{a(b:1.)}", "1:8 Syntax Error: a number without digits"},
      {"{a(b:1e)}", "1:8 Syntax Error: a number without digits"},
      {"{a(b:1x)}", "1:7 Syntax Error: a number does not end here"},
      {"{a(b:1.2.3)}", "1:9 Syntax Error: a number does not end here"},
      {"{a(b:-)}", "1:6 Syntax Error: unexpected character"},
      {"{a ..b}", "1:4 Syntax Error: unexpected character"},
      {"{a\x01}", "1:3 Syntax Error: a control character"},
      {"{a(b:\"\xff\")}", "1:1 Syntax Error: not UTF-8"},
  };
  for (const auto& [text, error] : cases) EXPECT_EQ(refused(text), error) << text;
}

TEST(Document, NestingIsRefusedBeforeAnythingRecurses) {
  const auto nested = [](int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += "{a";
    return text + std::string(static_cast<std::size_t>(depth), '}');
  };
  EXPECT_EQ(refused(nested(50)), "accepted");
  EXPECT_EQ(refused(nested(51)), "1:101 Syntax Error: nested deeper than 50");
  const std::string brackets(60'000, '[');
  EXPECT_EQ(refused("{a(b:" + brackets), "1:54 Syntax Error: nested deeper than 50");
}

TEST(Document, TokensAndBytesAreCounted) {
  EXPECT_EQ(refused("{ a b c }", {.tokens = 5}), "accepted");
  EXPECT_EQ(refused("{ a b c }", {.tokens = 4}), "1:9 Syntax Error: more than 4 tokens");
  EXPECT_EQ(refused("{ a }", {.bytes = 4}), "1:1 Syntax Error: longer than 4 bytes");
  std::string fields = "{";
  for (int i = 0; i < 4'998; ++i) fields += "a ";
  EXPECT_EQ(refused(fields + "}"), "accepted");
}

TEST(Type, IsReadAndWrittenAlike) {
  for (const char* text : {"Int", "Int!", "[Int]", "[Int!]!", "[[_a1]!]"}) {
    const auto type = Type::parse(text);
    ASSERT_TRUE(type) << text;
    EXPECT_EQ(to_string(*type), text);
  }
  for (const char* text : {"", "!", "[Int", "Int]", "Int!!", "1a", "[]", "In t", "[Int]x"}) {
    EXPECT_FALSE(Type::parse(text)) << text;
  }
  EXPECT_EQ(to_string(Type("[Int!]!").nullable().item().nullable()), "Int");
}

}  // namespace
}  // namespace monitron::graphql
