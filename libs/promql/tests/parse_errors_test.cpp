// What is wrong is told at the place and in the words that users of Prometheus know.

#include "promql/parser.hpp"

#include <gtest/gtest.h>

namespace monitron::promql {
namespace {

struct Wrong {
  std::string_view text;
  std::string_view place;
  std::string_view words;
};

void expect_all(std::initializer_list<Wrong> cases) {
  for (const auto& wrong : cases) {
    const auto expr = parse(wrong.text);
    ASSERT_FALSE(expr) << wrong.text;
    EXPECT_EQ(expr.error().fault, Fault::invalid);
    EXPECT_EQ(expr.error().text,
              std::string(wrong.place) + ": parse error: " + std::string(wrong.words))
        << wrong.text;
  }
}

TEST(ParseErrors, EndsAndParentheses) {
  expect_all({
      {"", "1:1", "no expression found in input"},
      {"# c", "1:1", "no expression found in input"},
      {")", "1:2", "unexpected right parenthesis ')'"},
      {"(", "1:2", "unclosed left parenthesis"},
      {"()", "1:2", "unexpected \")\""},
      {"(foo", "1:5", "unclosed left parenthesis"},
      {"foo)", "1:5", "unexpected right parenthesis ')'"},
      {"foo bar", "1:5", "unexpected identifier \"bar\""},
      {"foo + ", "1:7", "unexpected end of input"},
      {"foo\n+\n*", "3:1", "unexpected <op:*>"},
      {"foo\n  )", "2:4", "unexpected right parenthesis ')'"},
      {"1 2", "1:3", "unexpected number \"2\""},
      {"foo, bar", "1:4", "unexpected \",\""},
      {"* foo", "1:1", "unexpected <op:*>"},
      {"foo <> bar", "1:6", "unexpected <op:>>"},
      {"foo & bar", "1:5", "unexpected character: '&'"},
      {"foo ! bar", "1:5", "unexpected character after '!': ' '"},
      {"foo =~ bar", "1:5", "unexpected character after '=': '~'"},
      {"foo = bar", "1:5", "unexpected \"=\""},
      {"foo.bar", "1:4", "unexpected character: '.'"},
      {"föö", "1:2", "unexpected character: 'ö'"},
  });
}

TEST(ParseErrors, Selectors) {
  expect_all({
      {"foo{", "1:5", "unexpected end of input inside braces"},
      {"foo{a", "1:6", "unexpected end of input inside braces"},
      {"foo{a}", "1:6", "unexpected \"}\" in label matching, expected label matching operator"},
      {"foo{a=}", "1:7", "unexpected \"}\" in label matching, expected string"},
      {"foo{a=b}", "1:7", "unexpected identifier \"b\" in label matching, expected string"},
      {"foo{a=1}", "1:7", "unexpected character inside braces: '1'"},
      {"foo{a==\"x\"}", "1:7", "unexpected \"=\" in label matching, expected string"},
      {"foo{a!\"x\"}", "1:6", "unexpected character after '!' inside braces: '\"'"},
      {"foo{,}", "1:5", "unexpected \",\" in label matching, expected identifier or \"}\""},
      {"foo{a=\"x\" b=\"y\"}", "1:11",
       "unexpected identifier \"b\" in label matching, expected \",\" or \"}\""},
      {"foo{a=\"x\",,b=\"y\"}", "1:11",
       "unexpected \",\" in label matching, expected identifier or \"}\""},
      {"foo{\"a\"=\"x\"}", "1:5",
       "unexpected string \"\\\"a\\\"\" in label matching, expected identifier or \"}\""},
      {"foo{{", "1:5", "unexpected left brace '{'"},
      {"foo{a=~\"(\"}", "1:5", "error parsing regexp: missing closing ): `^(?:()$`"},
      {"{}", "1:1", "vector selector must contain at least one non-empty matcher"},
      {"{a=\"\"}", "1:1", "vector selector must contain at least one non-empty matcher"},
      {"{a=~\".*\"}", "1:1", "vector selector must contain at least one non-empty matcher"},
      {"{a!=\"x\"}", "1:1", "vector selector must contain at least one non-empty matcher"},
      {"foo{__name__=\"x\"}", "1:1", "metric name must not be set twice: \"foo\" or \"x\""},
      {"foo{a=\"x\"}{b=\"y\"}", "1:11", "unexpected \"{\""},
  });
}

TEST(ParseErrors, Durations) {
  expect_all({
      {"foo[", "1:5", "missing unit character in duration"},
      {"foo[5m", "1:7", "unclosed left bracket"},
      {"foo[5]", "1:5", "missing unit character in duration"},
      {"foo[]", "1:5", "missing unit character in duration"},
      {"foo[5i]", "1:5", "bad duration syntax: \"5\""},
      {"foo[1.5h]", "1:5", "not a valid duration string: \"1.5h\""},
      {"foo[30m1h]", "1:5", "not a valid duration string: \"30m1h\""},
      {"foo[0m]", "1:5", "duration must be greater than 0"},
      {"foo[293y]", "1:5", "duration out of range"},
      {"foo[5m,]", "1:7", "unexpected \",\" in subquery or range, expected \":\" or \"]\""},
      {"foo[5m:1]", "1:8",
       "unexpected number \"1\" in subquery selector, expected duration or \"]\""},
      {"foo[5m:1m:1m]", "1:10", "unexpected colon ':'"},
      {"foo[5m:1m offset 1m]", "1:11", "unexpected colon 'o'"},
      {"foo[5m:bar]", "1:8", "unexpected colon 'b'"},
      {"1i", "1:1", "bad number or duration syntax: \"1\""},
      {"5m", "1:1", "unexpected duration \"5m\""},
      {"foo]", "1:4", "unexpected right bracket ']'"},
      {"foo[5m]]", "1:8", "unexpected right bracket ']'"},
      {"foo[5m][5m]", "1:8", "ranges only allowed for vector selectors"},
      {"(foo)[5m]", "1:6", "ranges only allowed for vector selectors"},
      {"foo offset 1m [5m]", "1:15", "no offset modifiers allowed before range"},
      {"foo @ 1 [5m]", "1:9", "no @ modifiers allowed before range"},
      {"foo[5m][5m:]", "1:1", "subquery is only allowed on instant vector, got matrix instead"},
      {"1[5m:]", "1:1", "subquery is only allowed on instant vector, got scalar instead"},
  });
}

TEST(ParseErrors, OffsetAndTime) {
  expect_all({
      {"foo offset", "1:11", "unexpected end of input in offset, expected duration"},
      {"foo offset 5", "1:12", "unexpected number \"5\" in offset, expected duration"},
      {"foo offset +5m", "1:12", "unexpected <op:+> in offset, expected duration"},
      {"foo offset 0s", "1:12", "duration must be greater than 0"},
      {"foo offset 5m offset 5m", "1:1", "offset may not be set multiple times"},
      {"sum(foo) offset 5m", "1:1",
       "offset modifier must be preceded by an instant vector selector or range vector selector or "
       "a subquery"},
      {"foo @", "1:6", "unexpected end of input in @, expected timestamp"},
      {"foo @ start", "1:12", "unexpected end of input in @, expected timestamp"},
      {"foo @ end(1)", "1:11", "unexpected number \"1\" in @, expected timestamp"},
      {"foo @ foo", "1:7", "unexpected identifier \"foo\" in @, expected timestamp"},
      {"foo @ 5m", "1:7", "unexpected duration \"5m\" in @, expected timestamp"},
      {"foo @ Inf", "1:1", "timestamp out of bounds for @ modifier: +Inf"},
      {"foo @ 1 @ 2", "1:1", "@ <timestamp> may not be set multiple times"},
      {"1 @ 2", "1:1",
       "@ modifier must be preceded by an instant vector selector or range vector selector or a "
       "subquery"},
  });
}

TEST(ParseErrors, Aggregations) {
  expect_all({
      {"sum()", "1:1", "no arguments for aggregate expression provided"},
      {"sum foo", "1:5", "unexpected identifier \"foo\""},
      {"sum(foo", "1:8", "unclosed left parenthesis"},
      {"sum(foo,bar)", "1:1",
       "wrong number of arguments for aggregate expression provided, expected 1, got 2"},
      {"sum(foo,)", "1:8", "trailing commas not allowed in function call args"},
      {"sum(,foo)", "1:5", "unexpected \",\" in aggregation"},
      {"sum(foo bar)", "1:9", "unexpected identifier \"bar\" in aggregation"},
      {"sum by", "1:7", "unexpected end of input in grouping opts, expected \"(\""},
      {"sum by (a b) (foo)", "1:11",
       "unexpected identifier \"b\" in grouping opts, expected \",\" or \")\""},
      {"sum by (a:b) (foo)", "1:9",
       "unexpected metric identifier \"a:b\" in grouping opts, expected label"},
      {"sum by (without) (foo)", "1:9", "unexpected <without> in grouping opts, expected label"},
      {"sum by(a) foo", "1:11", "unexpected identifier \"foo\" in aggregation"},
      {"sum by(a)(foo) by (b)", "1:16", "unexpected <by>"},
      {"sum(1)", "1:5", "expected type instant vector in aggregation expression, got scalar"},
      {"sum(foo[5m])", "1:5",
       "expected type instant vector in aggregation expression, got range vector"},
      {"topk(foo)", "1:1",
       "wrong number of arguments for aggregate expression provided, expected 2, got 1"},
      {"topk(foo,bar)", "1:6", "expected type scalar in aggregation parameter, got instant vector"},
      {"topk(1,2)", "1:8", "expected type instant vector in aggregation expression, got scalar"},
      {"count_values(1,foo)", "1:14", "expected type string in aggregation parameter, got scalar"},
      {"quantile(\"0.5\",foo)", "1:10",
       "expected type scalar in aggregation parameter, got string"},
  });
}

TEST(ParseErrors, Functions) {
  expect_all({
      {"rate(foo)", "1:6",
       "expected type range vector in call to function \"rate\", got instant vector"},
      {"rate()", "1:1", "expected 1 argument(s) in call to \"rate\", got 0"},
      {"rate(foo[5m],)", "1:13", "trailing commas not allowed in function call args"},
      {"rate(,foo)", "1:6", "unexpected \",\""},
      {"Rate(foo[5m])", "1:1", "unknown function with name \"Rate\""},
      {"unknown(foo) bar", "1:1", "unknown function with name \"unknown\""},
      {"histogram_quantile(foo,0.9)", "1:20",
       "expected type scalar in call to function \"histogram_quantile\", got instant vector"},
      {"round(foo,1,2)", "1:1", "expected at most 2 argument(s) in call to \"round\", got 3"},
      {"round()", "1:1", "expected at least 1 argument(s) in call to \"round\", got 0"},
      {"label_join(foo,\"a\")", "1:1",
       "expected at least 3 argument(s) in call to \"label_join\", got 2"},
      {"label_join(foo,\"a\",\"b\",\"c\",1)", "1:28",
       "expected type string in call to function \"label_join\", got scalar"},
      {"time(1)", "1:1", "expected 0 argument(s) in call to \"time\", got 1"},
      {"abs(abs(1))", "1:9",
       "expected type instant vector in call to function \"abs\", got scalar"},
      {"clamp(foo,1)", "1:1", "expected 3 argument(s) in call to \"clamp\", got 2"},
      {"sort_by_label(foo,\"a\")", "1:1", "unknown function with name \"sort_by_label\""},
      {"foo:bar(x)", "1:8", "unexpected \"(\""},
  });
}

TEST(ParseErrors, Operators) {
  expect_all({
      {"1 == 1", "1:3", "comparisons between scalars must use BOOL modifier"},
      {"1 and 1", "1:1", "set operator \"and\" not allowed in binary scalar expression"},
      {"foo and 1", "1:1", "set operator \"and\" not allowed in binary scalar expression"},
      {"foo or \"x\"", "1:8",
       "binary expression must contain only scalar and instant vector types"},
      {"foo + bool bar", "1:5", "bool modifier can only be used on comparison operators"},
      {"foo == on(a) bool bar", "1:14", "unexpected <bool>"},
      {"foo + group_left bar", "1:7", "unexpected <group_left>"},
      {"foo + on bar", "1:10", "unexpected identifier \"bar\" in grouping opts, expected \"(\""},
      {"foo + on(a) 1", "1:1", "vector matching only allowed between instant vectors"},
      {"foo and on(a) group_left(b) bar", "1:1", "no grouping allowed for \"and\" operation"},
      {"foo + on(a) group_left(a) bar", "1:5",
       "label \"a\" must not occur in ON and GROUP clause at once"},
      {"-foo[5m]", "1:1",
       "unary expression only allowed on expressions of type scalar or instant vector, got \"range "
       "vector\""},
      {"-\"x\"", "1:1",
       "unary expression only allowed on expressions of type scalar or instant vector, got "
       "\"string\""},
      {"+foo[5m]", "1:1",
       "unary expression only allowed on expressions of type scalar or instant vector, got \"range "
       "vector\""},
      {"foo == bool foo[5m]", "1:13",
       "binary expression must contain only scalar and instant vector types"},
      {"foo on(a) bar", "1:5", "unexpected <on>"},
  });
}

TEST(ParseErrors, NumbersAndStrings) {
  expect_all({
      {"0x", "1:1", "error parsing number: strconv.ParseFloat: parsing \"0x\": invalid syntax"},
      {"1e", "1:1", "error parsing number: strconv.ParseFloat: parsing \"1e\": invalid syntax"},
      {"1a", "1:1", "bad number or duration syntax: \"1\""},
      {"1_000", "1:1", "bad number or duration syntax: \"1\""},
      {"0xffffffffffffffff", "1:1",
       "error parsing number: strconv.ParseFloat: parsing \"0xffffffffffffffff\": invalid syntax"},
      {"1e400", "1:1",
       "error parsing number: strconv.ParseFloat: parsing \"1e400\": value out of range"},
      {"1.2.3", "1:4", "unexpected number \".3\""},
      {"\"x", "1:1", "unterminated quoted string"},
      {"\"a\nb\"", "1:1", "unterminated quoted string"},
      {"`x", "1:1", "unterminated raw string"},
      {"\"\\q\"", "1:1", "unknown escape sequence U+0071 'q'"},
      {"\"\\400\"", "1:1", "escape sequence is an invalid Unicode code point"},
      {"\"\\ud800\"", "1:1", "escape sequence is an invalid Unicode code point"},
      {"\"\\x4g\"", "1:1", "illegal character U+0067 'g' in escape sequence"},
      {"\"\\", "1:1", "escape sequence not terminated"},
      {"foo \"abcdefghijklmnop\"", "1:5", "unexpected string \"\\\"abcdefghi\"..."},
  });
}

}  // namespace
}  // namespace monitron::promql
