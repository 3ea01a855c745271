#include "rules/input.hpp"

#include "promql/parser.hpp"

#include <gtest/gtest.h>

namespace monitron::rules {
namespace {

Input input(const std::string& expr) {
  const auto parsed = promql::parse(expr);
  EXPECT_TRUE(parsed) << expr;
  return input_of(*parsed);
}

TEST(Input, IsTheLeftSideOfTheComparisonAtTheTop) {
  const std::pair<const char*, const char*> rows[] = {
      {"a > 1", "a"},
      {"1 < a", "a"},
      {"(rate(a[5m]) > 0.1)", "rate(a[5m])"},
      {"a > 1 and b", "a"},
      {"(a > bool 1) unless on (x) b == 2", "a"},
      {"sum by (x) (a) / b >= c", "sum by (x) (a) / b"},
  };
  for (const auto& [expr, expected] : rows) {
    const auto found = input(expr);
    EXPECT_TRUE(found.is_compared) << expr;
    EXPECT_EQ(promql::to_string(found.expr), expected) << expr;
  }
  for (const auto* expr : {"a", "a > 1 or b > 2", "sum(a > 1)", "absent(a)", "a and b"}) {
    EXPECT_FALSE(input(expr).is_compared) << expr;
  }
}

// What the comparison does with labels, elements of the result must be found by.
TEST(Input, IsKnownByTheLabelsThatTheResultHas) {
  const domain::LabelSet labels = {{"instance", "i"}, {"job", "j"}, {"owner", "o"}};
  const auto key = [&](const std::string& expr) { return input(expr).key(labels); };
  EXPECT_EQ(key("a > 1"), labels);
  EXPECT_EQ(key("a > b"), labels);
  EXPECT_EQ(key("a > on (instance) b"), (domain::LabelSet{{"instance", "i"}}));
  EXPECT_EQ(key("a > ignoring (job) b"), (domain::LabelSet{{"instance", "i"}, {"owner", "o"}}));
  EXPECT_EQ(key("a > on (job) group_left (owner) b"),
            (domain::LabelSet{{"instance", "i"}, {"job", "j"}}));
  EXPECT_EQ(key("a > on (job) group_right b"), (domain::LabelSet{{"job", "j"}}));
}

}  // namespace
}  // namespace monitron::rules
