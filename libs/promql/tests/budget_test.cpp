#include "promql/tests/bed.hpp"

#include <gtest/gtest.h>

namespace monitron::promql {
namespace {

class Limited : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 100; ++i) {
      bed_.load("x{i=\"" + std::to_string(i) + "\"}", kMinute, std::vector<double>(100, i));
    }
  }
  Bed bed_;
};

TEST_F(Limited, SamplesAreCounted) {
  bed_.limits.samples = 1000;
  EXPECT_EQ(bed_.range("rate(x[5m])", 0, 6'000'000, 60'000),
            "query processing would load too many samples into memory in query execution (limit: "
            "1000 samples)");
  EXPECT_EQ(bed_.instant("sum(x)", 60'000), "{} 4950");
}

TEST_F(Limited, BytesAreCountedWhereRowsAreHeld) {
  bed_.limits.bytes = 50'000;
  const std::string refused =
      "query processing would load too many samples into memory in query execution (limit: 50000 "
      "bytes)";
  EXPECT_EQ(bed_.range("x / x", 0, 6'000'000, 60'000), refused);
  EXPECT_EQ(bed_.range("x", 0, 6'000'000, 60'000), refused);
  EXPECT_EQ(bed_.instant("sum_over_time(x[1w:1ms])", 60'000), refused);
  EXPECT_NE(bed_.range("sum(rate(x[5m]))", 0, 6'000'000, 60'000), refused);  // holds one group
}

TEST_F(Limited, WhatIsHeldIsGivenBack) {
  for (const char* text :
       {"x / x", "topk(3, x)", "sum by(i) (x)", "x or x", "sort(-x)", "count_values(\"v\", x)",
        "label_replace(x, \"a\", \"b\", \"\", \"\")", "max_over_time(x[5m:1m])", "x and x"}) {
    const auto expr = parse(text);
    if (!expr) continue;
    Budget budget(bed_.limits);
    ASSERT_TRUE(query_range(*expr, {0, 600'000, 60'000}, bed_.source(), budget)) << text;
    EXPECT_EQ(budget.bytes(), 0u) << text;
  }
}

TEST_F(Limited, StepsAreCounted) {
  EXPECT_EQ(bed_.range("x", 0, 11'001'000, 1000),
            "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query "
            "resolution (?step=XX)");
  EXPECT_NE(bed_.range("sum(x)", 0, 11'000'000, 1000).substr(0, 8), "exceeded");
}

TEST_F(Limited, TimeEnds) {
  bed_.limits.time = std::chrono::milliseconds(0);
  EXPECT_EQ(bed_.instant("x", 0), "query timed out in expression evaluation");
}

TEST_F(Limited, IsCancelled) {
  Budget budget(bed_.limits);
  budget.cancel();
  const auto outcome = query_instant(*parse("x"), 0, bed_.source(), budget);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().fault, Fault::timeout);
  EXPECT_EQ(outcome.error().text, "query was canceled in expression evaluation");
}

TEST_F(Limited, LongChainsAreEvaluated) {
  for (const std::string text : {"1", "x{i=\"1\"}"}) {
    for (const char* op : {" ^ ", " + ", " and "}) {
      if (text == "1" && op == std::string(" and ")) continue;
      std::string chain = text;
      for (int terms = 1; terms < 900; ++terms) chain += op + text;
      EXPECT_LT(bed_.range(chain, 0, 60'000, 60'000).size(), 100u) << op;
    }
  }
}

TEST_F(Limited, RangesMakeSense) {
  EXPECT_EQ(bed_.range("x", 1, 0, 1), "end timestamp must not be before start time");
  EXPECT_EQ(bed_.range("x", 0, 1, 0),
            "zero or negative query resolution step widths are not accepted. Try a positive "
            "integer");
}

}  // namespace
}  // namespace monitron::promql
