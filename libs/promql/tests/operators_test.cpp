#include "promql/tests/bed.hpp"

#include <gtest/gtest.h>

namespace monitron::promql {
namespace {

TEST(Scalars, AreComputed) {
  Bed bed;
  EXPECT_EQ(bed.instant("1 + 2 * 3 - 4 / 8", 0), "6.5");
  EXPECT_EQ(bed.instant("2 ^ 3 ^ 2", 0), "512");
  EXPECT_EQ(bed.instant("-2 ^ 2", 0), "-4");
  EXPECT_EQ(bed.instant("-7 % 3", 0), "-1");
  EXPECT_EQ(bed.instant("7.5 % -2", 0), "1.5");
  EXPECT_EQ(bed.instant("1 / 0", 0), "+Inf");
  EXPECT_EQ(bed.instant("0 / 0", 0), "NaN");
  EXPECT_EQ(bed.instant("1 % 0", 0), "NaN");
  EXPECT_EQ(bed.instant("0 atan2 -1", 0), "3.141592653589793");
  EXPECT_EQ(bed.instant("2 > bool 1", 0), "1");
  EXPECT_EQ(bed.instant("NaN == bool NaN", 0), "0");
  EXPECT_EQ(bed.instant("NaN != bool NaN", 0), "1");
}

class Vectors : public testing::Test {
 protected:
  void SetUp() override {
    bed_.load(R"(errors{method="get",code="500"})", kMinute, {24});
    bed_.load(R"(errors{method="get",code="404"})", kMinute, {30});
    bed_.load(R"(errors{method="put",code="501"})", kMinute, {3});
    bed_.load(R"(errors{method="post",code="500"})", kMinute, {6});
    bed_.load(R"(errors{method="post",code="404"})", kMinute, {21});
    bed_.load(R"(requests{method="get"})", kMinute, {600});
    bed_.load(R"(requests{method="del"})", kMinute, {34});
    bed_.load(R"(requests{method="post"})", kMinute, {120});
  }
  std::string at(const std::string& expr) { return bed_.instant(expr, 0); }
  Bed bed_;
};

// The examples of the documentation.
TEST_F(Vectors, MatchOneToOne) {
  EXPECT_EQ(at(R"(errors{code="500"} / ignoring(code) requests)"),
            R"({method="get"} 0.04; {method="post"} 0.05)");
  EXPECT_EQ(at(R"(errors{code="500"} / on(method) requests)"),
            R"({method="get"} 0.04; {method="post"} 0.05)");
}

TEST_F(Vectors, MatchManyToOne) {
  const std::string wanted =
      R"({code="404", method="get"} 0.05; {code="404", method="post"} 0.175; )"
      R"({code="500", method="get"} 0.04; {code="500", method="post"} 0.05)";
  EXPECT_EQ(at("errors / ignoring(code) group_left requests"), wanted);
  EXPECT_EQ(at("1 / (requests / on(method) group_right errors)"), wanted);
}

TEST_F(Vectors, LabelsOfTheOneSideAreTaken) {
  bed_.load(R"(info{method="get",version="7"})", kMinute, {1});
  EXPECT_EQ(at(R"(errors{code="500"} * on(method) group_left(version) info)"),
            R"({code="500", method="get", version="7"} 24)");
  EXPECT_EQ(at(R"(errors{method="get"} * on(method) group_left(code) info)"),
            "multiple matches for labels: grouping labels must ensure unique matches");
}

TEST_F(Vectors, TheNameOfTheOneSideIsALabelToo) {
  EXPECT_EQ(at(R"(errors{method="put"} * on() group_left(__name__) requests{method="del"})"),
            R"(requests{code="501", method="put"} 102)");
  EXPECT_EQ(at(R"(errors{method="put"} < bool on() group_left(__name__) requests{method="del"})"),
            R"({code="501", method="put"} 1)");
  bed_.load(R"(a{x="1"})", kMinute, {2});
  bed_.load(R"(b{x="1"})", {{0, 3}, {60'000, kEnded}});
  bed_.load(R"(c{x="1"})", {{60'000, 5}});
  EXPECT_EQ(
      bed_.range(R"(abs(a * on(x) group_left(__name__) {__name__=~"b|c"}))", 0, 60'000, 60'000),
      R"({x="1"} 6@0 10@60000)");
}

TEST_F(Vectors, RowsOfSeveralGroupsMayNotBecomeEqual) {
  bed_.load(R"(a{x="1"})", {{0, 2}, {60'000, kEnded}});
  bed_.load(R"(b{x="1"})", kMinute, {3});
  const std::string both = R"({__name__=~"a|b"} * on(__name__) {__name__=~"a|b"})";
  EXPECT_EQ(at(both), "vector cannot contain metrics with the same labelset");
  EXPECT_EQ(bed_.instant(both, 60'000), "{} 9");
}

TEST_F(Vectors, SeveralMatchesAreRefusedInWordsThatSayWhich) {
  EXPECT_EQ(at("errors / ignoring(code) requests"),
            "multiple matches for labels: many-to-one matching must be explicit "
            "(group_left/group_right)");
  EXPECT_EQ(at("requests / ignoring(code) errors"),
            "found duplicate series for the match group {method=\"get\"} on the right hand-side of "
            "the operation: [{__name__=\"errors\", code=\"500\", method=\"get\"}, "
            "{__name__=\"errors\", code=\"404\", method=\"get\"}];many-to-many matching not "
            "allowed: matching labels must be unique on one side");
  EXPECT_EQ(at("errors / on(method) group_right requests").substr(0, 89),
            "found duplicate series for the match group {method=\"get\"} on the left hand-side of "
            "the op");
}

TEST_F(Vectors, ComparisonsFilterAndKeepTheLeftValue) {
  EXPECT_EQ(at("requests > 100"), R"(requests{method="get"} 600; requests{method="post"} 120)");
  EXPECT_EQ(at("100 < requests"), R"(requests{method="get"} 600; requests{method="post"} 120)");
  EXPECT_EQ(at("requests > bool 100"), R"({method="del"} 0; {method="get"} 1; {method="post"} 1)");
  EXPECT_EQ(at("requests > ignoring(code) errors{code=\"500\"}"),
            R"(requests{method="get"} 600; requests{method="post"} 120)");
  EXPECT_EQ(at("requests < on(method) errors{code=\"500\"}"), "");
  EXPECT_EQ(at("requests >= on(method) errors{code=\"500\"}"),
            R"({method="get"} 600; {method="post"} 120)");
}

TEST_F(Vectors, ArithmeticDropsTheName) {
  EXPECT_EQ(at("-requests{method=\"get\"}"), R"({method="get"} -600)");
  EXPECT_EQ(at("requests{method=\"get\"} + 1"), R"({method="get"} 601)");
  EXPECT_EQ(at("requests{method=\"get\"} - requests"), R"({method="get"} 0)");
}

TEST_F(Vectors, SetsJoinByLabels) {
  EXPECT_EQ(at("requests and on(method) errors"),
            R"(requests{method="get"} 600; requests{method="post"} 120)");
  EXPECT_EQ(at("requests unless on(method) errors"), R"(requests{method="del"} 34)");
  EXPECT_EQ(at("requests{method=\"del\"} or on(method) errors{method=\"put\"}"),
            R"(errors{code="501", method="put"} 3; requests{method="del"} 34)");
  EXPECT_EQ(at("requests{method=\"get\"} or requests{method=\"get\"} * 2"),
            R"(requests{method="get"} 600)");
}

TEST_F(Vectors, EachStepIsMatchedByItself) {
  Bed bed;
  bed.load(R"(a{x="1"})", kMinute, {1, 1});
  bed.load(R"(b{v="1",x="1"})", {{0, 10}, {60'000, kEnded}});
  bed.load(R"(b{v="2",x="1"})", {{60'000, 20}});
  EXPECT_EQ(bed.range("a + on(x) b", 0, 60'000, 60'000), R"({x="1"} 11@0 21@60000)");
  EXPECT_EQ(bed.range("a * on(x) group_left(v) b", 0, 60'000, 60'000),
            R"({v="1", x="1"} 10@0; {v="2", x="1"} 20@60000)");
}

TEST_F(Vectors, ASeriesThatChangesItsNameGoesOn) {
  Bed bed;
  bed.load("a{x=\"1\"}", {{0, 1}, {60'000, kEnded}});
  bed.load("b{x=\"1\"}", {{60'000, 2}});
  EXPECT_EQ(bed.range("{x=\"1\"} + 0", 0, 60'000, 60'000), R"({x="1"} 1@0 2@60000)");
  EXPECT_EQ(bed.range("a or b + 0", 0, 60'000, 60'000), R"(a{x="1"} 1@0; {x="1"} 2@60000)");
}

}  // namespace
}  // namespace monitron::promql
