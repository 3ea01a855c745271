#include "promql/tests/bed.hpp"

#include <ctime>
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
  const std::string refused = "query processing would need too much memory (limit: 50000 bytes)";
  EXPECT_EQ(bed_.range("x / x", 0, 6'000'000, 60'000), refused);
  EXPECT_EQ(bed_.range("x", 0, 6'000'000, 60'000), refused);
  EXPECT_EQ(bed_.instant("sum_over_time(x[1w:1ms])", 60'000), refused);
  EXPECT_NE(bed_.range("sum(rate(x[5m]))", 0, 6'000'000, 60'000), refused);  // holds one group
}

// Each level keeps its own while what is inside of it is evaluated.
TEST_F(Limited, BytesAreCountedAtEachLevel) {
  bed_.limits.bytes = 1'000'000;
  struct Level {
    std::string before;
    std::string after;
  };
  for (const auto& [before, after] : std::vector<Level>{{"", " + 1"},
                                                        {"vector(2 * (3 - scalar(", ")))"},
                                                        {"absent(", ")"},
                                                        {"absent_over_time(", "[1s:1ms])"},
                                                        {"clamp(", ", 1, 2)"},
                                                        {"clamp_max(", ", 1)"},
                                                        {"round(", ", 2)"},
                                                        {"timestamp(-", ")"},
                                                        {"topk(1, ", ")"},
                                                        {"quantile(0.5, ", ")"},
                                                        {"histogram_quantile(0.5, ", ")"}}) {
    std::string expr = "x{i=\"1\"}";
    EXPECT_EQ(bed_.instant("count_over_time(" + expr + "[10s:1ms])", 60'000), "{i=\"1\"} 10001");
    for (int level = 0; level < 40; ++level) expr = before + expr + after;
    const auto answer = bed_.instant("max_over_time((" + expr + ")[10s:1ms])", 60'000);
    EXPECT_NE(answer.find("(limit: 1000000 bytes)"), std::string::npos)
        << before << after << answer;
  }
}

TEST_F(Limited, WhatIsHeldIsGivenBack) {
  for (const char* text :
       {"x / x", "topk(3, x)", "sum by(i) (x)", "x or x", "sort(-x)", "count_values(\"v\", x)",
        "label_replace(x, \"a\", \"b\", \"\", \"\")", "max_over_time(x[5m:1m])", "x and x",
        "clamp(x, 1, 2 + scalar(x))", "quantile_over_time(scalar(x{i=\"1\"}), x[5m])", "absent(x)",
        "histogram_quantile(0.5, x)", "x @ 5"}) {
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

// The client leaves when `left` series are read.
class Leaving : public Source {
 public:
  Leaving(Source& source, int left) : source_(source), left_(left) {}
  Result<void> select(const Selection& selection, Budget& budget, const Visit& visit) override {
    return source_.select(selection, budget, [&](const Labels& labels, auto samples) {
      if (++read_ == left_) budget.cancel();
      return visit(labels, samples);
    });
  }
  int read() const { return read_; }

 private:
  Source& source_;
  int left_;
  int read_ = 0;
};

TEST_F(Limited, IsCancelledBetweenSeries) {
  for (const char* text :
       {"x", "sum(x + 1 + 1)", "rate(x[5m])", "x * x", "max_over_time(x[9m:])"}) {
    Leaving source(bed_.source(), 10);
    Budget budget(bed_.limits);
    const auto outcome = query_range(*parse(text), {0, 600'000, 60'000}, source, budget);
    ASSERT_FALSE(outcome) << text;
    EXPECT_EQ(outcome.error().fault, Fault::timeout) << text;
    EXPECT_EQ(source.read(), 10) << text;
  }
}

TEST_F(Limited, IsCancelledBetweenRows) {
  for (const char* text :
       {"topk(200, x)", "sum by(i) (x)", "count_values(\"v\", x)", "quantile by(i) (0.5, x)",
        "histogram_quantile(0.5, label_replace(x, \"le\", \"1\", \"\", \"\"))",
        "label_replace(x, \"a\", \"b\", \"\", \"\")", "-{__name__=\"x\"} or x", "sort(x)"}) {
    Leaving source(bed_.source(), 100);
    Budget budget(bed_.limits);
    const auto outcome = query_range(*parse(text), {0, 600'000, 60'000}, source, budget);
    ASSERT_FALSE(outcome) << text;
    EXPECT_EQ(outcome.error().fault, Fault::timeout) << text;
  }
}

// Not anew for each row at each step.
TEST(Matching, LooksOnceWhereTheManyAre) {
  Bed bed;
  constexpr std::int64_t kSteps = 100;
  for (int i = 0; i < 3000; ++i) {
    const auto labels = "{i=\"" + std::to_string(i) + "\"}";
    bed.load("many" + labels, {{(kSteps - 1) * kMinute, 1}});
    bed.load("one" + labels, kMinute, std::vector<double>(kSteps, 1));
  }
  const auto before = std::clock();
  const auto answer = bed.range("many * on() group_left one", 0, (kSteps - 1) * kMinute, kMinute);
  EXPECT_EQ(answer.substr(0, 22), "found duplicate series");
  EXPECT_LT(std::clock() - before, CLOCKS_PER_SEC);
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
