#include "promql/tests/bed.hpp"

#include <gtest/gtest.h>

namespace monitron::promql {
namespace {

// Samples at 0, 15, 30, 45, 60 s: the window ends with a sample at both ends.
TEST(Rate, OfAFullWindowIsTheSlope) {
  Bed bed;
  bed.load("x{a=\"b\"}", 15'000, {0, 15, 30, 45, 60});
  EXPECT_EQ(bed.instant("rate(x[1m])", 60'000), R"({a="b"} 1)");
  EXPECT_EQ(bed.instant("increase(x[1m])", 60'000), R"({a="b"} 60)");
  EXPECT_EQ(bed.instant("delta(x[1m])", 60'000), R"({a="b"} 60)");
}

// 10 s before the first sample and after the last one, with 10 s between samples: both count.
TEST(Rate, GoesOnToTheEndsOfTheWindowWhenSamplesAreNear) {
  Bed bed;
  bed.load("x", {{10'000, 100}, {20'000, 110}, {30'000, 120}, {40'000, 130}});
  EXPECT_EQ(bed.instant("increase(x[50s])", 50'000), "{} 50");
}

// 30 s are missing at the end, with 10 s between samples: half a distance is added.
TEST(Rate, GoesOnByHalfADistanceWhenSamplesAreFar) {
  Bed bed;
  bed.load("x", {{0, 100}, {10'000, 110}, {20'000, 120}, {30'000, 130}});
  EXPECT_EQ(bed.instant("increase(x[1m])", 60'000), "{} 35");
}

// The counter was 0 at most 5 s before its first sample, and none of its growth is older.
TEST(Rate, DoesNotGoBackBelowZero) {
  Bed bed;
  bed.load("x", {{10'000, 5}, {20'000, 15}, {30'000, 25}, {40'000, 35}});
  EXPECT_EQ(bed.instant("increase(x[50s])", 50'000), "{} 45");
  EXPECT_EQ(bed.instant("delta(x[50s])", 50'000), "{} 50");
}

TEST(Rate, CountsOnAfterAReset) {
  Bed bed;
  bed.load("x", 10'000, {0, 10, 20, 5, 15, 2, 12});
  // 20 + 15 + 12, over the whole window.
  EXPECT_EQ(bed.instant("increase(x[1m])", 60'000), "{} 47");
  EXPECT_EQ(bed.instant("resets(x[1m])", 60'000), "{} 2");
  EXPECT_EQ(bed.instant("changes(x[1m])", 60'000), "{} 6");
}

TEST(Rate, NeedsTwoSamples) {
  Bed bed;
  bed.load("x", kMinute, {1, 2});
  for (const char* name : {"rate", "increase", "delta", "irate", "idelta", "deriv"}) {
    EXPECT_EQ(bed.instant(std::string(name) + "(x[59s])", 60'000), "") << name;
  }
}

TEST(Rate, OfTheLastTwoSamples) {
  Bed bed;
  bed.load("x", 10'000, {0, 100, 120, 150, 30});
  EXPECT_EQ(bed.instant("irate(x[1m])", 30'000), "{} 3");
  EXPECT_EQ(bed.instant("irate(x[1m])", 40'000), "{} 3");  // after a reset: 30 in 10 s
  EXPECT_EQ(bed.instant("idelta(x[1m])", 40'000), "{} -120");
}

TEST(Windows, AreClosedAtBothEnds) {
  Bed bed;
  bed.load("x", 10'000, {1, 1, 1, 1});
  EXPECT_EQ(bed.instant("count_over_time(x[20s])", 30'000), "{} 3");
  EXPECT_EQ(bed.range("count_over_time(x[20s])", 0, 60'000, 10'000),
            "{} 1@0 2@10000 3@20000 3@30000 2@40000 1@50000");
}

TEST(OverTime, AggregatesTheWindow) {
  Bed bed;
  bed.load("x{a=\"b\"}", 10'000, {2, 4, 4, 4, 5, 5, 7, 9});
  const auto at = [&](const std::string& call) { return bed.instant(call, 70'000); };
  EXPECT_EQ(at("sum_over_time(x[2m])"), R"({a="b"} 40)");
  EXPECT_EQ(at("avg_over_time(x[2m])"), R"({a="b"} 5)");
  EXPECT_EQ(at("min_over_time(x[2m])"), R"({a="b"} 2)");
  EXPECT_EQ(at("max_over_time(x[2m])"), R"({a="b"} 9)");
  EXPECT_EQ(at("stddev_over_time(x[2m])"), R"({a="b"} 2)");
  EXPECT_EQ(at("stdvar_over_time(x[2m])"), R"({a="b"} 4)");
  EXPECT_EQ(at("quantile_over_time(0.5, x[2m])"), R"({a="b"} 4.5)");
  EXPECT_EQ(at("quantile_over_time(-1, x[2m])"), R"({a="b"} -Inf)");
  EXPECT_EQ(at("quantile_over_time(2, x[2m])"), R"({a="b"} +Inf)");
  EXPECT_EQ(at("present_over_time(x[2m])"), R"({a="b"} 1)");
  EXPECT_EQ(at("last_over_time(x[2m])"), R"(x{a="b"} 9)");  // the one that keeps the name
}

TEST(OverTime, LosesNoSmallValueBesideLargeOnes) {
  Bed bed;
  bed.load("x", 10'000, {1, 1e100, 1, -1e100});
  EXPECT_EQ(bed.instant("sum_over_time(x[1m])", 30'000), "{} 2");
  EXPECT_EQ(bed.instant("avg_over_time(x[1m])", 30'000), "{} 0.5");
}

TEST(OverTime, ExtremesPassOverNaN) {
  Bed bed;
  bed.load("x", 10'000, {kNaN, 3, kNaN, 1});
  EXPECT_EQ(bed.instant("max_over_time(x[1m])", 30'000), "{} 3");
  EXPECT_EQ(bed.instant("min_over_time(x[1m])", 30'000), "{} 1");
  EXPECT_EQ(bed.instant("min_over_time(x[1m])", 0), "{} NaN");
  EXPECT_EQ(bed.instant("changes(x[1m])", 30'000), "{} 3");
}

TEST(OverTime, InfinitiesOfOneSignHaveAMean) {
  Bed bed;
  bed.load("x", 10'000, {kInf, 1, kInf});
  EXPECT_EQ(bed.instant("avg_over_time(x[1m])", 20'000), "{} +Inf");
  bed.load("y", 10'000, {kInf, -kInf});
  EXPECT_EQ(bed.instant("avg_over_time(y[1m])", 20'000), "{} NaN");
}

TEST(Trend, IsTheLineThroughTheSamples) {
  Bed bed;
  bed.load("x", 10'000, {0, 20, 40, 60});
  EXPECT_EQ(bed.instant("deriv(x[1m])", 30'000), "{} 2");
  EXPECT_EQ(bed.instant("predict_linear(x[1m], 60)", 30'000), "{} 180");
  EXPECT_EQ(bed.instant("predict_linear(x[1m], 60)", 40'000), "{} 200");
}

TEST(Trend, OfEqualValuesIsLevel) {
  Bed bed;
  bed.load("x", 10'000, {7, 7, 7});
  EXPECT_EQ(bed.instant("deriv(x[1m])", 30'000), "{} 0");
  EXPECT_EQ(bed.instant("predict_linear(x[1m], 3600)", 30'000), "{} 7");
  bed.load("y", 10'000, {kInf, kInf});
  EXPECT_EQ(bed.instant("deriv(y[1m])", 30'000), "{} NaN");
}

// s1 = 2, b = 2; x = .5 * 4 + .5 * (2 + 2) = 4; then b stays 2 and the level goes on.
TEST(Trend, SmoothsTwice) {
  Bed bed;
  bed.load("x", 10'000, {2, 4, 6, 8});
  EXPECT_EQ(bed.instant("holt_winters(x[1m], 0.5, 0.5)", 30'000), "{} 8");
  EXPECT_EQ(bed.instant("holt_winters(x[1m], 1, 0.5)", 30'000),
            "invalid smoothing factor. Expected: 0 < sf < 1, got: 1.000000");
  EXPECT_EQ(bed.instant("holt_winters(x[1m], 0.5, 0)", 30'000),
            "invalid trend factor. Expected: 0 < tf < 1, got: 0.000000");
}

TEST(AbsentOverTime, HasWhatTheSelectorSays) {
  Bed bed;
  bed.load("x{a=\"1\"}", kMinute, {1});
  EXPECT_EQ(bed.instant("absent_over_time(x{a=\"1\"}[5m])", 0), "");
  EXPECT_EQ(bed.instant("absent_over_time(y{a=\"1\",b=~\"2\",c!=\"3\"}[5m])", 0), R"({a="1"} 1)");
  EXPECT_EQ(bed.instant("absent_over_time((y{a=\"1\"}[5m]))", 0), R"({a="1"} 1)");
  EXPECT_EQ(bed.instant("absent_over_time(rate(y[5m])[5m:])", 0), "{} 1");
  EXPECT_EQ(bed.range("absent_over_time(x[1m])", 0, 180'000, 60'000), "{} 1@120000 1@180000");
}

TEST(RangeFunctions, OfNamesThatBecomeEqualAreRefused) {
  Bed bed;
  bed.load("x{a=\"1\"}", kMinute, {1, 2});
  bed.load("y{a=\"1\"}", kMinute, {1, 2});
  const std::string refused = "vector cannot contain metrics with the same labelset";
  EXPECT_EQ(bed.instant("rate({a=\"1\"}[5m])", 60'000), refused);
  EXPECT_EQ(bed.instant("-{a=\"1\"}", 60'000), refused);
  EXPECT_EQ(bed.instant("abs({a=\"1\"})", 60'000), refused);
  EXPECT_EQ(bed.instant("count(last_over_time({a=\"1\"}[5m]))", 60'000), "{} 2");
}

}  // namespace
}  // namespace monitron::promql
