#include "promql/labels.hpp"

#include "promql/matcher.hpp"

#include <gtest/gtest.h>

namespace monitron::promql {
namespace {

Matcher made(MatchKind kind, const std::string& value) {
  auto matcher = Matcher::make(kind, "job", value);
  EXPECT_TRUE(matcher) << (matcher ? "" : matcher.error().text);
  return *matcher;
}

TEST(Labels, AreSortedAndTheLastOfEqualNamesStays) {
  const Labels labels{{"b", "1"}, {"a", "2"}, {"b", "3"}, {"c", "4"}, {"c", ""}};
  EXPECT_EQ(labels.pairs(), (std::vector<Labels::Pair>{{"a", "2"}, {"b", "3"}}));
  EXPECT_EQ(labels.get("b"), "3");
  EXPECT_EQ(labels.get("c"), "");
}

TEST(Labels, SetReplacesInsertsAndRemoves) {
  Labels labels{{"b", "1"}};
  labels.set("a", "x");
  labels.set("b", "2");
  labels.set("c", "");
  EXPECT_EQ(labels.str(), R"({a="x", b="2"})");
  labels.remove("a");
  labels.remove("b");
  EXPECT_TRUE(labels.empty());
}

TEST(Labels, ArePrintedLikeASeries) {
  EXPECT_EQ(Labels().str(), "{}");
  const Labels name_alone{{"__name__", "up"}};
  EXPECT_EQ(name_alone.str(), "up");
  const Labels odd{{"__name__", "up"}, {"job", "a\"\\\n\x01\xff"}, {"z", "\xc3\xa4"}};
  EXPECT_EQ(odd.str(), "up{job=\"a\\\"\\\\\\n\\x01\\xff\", z=\"\xc3\xa4\"}");
  const Labels invisible{{"a", "\xc2\xa0\xe2\x80\x8b\xf0\x9f\x98\x80"}};
  EXPECT_EQ(invisible.str(), "{a=\"\\u00a0\\u200b\xf0\x9f\x98\x80\"}");
}

TEST(Matcher, ComparesWholeValues) {
  EXPECT_TRUE(made(MatchKind::equal, "a").matches("a"));
  EXPECT_FALSE(made(MatchKind::equal, "a").matches("ab"));
  EXPECT_TRUE(made(MatchKind::not_equal, "a").matches(""));
  EXPECT_TRUE(made(MatchKind::regex, "a|b").matches("b"));
  EXPECT_FALSE(made(MatchKind::regex, "a|b").matches("xb"));
  EXPECT_FALSE(made(MatchKind::regex, "a|b").matches("bx"));
  EXPECT_TRUE(made(MatchKind::not_regex, "a.*").matches("ba"));
  EXPECT_TRUE(made(MatchKind::regex, "").matches(""));
}

TEST(Matcher, ADotMatchesNoNewlineAsInPrometheus2) {
  EXPECT_FALSE(made(MatchKind::regex, "a.b").matches("a\nb"));
  EXPECT_FALSE(made(MatchKind::regex, "a.*").matches("a\n"));
  EXPECT_TRUE(made(MatchKind::regex, "(?s)a.*").matches("a\nb"));
  EXPECT_FALSE(made(MatchKind::regex, "a").matches("a\n"));
}

TEST(Matcher, AWrongExpressionIsRefusedInWordsThatUsersKnow) {
  const auto text = [](const std::string& value) {
    const auto matcher = Matcher::make(MatchKind::regex, "job", value);
    return matcher ? std::string("accepted") : matcher.error().text;
  };
  EXPECT_EQ(text("(a"), "error parsing regexp: missing closing ): `^(?:(a)$`");
  EXPECT_EQ(text("*a"), "error parsing regexp: missing argument to repetition operator: `*`");
  EXPECT_EQ(text("[a"), "error parsing regexp: missing closing ]: `[a)$`");
  EXPECT_EQ(text("a{1001}"), "error parsing regexp: invalid repeat count: `{1001}`");
  EXPECT_EQ(text("(?=a)"), "error parsing regexp: invalid or unsupported Perl syntax: `(?=`");
}

TEST(Matcher, ArePrinted) { EXPECT_EQ(made(MatchKind::not_regex, "a\"b").str(), R"(job!~"a\"b")"); }

}  // namespace
}  // namespace monitron::promql
