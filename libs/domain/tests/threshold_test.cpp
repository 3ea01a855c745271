// Thresholds (M-002).

#include "domain/threshold.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace monitron::domain {
namespace {

using std::chrono::seconds;

TEST(Threshold, ReadsMetricLabelsAndLimit) {
  const auto threshold = parse_threshold(R"( node_load1{instance="web-1", a="x\"y"} >= 4.5 )");
  ASSERT_TRUE(threshold) << threshold.error().text;
  EXPECT_EQ(threshold->metric, "node_load1");
  EXPECT_EQ(threshold->labels, (LabelSet{{"instance", "web-1"}, {"a", "x\"y"}}));
  EXPECT_TRUE(threshold->holds(4.5));
  EXPECT_FALSE(threshold->holds(4.4));
  EXPECT_FALSE(threshold->holds(std::nan("")));
}

TEST(Threshold, SaysWhatWasExpectedWhere) {
  for (const auto& [text, expected] : {std::pair{"", "metric name expected at position 1"},
                                       {"a{", "label name expected at position 3"},
                                       {"a{b=c} > 1", "quoted value expected at position 5"},
                                       {"a = 1", "one of > >= < <= == != expected at position 3"},
                                       {"a > x", "number expected at position 5"},
                                       {R"(a{b="\)", "quoted value expected at position 7"}}) {
    const auto threshold = parse_threshold(text);
    ASSERT_FALSE(threshold) << text;
    EXPECT_EQ(threshold.error().text, expected);
  }
}

TEST(Threshold, SelectorsAskForEveryLabel) {
  EXPECT_TRUE(selects({}, {{"a", "b"}}));
  EXPECT_TRUE(selects({{"a", "b"}}, {{"a", "b"}, {"c", "d"}}));
  EXPECT_FALSE(selects({{"a", "b"}, {"c", "e"}}, {{"a", "b"}, {"c", "d"}}));
}

TEST(Threshold, SelectorsMayNameLabelsAsPeopleWroteThem) {
  EXPECT_TRUE(selects({{"server-role", "db"}}, {{"server_role", "db"}}));
  EXPECT_TRUE(selects({{"server-role", "db"}}, {{"server-role", "db"}}));
  EXPECT_FALSE(selects({{"server-role", "db"}}, {{"server_role", "web"}}));
}

}  // namespace
}  // namespace monitron::domain
