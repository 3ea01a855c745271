#include "promql/tests/bed.hpp"

#include <gtest/gtest.h>

namespace monitron::promql {
namespace {

TEST(InstantSelector, TakesTheLastSampleOfFiveMinutes) {
  Bed bed;
  bed.load("x", {{0, 1}, {60'000, 2}});
  EXPECT_EQ(bed.instant("x", -1), "");
  EXPECT_EQ(bed.instant("x", 0), "x 1");
  EXPECT_EQ(bed.instant("x", 59'999), "x 1");
  EXPECT_EQ(bed.instant("x", 60'000), "x 2");
  EXPECT_EQ(bed.instant("x", 360'000), "x 2");  // both ends belong to it
  EXPECT_EQ(bed.instant("x", 360'001), "");
}

TEST(InstantSelector, LooksBackAsFarAsItIsTold) {
  Bed bed;
  bed.options.lookback_ms = 1000;
  bed.load("x", {{0, 1}});
  EXPECT_EQ(bed.instant("x", 1000), "x 1");
  EXPECT_EQ(bed.instant("x", 1001), "");
}

TEST(InstantSelector, ASeriesMarkedAsEndedIsGoneAtOnce) {
  Bed bed;
  bed.load("x", {{0, 1}, {60'000, kEnded}, {120'000, 3}});
  EXPECT_EQ(bed.range("x", 0, 150'000, 30'000), "x 1@0 1@30000 3@120000 3@150000");
}

TEST(InstantSelector, NaNAndInfinityAreValues) {
  Bed bed;
  bed.load("x", kMinute, {kNaN, kInf, -kInf});
  EXPECT_EQ(bed.range("x", 0, 120'000, 60'000), "x NaN@0 +Inf@60000 -Inf@120000");
}

TEST(InstantSelector, OffsetLooksAtAnotherTime) {
  Bed bed;
  bed.load("x", kMinute, {1, 2, 3});
  EXPECT_EQ(bed.instant("x offset 1m", 120'000), "x 2");
  EXPECT_EQ(bed.instant("x offset -1m", 60'000), "x 3");
}

TEST(InstantSelector, AtFixesTheTime) {
  Bed bed;
  bed.load("x", kMinute, {1, 2, 3});
  EXPECT_EQ(bed.range("x @ 60", 0, 120'000, 60'000), "x 2@0 2@60000 2@120000");
  EXPECT_EQ(bed.range("x @ start()", 60'000, 120'000, 60'000), "x 2@60000 2@120000");
  EXPECT_EQ(bed.range("x @ end()", 60'000, 120'000, 60'000), "x 3@60000 3@120000");
  EXPECT_EQ(bed.range("x @ 60 offset 1m", 0, 60'000, 60'000), "x 1@0 1@60000");
}

TEST(InstantSelector, WhatIsFixedIsReadOnce) {
  Bed bed;
  bed.load("x", kMinute, {1, 2, 3});
  bed.range("sum(rate(x[2m] @ 120))", 0, 600'000, 1000);
  ASSERT_EQ(bed.source().selections().size(), 1u);
  EXPECT_EQ(bed.source().selections()[0].from_ms, 0);
  EXPECT_EQ(bed.source().selections()[0].to_ms, 120'000);
  EXPECT_EQ(bed.source().selections()[0].step_ms, 0);
}

TEST(RangeSelector, GivesTheSamplesThemselves) {
  Bed bed;
  bed.load("x{a=\"2\"}", kMinute, {1, 2, kEnded, 4});
  bed.load("x{a=\"1\"}", kMinute, {5});
  EXPECT_EQ(bed.instant("x[2m]", 180'000), R"(x{a="2"} 2@60000 4@180000)");
  EXPECT_EQ(bed.instant("x[3m]", 180'000), R"(x{a="1"} 5@0; x{a="2"} 1@0 2@60000 4@180000)");
}

TEST(RangeSelector, TellsTheSourceWhatForAndWhichWindows) {
  Bed bed;
  bed.range("rate(x[2m] offset 1m)", 600'000, 1'200'000, 15'000);
  ASSERT_EQ(bed.source().selections().size(), 1u);
  const auto& asked = bed.source().selections()[0];
  EXPECT_EQ(asked.function, "rate");
  EXPECT_EQ(asked.range_ms, 120'000);
  EXPECT_EQ(asked.step_ms, 15'000);
  EXPECT_EQ(asked.from_ms, 600'000 - 180'000);
  EXPECT_EQ(asked.to_ms, 1'200'000 - 60'000);
}

TEST(Subquery, IsEvaluatedAtMultiplesOfItsStep) {
  Bed bed;
  bed.load("x", 10'000, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  EXPECT_EQ(bed.instant("x[1m:20s]", 75'000), "x 2@20000 4@40000 6@60000");
  EXPECT_EQ(bed.instant("x[1m:20s]", 80'000), "x 2@20000 4@40000 6@60000 8@80000");
  EXPECT_EQ(bed.instant("x[1m:20s] offset 20s", 95'000), "x 2@20000 4@40000 6@60000");
  EXPECT_EQ(bed.instant("x[40s:20s] @ 45", 95'000), "x 2@20000 4@40000");
}

TEST(Subquery, HasTheIntervalOfRulesAsItsStep) {
  Bed bed;
  bed.load("x", 10'000, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  EXPECT_EQ(bed.instant("count_over_time(x[90s:])", 90'000), "{} 2");
  bed.options.default_step_ms = 30'000;
  EXPECT_EQ(bed.instant("count_over_time(x[90s:])", 90'000), "{} 4");
}

TEST(Subquery, NestsAndTakesFunctions) {
  Bed bed;
  bed.load("x", 10'000, {0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120});
  EXPECT_EQ(bed.instant("max_over_time(rate(x[30s])[1m:10s])", 120'000), "{} 1");
  EXPECT_EQ(bed.instant("sum_over_time(sum_over_time(x[20s:10s])[40s:20s])", 120'000), "{} 810");
}

TEST(Subquery, WithoutAStepInItsRangeIsEmpty) {
  Bed bed;
  bed.load("x", 10'000, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  EXPECT_EQ(bed.instant("sum_over_time(x[10s:1m])", 75'000), "");
}

TEST(Query, EachTypeHasItsResult) {
  Bed bed;
  bed.load("x", kMinute, {1});
  EXPECT_EQ(bed.instant("\"text\"", 0), "text");
  EXPECT_EQ(bed.instant("1 + 1", 0), "2");
  EXPECT_EQ(bed.range("time()", 0, 2000, 1000), "{} 0@0 1@1000 2@2000");
  EXPECT_EQ(bed.range("x[1m]", 0, 2000, 1000),
            "invalid expression type \"range vector\" for range query, must be Scalar or instant "
            "Vector");
  EXPECT_EQ(bed.range("\"a\"", 0, 2000, 1000),
            "invalid expression type \"string\" for range query, must be Scalar or instant "
            "Vector");
}

TEST(Query, ARangeIsSortedByLabels) {
  Bed bed;
  for (const char* a : {"3", "1", "2"}) bed.load("x{a=\"" + std::string(a) + "\"}", kMinute, {1});
  EXPECT_EQ(bed.range("x", 0, 0, 1), R"(x{a="1"} 1@0; x{a="2"} 1@0; x{a="3"} 1@0)");
  EXPECT_EQ(bed.instant("x", 0), R"(x{a="1"} 1; x{a="2"} 1; x{a="3"} 1)");
}

}  // namespace
}  // namespace monitron::promql
