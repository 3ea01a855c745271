#include "promql/tests/bed.hpp"

#include <gtest/gtest.h>

namespace monitron::promql {
namespace {

class Histogram : public testing::Test {
 protected:
  void bucket(const std::string& bound, double count, const std::string& more = "") {
    bed_.load("b{le=\"" + bound + "\"" + more + "}", kMinute, {count});
  }
  std::string quantile(const std::string& q) {
    return bed_.instant("histogram_quantile(" + q + ", b)", 0);
  }
  Bed bed_;
};

TEST_F(Histogram, InterpolatesInTheBucket) {
  bucket("1", 10);
  bucket("2", 30);
  bucket("+Inf", 40);
  EXPECT_EQ(quantile("0.25"), "{} 1");
  EXPECT_EQ(quantile("0.125"), "{} 0.5");
  EXPECT_EQ(quantile("0.5"), "{} 1.5");
  EXPECT_EQ(quantile("0.9"), "{} 2");  // in the last bucket: its lower bound
  EXPECT_EQ(quantile("1"), "{} 2");
}

TEST_F(Histogram, OutsideOfItsRange) {
  bucket("1", 10);
  bucket("+Inf", 10);
  EXPECT_EQ(quantile("-0.1"), "{} -Inf");
  EXPECT_EQ(quantile("1.1"), "{} +Inf");
  EXPECT_EQ(quantile("NaN"), "{} NaN");
}

TEST_F(Histogram, WithoutTheLastBucketOrObservationsIsNaN) {
  bucket("1", 10);
  EXPECT_EQ(quantile("0.5"), "{} NaN");
  bucket("+Inf", 0, ",a=\"b\"");
  bucket("1", 0, ",a=\"b\"");
  EXPECT_EQ(quantile("0.5"), R"({} NaN; {a="b"} NaN)");
}

TEST_F(Histogram, TheLastBucketAloneIsNaN) {
  bucket("+Inf", 10);
  EXPECT_EQ(quantile("0.5"), "{} NaN");
}

TEST_F(Histogram, NegativeBoundsAreNotInterpolatedFromZero) {
  bucket("-1", 10);
  bucket("1", 20);
  bucket("+Inf", 20);
  EXPECT_EQ(quantile("0.25"), "{} -1");
  EXPECT_EQ(quantile("0.75"), "{} 0");
}

TEST_F(Histogram, BucketsThatShrinkAreMended) {
  bucket("1", 10);
  bucket("2", 5);
  bucket("3", 20);
  bucket("+Inf", 20);
  EXPECT_EQ(quantile("0.75"), "{} 2.5");
}

TEST_F(Histogram, BoundsAreNumbersHoweverWritten) {
  bucket("1.0", 5);
  bucket("1", 5);
  bucket("1e1", 20);
  bucket("Inf", 20);
  bucket("rubbish", 1000);
  EXPECT_EQ(quantile("0.75"), "{} 5.5");
  EXPECT_EQ(bed_.instant("histogram_quantile(0.5, vector(1))", 0), "");
}

TEST_F(Histogram, AnImpossibleBoundIsLeftOut) {
  for (const char* bound : {"NaN", "5", "nan", "1", "+Inf", "2"}) bucket(bound, 10);
  EXPECT_EQ(quantile("0.5"), "{} 0.5");
}

TEST_F(Histogram, MetricsAreNotAddedUp) {
  const std::string both = R"(histogram_quantile(0.5, {__name__=~"b|c"}))";
  bucket("1", 10);
  bucket("+Inf", 10);
  bed_.load(R"(c{le="1"})", {{60'000, 1}});
  bed_.load(R"(c{le="+Inf"})", {{60'000, 1}});
  EXPECT_EQ(bed_.instant(both, 0), "{} 0.5");
  EXPECT_EQ(bed_.instant(both, 60'000), "vector cannot contain metrics with the same labelset");
}

TEST_F(Histogram, EachGroupOfLabelsIsOne) {
  for (const char* job : {",job=\"a\"", ",job=\"b\""}) {
    bucket("1", 10, job);
    bucket("+Inf", 10, job);
  }
  EXPECT_EQ(quantile("0.5"), R"({job="a"} 0.5; {job="b"} 0.5)");
}

}  // namespace
}  // namespace monitron::promql
