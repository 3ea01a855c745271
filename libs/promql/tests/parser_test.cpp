#include "promql/parser.hpp"

#include <gtest/gtest.h>
#include <limits>

namespace monitron::promql {
namespace {

std::string printed(std::string_view text) {
  const auto expr = parse(text);
  return expr ? to_string(*expr) : "refused: " + expr.error().text;
}

struct Pair {
  std::string_view text;
  std::string_view printed;
};

void expect_all(std::initializer_list<Pair> pairs) {
  for (const auto& pair : pairs) EXPECT_EQ(printed(pair.text), pair.printed) << pair.text;
}

TEST(Parser, ReadsEveryFormOfNumber) {
  expect_all({{"1", "1"},
              {"0x1F", "31"},
              {"017", "15"},
              {"08", "8"},
              {".5", "0.5"},
              {"5.", "5"},
              {"1e3", "1000"},
              {"1E+3", "1000"},
              {"1e-7", "1e-07"},
              {"1000000", "1e+06"},
              {"1e-400", "0"},
              {"inf", "+Inf"},
              {"-Inf", "-Inf"},
              {"nAn", "NaN"},
              {"-0", "-0"},
              {"--1", "1"},
              {"1 - -1", "1 - -1"}});
}

TEST(Parser, ReadsStringsWithTheirEscapes) {
  expect_all({{"'it\\'s'", R"("it's")"},
              {"`a\\n\n`", R"("a\\n\n")"},
              {R"("\a\b\f\n\r\t\v\\\"")", R"("\a\b\f\n\r\t\v\\\"")"},
              {R"("\x41\101\u00e4\U0001F600")", "\"AA\xc3\xa4\xf0\x9f\x98\x80\""},
              {R"("\377")", R"("\xff")"}});
}

TEST(Parser, OperatorsBindAsPublished) {
  const auto shape = [](std::string_view text) { return parse(text).value(); };
  const auto unary = shape("-2^2");
  const auto& minus = std::get<UnaryMinus>(unary->kind);
  EXPECT_EQ(std::get<Binary>(minus.inner->kind).op, BinaryOp::pow);
  const auto power = shape("2^3^2");
  EXPECT_EQ(to_string(std::get<Binary>(power->kind).right), "3 ^ 2");
  const auto minus_left = shape("a - b - c");
  EXPECT_EQ(to_string(std::get<Binary>(minus_left->kind).left), "a - b");
  const auto sets = shape("a or b and c unless d");
  EXPECT_EQ(to_string(std::get<Binary>(sets->kind).right), "b and c unless d");
  const auto mixed = shape("a + b * c == d");
  EXPECT_EQ(to_string(std::get<Binary>(mixed->kind).left), "a + b * c");
  const auto product = shape("-a * b atan2 c");
  EXPECT_EQ(to_string(std::get<Binary>(product->kind).left), "-a * b");
}

TEST(Parser, KeywordsMayNameMetricsAndLabels) {
  expect_all({{"sum", "sum"},
              {"by + without", "by + without"},
              {"offset offset 5m", "offset offset 5m"},
              {"and and and", "and and and"},
              {"sum by (on, bool, sum, start) (by)", "sum by (on, bool, sum, start) (by)"},
              {"foo{on='a', inf='b', without='c'}", R"(foo{inf="b",on="a",without="c"})"},
              {"SUM BY (A) (x)", "sum by (A) (x)"},
              {":a:b{c!='d'}", R"(:a:b{c!="d"})"}});
}

TEST(Parser, SelectorsTakeOffsetAndTimeInEitherOrder) {
  const auto one = parse("foo[5m] @ 1.5 offset -1h30m").value();
  const auto two = parse("foo[5m] offset -90m @ 1.5").value();
  EXPECT_EQ(to_string(one), "foo[5m] @ 1.500 offset -1h30m");
  EXPECT_EQ(to_string(one), to_string(two));
  EXPECT_EQ(std::get<MatrixSelector>(one->kind).selector.offset_ms, -5'400'000);
  expect_all(
      {{"foo @ start()", "foo @ start()"},
       {"foo @ -0.0005", "foo @ -0.001"},
       {"rate(foo[5m])[10m:1m] @ end() offset 1w", "rate(foo[5m])[10m:1m] @ end() offset 1w"},
       {"foo[1d:] # comment", "foo[1d:]"}});
}

TEST(Parser, DurationsArePrintedShort) {
  expect_all({{"foo[1y2w3d4h5m6s7ms]", "foo[382d4h5m6s7ms]"},
              {"foo[90m]", "foo[1h30m]"},
              {"foo[14d]", "foo[2w]"},
              {"foo[8d]", "foo[8d]"}});
  EXPECT_EQ(parse_duration("1h30m").value(), 5'400'000);
  EXPECT_EQ(parse_duration("0").value(), 0);
  EXPECT_FALSE(parse_duration("30m1h"));
  EXPECT_FALSE(parse_duration("1i"));
  EXPECT_FALSE(parse_duration("300y"));
  EXPECT_FALSE(parse_duration(""));
}

TEST(Parser, MatchingIsKeptBetweenVectorsOnly) {
  const auto matching = [](std::string_view text) {
    return std::get<Binary>(parse(text).value()->kind).matching;
  };
  EXPECT_FALSE(matching("foo + 1"));
  EXPECT_FALSE(matching("foo + on() 1"));
  EXPECT_EQ(matching("foo + bar")->card, VectorMatching::Card::one_to_one);
  EXPECT_EQ(matching("foo and on(a) bar")->card, VectorMatching::Card::many_to_many);
  const auto left = matching("foo == bool on(a, b) group_left(c) bar");
  EXPECT_EQ(left->card, VectorMatching::Card::many_to_one);
  EXPECT_TRUE(left->on);
  EXPECT_EQ(left->labels, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(left->include, (std::vector<std::string>{"c"}));
  expect_all({{"a+ignoring(b)group_right()c", "a + ignoring (b) group_right () c"}});
}

TEST(Parser, AggregationsTakeTheirLabelsBeforeOrBehind) {
  expect_all({{"sum(foo) by (a,)", "sum by (a) (foo)"},
              {"sum without () (foo)", "sum without () (foo)"},
              {"topk(2, foo) without (a)", "topk without (a) (2, foo)"},
              {"count_values('v', foo)", "count_values(\"v\", foo)"}});
}

TEST(Parser, SpansCoverWhatWasWritten) {
  const std::string text = "sum(foo{a='b'} offset 5m) > 2";
  const auto expr = parse(text).value();
  const auto& left = *std::get<Binary>(expr->kind).left;
  EXPECT_EQ(text.substr(left.span.begin, left.span.end - left.span.begin),
            "sum(foo{a='b'} offset 5m)");
  const auto& inner = *std::get<Aggregate>(left.kind).inner;
  EXPECT_EQ(text.substr(inner.span.begin, inner.span.end - inner.span.begin),
            "foo{a='b'} offset 5m");
}

TEST(Parser, HasLimits) {
  const std::string deep(1000, '(');
  EXPECT_EQ(printed(deep + "1" + std::string(1000, ')')),
            "refused: 1:201: parse error: expression is nested deeper than 200 levels");
  EXPECT_EQ(printed(std::string(150, '(') + "1" + std::string(150, ')')).size(), 301u);
  std::string chain = "a";
  for (int terms = 1; terms < 900; ++terms) chain += " or a";
  EXPECT_EQ(printed(chain), chain);
  for (int terms = 0; terms < 200; ++terms) chain += " or a";
  EXPECT_EQ(printed(chain),
            "refused: 1:1: parse error: expression has more than 1000 operations one upon the "
            "other");
  std::string powers = "2";  // whose right side is read first
  for (int terms = 1; terms < 900; ++terms) powers += "^2";
  EXPECT_TRUE(parse(powers));
  for (int terms = 0; terms < 30'000; ++terms) powers += "^2";
  EXPECT_EQ(printed(powers),
            "refused: 1:2003: parse error: expression has more than 1000 operations one upon the "
            "other");
  EXPECT_EQ(printed(std::string(70'000, 'a')),
            "refused: 1:1: parse error: expression is longer than 65536 bytes");
  EXPECT_FALSE(parse(std::string(60'000, '-') + "1"));
  EXPECT_FALSE(parse(std::string(60'000, '{')));
}

TEST(Parser, SelectorsAloneAreReadForMatch) {
  const auto matchers = parse_selector("up{job=~'a.*'}").value();
  ASSERT_EQ(matchers.size(), 2u);
  EXPECT_EQ(matchers[0].str(), R"(job=~"a.*")");
  EXPECT_EQ(matchers[1].str(), R"(__name__="up")");
  EXPECT_EQ(parse_selector("sum").value().size(), 1u);
  EXPECT_EQ(parse_selector("foo[5m]").error().text, R"(1:4: parse error: unexpected "[")");
  EXPECT_EQ(parse_selector("").error().text, "1:1: parse error: unexpected end of input");
  EXPECT_EQ(parse_selector("foo offset 5m").error().text, "1:5: parse error: unexpected <offset>");
}

}  // namespace
}  // namespace monitron::promql
