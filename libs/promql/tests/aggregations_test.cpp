#include "promql/tests/bed.hpp"

#include <gtest/gtest.h>

namespace monitron::promql {
namespace {

class Aggregations : public testing::Test {
 protected:
  void SetUp() override {
    bed_.load(R"(x{job="a",host="1"})", kMinute, {1});
    bed_.load(R"(x{job="a",host="2"})", kMinute, {3});
    bed_.load(R"(x{job="b",host="1"})", kMinute, {5});
    bed_.load(R"(x{job="b",host="2"})", kMinute, {9});
  }
  std::string at(const std::string& expr) { return bed_.instant(expr, 0); }
  Bed bed_;
};

TEST_F(Aggregations, FoldGroups) {
  EXPECT_EQ(at("sum(x)"), "{} 18");
  EXPECT_EQ(at("sum by(job) (x)"), R"({job="a"} 4; {job="b"} 14)");
  EXPECT_EQ(at("sum without(host) (x)"), R"({job="a"} 4; {job="b"} 14)");
  EXPECT_EQ(at("sum by(__name__, nothing) (x)"), "x 18");
  EXPECT_EQ(at("avg by(job) (x)"), R"({job="a"} 2; {job="b"} 7)");
  EXPECT_EQ(at("min(x)"), "{} 1");
  EXPECT_EQ(at("max(x)"), "{} 9");
  EXPECT_EQ(at("count(x)"), "{} 4");
  EXPECT_EQ(at("group by(job) (x)"), R"({job="a"} 1; {job="b"} 1)");
  EXPECT_EQ(at("stdvar by(job) (x)"), R"({job="a"} 1; {job="b"} 4)");
  EXPECT_EQ(at("stddev by(job) (x)"), R"({job="a"} 1; {job="b"} 2)");
  EXPECT_EQ(at("sum(nothing)"), "");
}

TEST_F(Aggregations, Quantiles) {
  EXPECT_EQ(at("quantile(0.5, x)"), "{} 4");
  EXPECT_EQ(at("quantile by(job) (1, x)"), R"({job="a"} 3; {job="b"} 9)");
  EXPECT_EQ(at("quantile(2, x)"), "{} +Inf");
  EXPECT_EQ(at("quantile(-2, x)"), "{} -Inf");
  EXPECT_EQ(at("quantile(NaN, x)"), "{} NaN");
}

TEST_F(Aggregations, TheLargestAndSmallestKeepTheirLabels) {
  EXPECT_EQ(at("topk(2, x)"), R"(x{host="2", job="b"} 9; x{host="1", job="b"} 5)");
  EXPECT_EQ(at("bottomk(2, x)"), R"(x{host="1", job="a"} 1; x{host="2", job="a"} 3)");
  EXPECT_EQ(at("topk by(host) (1, x)"), R"(x{host="1", job="b"} 5; x{host="2", job="b"} 9)");
  EXPECT_EQ(at("topk(0, x)"), "");
  EXPECT_EQ(at("topk(-1, x)"), "");
  EXPECT_EQ(at("topk(1.9, x)"), R"(x{host="2", job="b"} 9)");
  EXPECT_EQ(at("topk(NaN, x)"), "Scalar value NaN overflows int64");
  EXPECT_EQ(at("topk(1e30, x)"), "Scalar value 1e+30 overflows int64");
}

TEST_F(Aggregations, NaNIsTheLastToBeTaken) {
  bed_.load(R"(x{job="c"})", kMinute, {kNaN});
  EXPECT_EQ(at("topk(1, x)"), R"(x{host="2", job="b"} 9)");
  EXPECT_EQ(at("bottomk(1, x)"), R"(x{host="1", job="a"} 1)");
  EXPECT_EQ(at("count(topk(9, x))"), "{} 5");
  EXPECT_EQ(at("max(x)"), "{} 9");
  EXPECT_EQ(at("min by(job) (x{job=\"c\"})"), R"({job="c"} NaN)");
}

TEST_F(Aggregations, CountValues) {
  bed_.load(R"(x{job="c"})", kMinute, {9});
  EXPECT_EQ(at("count_values(\"v\", x)"), R"({v="1"} 1; {v="3"} 1; {v="5"} 1; {v="9"} 2)");
  EXPECT_EQ(at("count_values by(job) (\"v\", x > 3)"),
            R"({job="b", v="5"} 1; {job="b", v="9"} 1; {job="c", v="9"} 1)");
  EXPECT_EQ(at("count_values(\"v\", vector(1e21))"), R"({v="1000000000000000000000"} 1)");
  EXPECT_EQ(at("count_values without(job) (\"__name__\", count(x))"), "{} 1");
  EXPECT_EQ(at("count_values(\"a-b\", x)"), "invalid label name \"a-b\"");
}

TEST_F(Aggregations, SumsLoseNothing) {
  Bed bed;
  int i = 0;
  for (const double value : {1.0, 1e100, 1.0, -1e100}) {
    bed.load("y{i=\"" + std::to_string(i++) + "\"}", kMinute, {value});
  }
  EXPECT_EQ(bed.instant("sum(y)", 0), "{} 2");
  EXPECT_EQ(bed.instant("avg(y)", 0), "{} 0.5");
}

TEST_F(Aggregations, AveragesOfLargeValuesDoNotOverflow) {
  Bed bed;
  bed.load("y{i=\"1\"}", kMinute, {1.7e308});
  bed.load("y{i=\"2\"}", kMinute, {1.7e308});
  bed.load("z{i=\"1\"}", kMinute, {kInf});
  bed.load("z{i=\"2\"}", kMinute, {1});
  bed.load("opposite{i=\"3\"}", kMinute, {-kInf});
  EXPECT_EQ(bed.instant("avg(y) / 1e308", 0), "{} 1.7");
  EXPECT_EQ(bed.instant("avg(z)", 0), "{} +Inf");
  EXPECT_EQ(bed.instant("avg(z or opposite)", 0), "{} NaN");
}

TEST_F(Aggregations, ByStepInARange) {
  Bed bed;
  bed.load("y{i=\"1\"}", kMinute, {1, 5});
  bed.load("y{i=\"2\"}", kMinute, {2, 3});
  EXPECT_EQ(bed.range("topk(1, y)", 0, 60'000, 60'000), R"(y{i="1"} 5@60000; y{i="2"} 2@0)");
  EXPECT_EQ(bed.range("quantile(time() / 60, y)", 0, 60'000, 60'000), "{} 1@0 5@60000");
  EXPECT_EQ(bed.range("topk(time() / 60, y)", 0, 60'000, 60'000), R"(y{i="1"} 5@60000)");
}

}  // namespace
}  // namespace monitron::promql
