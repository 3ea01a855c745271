#include "promql/tests/bed.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

namespace monitron::promql {
namespace {

std::string value_of(const std::string& expr) {
  Bed bed;
  const auto text = bed.instant(expr, 1'700'000'000'000);  // Tue 2023-11-14 22:13:20
  return text.starts_with("{} ") ? text.substr(3) : text;
}

TEST(MathFunctions, AreWhatTheirNamesSay) {
  EXPECT_EQ(value_of("abs(vector(-2))"), "2");
  EXPECT_EQ(value_of("ceil(vector(1.2))"), "2");
  EXPECT_EQ(value_of("floor(vector(-1.2))"), "-2");
  EXPECT_EQ(value_of("exp(vector(0))"), "1");
  EXPECT_EQ(value_of("ln(vector(0))"), "-Inf");
  EXPECT_EQ(value_of("ln(vector(-1))"), "NaN");
  EXPECT_EQ(value_of("log2(vector(8))"), "3");
  EXPECT_EQ(value_of("log10(vector(1000))"), "3");
  EXPECT_EQ(value_of("sqrt(vector(9))"), "3");
  EXPECT_EQ(value_of("sgn(vector(-0.5))"), "-1");
  EXPECT_EQ(value_of("sgn(vector(0))"), "0");
  EXPECT_EQ(value_of("sgn(vector(NaN))"), "NaN");
  EXPECT_EQ(value_of("deg(vector(pi()))"), "180");
  EXPECT_EQ(value_of("rad(vector(180))"), "3.141592653589793");
  EXPECT_EQ(value_of("cos(vector(0))"), "1");
  EXPECT_EQ(value_of("asin(vector(2))"), "NaN");
}

TEST(MathFunctions, RoundHalfUpToAMultiple) {
  EXPECT_EQ(value_of("round(vector(2.5))"), "3");
  EXPECT_EQ(value_of("round(vector(-2.5))"), "-2");
  EXPECT_EQ(value_of("round(vector(1.26), 0.1)"), "1.3");
  EXPECT_EQ(value_of("round(vector(17), 5)"), "15");
}

TEST(MathFunctions, Clamp) {
  EXPECT_EQ(value_of("clamp(vector(5), 1, 3)"), "3");
  EXPECT_EQ(value_of("clamp(vector(0), 1, 3)"), "1");
  EXPECT_EQ(value_of("clamp(vector(2), 3, 1)"), "");
  EXPECT_EQ(value_of("clamp(vector(2), NaN, 3)"), "NaN");
  EXPECT_EQ(value_of("clamp_min(vector(2), 3)"), "3");
  EXPECT_EQ(value_of("clamp_max(vector(2), 1)"), "1");
  EXPECT_EQ(value_of("clamp_max(vector(NaN), 1)"), "NaN");
  // Zeros have an order as well.
  EXPECT_EQ(value_of("clamp_max(vector(-0), 0)"), "-0");
  EXPECT_EQ(value_of("clamp_max(vector(0), -0)"), "-0");
  EXPECT_EQ(value_of("clamp_min(vector(-0), 0)"), "0");
  EXPECT_EQ(value_of("clamp(vector(1), -0, 0)"), "0");
}

TEST(DateFunctions, OfTheTimeOfEvaluation) {
  EXPECT_EQ(value_of("year()"), "2023");
  EXPECT_EQ(value_of("month()"), "11");
  EXPECT_EQ(value_of("day_of_month()"), "14");
  EXPECT_EQ(value_of("day_of_week()"), "2");
  EXPECT_EQ(value_of("day_of_year()"), "318");
  EXPECT_EQ(value_of("days_in_month()"), "30");
  EXPECT_EQ(value_of("hour()"), "22");
  EXPECT_EQ(value_of("minute()"), "13");
  EXPECT_EQ(value_of("time()"), "1700000000");
}

TEST(DateFunctions, KnowLeapYearsAndTimesBefore1970) {
  EXPECT_EQ(value_of("days_in_month(vector(1709164800))"), "29");   // 2024-02-29
  EXPECT_EQ(value_of("day_of_year(vector(1735603200))"), "366");    // 2024-12-31
  EXPECT_EQ(value_of("days_in_month(vector(-2203977600))"), "28");  // 1900-02-28
  EXPECT_EQ(value_of("year(vector(-1))"), "1969");
  EXPECT_EQ(value_of("minute(vector(-1))"), "59");
  EXPECT_EQ(value_of("day_of_week(vector(0))"), "4");  // a Thursday
}

TEST(ScalarAndVector, TurnIntoEachOther) {
  EXPECT_EQ(value_of("vector(3)"), "3");
  EXPECT_EQ(value_of("scalar(vector(3))"), "3");
  EXPECT_EQ(value_of("scalar(nothing)"), "NaN");
  EXPECT_EQ(value_of("scalar(label_replace(vector(1), \"a\", \"b\", \"\", \"\") or vector(2))"),
            "NaN");
}

TEST(Timestamp, IsThatOfTheSampleOrOfEvaluation) {
  Bed bed;
  bed.load("x{a=\"1\"}", {{30'500, 7}});
  EXPECT_EQ(bed.instant("timestamp(x)", 60'000), R"({a="1"} 30.5)");
  EXPECT_EQ(bed.instant("timestamp(x offset 20s)", 60'000), R"({a="1"} 30.5)");
  EXPECT_EQ(bed.instant("timestamp(x @ 50)", 0), R"({a="1"} 30.5)");
  EXPECT_EQ(bed.instant("timestamp(((x)))", 60'000), R"({a="1"} 30.5)");
  EXPECT_EQ(bed.instant("timestamp(abs(x))", 60'000), R"({a="1"} 60)");
  EXPECT_EQ(bed.instant("timestamp(+x)", 60'000), R"({a="1"} 60)");
  EXPECT_EQ(bed.instant("timestamp((+x))", 60'000), R"({a="1"} 60)");
}

TEST(Absent, HasWhatTheSelectorSays) {
  Bed bed;
  bed.load("x{a=\"1\"}", kMinute, {1});
  EXPECT_EQ(bed.instant("absent(x)", 0), "");
  EXPECT_EQ(bed.instant("absent(y{a=\"1\",b=~\"2\"})", 0), R"({a="1"} 1)");
  EXPECT_EQ(bed.instant("absent(y{a=\"1\",a=\"2\",b=\"3\"})", 0), R"({b="3"} 1)");
  EXPECT_EQ(bed.instant("absent(sum(y{a=\"1\"}))", 0), "{} 1");
  EXPECT_EQ(bed.instant("absent(((y{a=\"1\"})))", 0), R"({a="1"} 1)");
  EXPECT_EQ(bed.instant("absent(+y{a=\"1\"})", 0), "{} 1");
}

TEST(Sort, OrdersAnInstantByValueNaNLast) {
  Bed bed;
  bed.load("x{a=\"1\"}", kMinute, {3});
  bed.load("x{a=\"2\"}", kMinute, {kNaN});
  bed.load("x{a=\"3\"}", kMinute, {1});
  EXPECT_EQ(bed.instant("sort(x)", 0), R"(x{a="3"} 1; x{a="1"} 3; x{a="2"} NaN)");
  EXPECT_EQ(bed.instant("sort_desc(x)", 0), R"(x{a="1"} 3; x{a="3"} 1; x{a="2"} NaN)");
  EXPECT_EQ(bed.instant("sort_desc(x) * 2", 0), R"({a="1"} 6; {a="3"} 2; {a="2"} NaN)");
  EXPECT_EQ(bed.range("sort(x)", 0, 0, 1), R"(x{a="1"} 3@0; x{a="2"} NaN@0; x{a="3"} 1@0)");
}

TEST(LabelReplace, PutsGroupsIntoALabel) {
  Bed bed;
  bed.load("x{a=\"host-7:80\"}", kMinute, {1});
  const auto replaced = [&](const std::string& arguments) {
    return bed.instant("label_replace(x, " + arguments + ")", 0);
  };
  const std::string host = R"(x{a="host-7:80", b="host-7"} 1)";
  const std::string unchanged = R"(x{a="host-7:80"} 1)";
  EXPECT_EQ(replaced("'b', '$1', 'a', '(.*):.*'"), host);
  EXPECT_EQ(replaced("'b', '${2}-$1$$', 'a', '(.*):(.*)'"),
            R"(x{a="host-7:80", b="80-host-7$"} 1)");
  EXPECT_EQ(replaced("'b', '$n', 'a', '(?P<n>.*):.*'"), host);
  EXPECT_EQ(replaced("'b', '$1x', 'a', '(.*)'"), unchanged);  // of a group "1x"
  EXPECT_EQ(replaced("'b', 'c', 'a', 'host'"), unchanged);    // not the whole value
  EXPECT_EQ(replaced("'a', '', 'a', '.*'"), "x 1");
  EXPECT_EQ(replaced("'__name__', 'y', '', ''"), R"(y{a="host-7:80"} 1)");
  EXPECT_EQ(replaced("'a', '$01', 'a', '(.*)'"), "x 1");  // no number, as zeros do not lead
  EXPECT_EQ(replaced("'b', '', 'a', '('"), "invalid regular expression in label_replace(): (");
  EXPECT_EQ(replaced("'1', '', 'a', ''"), "invalid destination label name in label_replace(): 1");
}

TEST(LabelReplace, RefusesToMakeSeriesEqual) {
  Bed bed;
  bed.load("x{a=\"1\"}", kMinute, {1});
  bed.load("x{a=\"2\"}", kMinute, {1});
  EXPECT_EQ(bed.instant("label_replace(x, \"a\", \"\", \"\", \"\")", 0),
            "vector cannot contain metrics with the same labelset");
}

TEST(LabelJoin, JoinsLabels) {
  Bed bed;
  bed.load("x{a=\"1\",b=\"2\"}", kMinute, {1});
  EXPECT_EQ(bed.instant(R"(label_join(x, "c", "-", "b", "a", "nothing"))", 0),
            R"(x{a="1", b="2", c="2-1-"} 1)");
  EXPECT_EQ(bed.instant(R"(label_join(x, "a", ""))", 0), R"(x{b="2"} 1)");
  EXPECT_EQ(bed.instant(R"(label_join(x, "a", "", "0"))", 0),
            "invalid source label name in label_join(): 0");
}

// C-011. Our own: series whose label is an address within one of the networks.
TEST(LabelIp, KeepsWhatIsInOneOfTheNetworks) {
  Bed bed;
  for (const auto* peer : {"10.0.0.1", "10.1.2.0/24", "192.168.0.7", "2001:db8::1", "*", "db-1"}) {
    bed.load("x{peer=\"" + std::string(peer) + "\"}", kMinute, {1});
  }
  bed.load("x", kMinute, {1});
  EXPECT_EQ(bed.instant(R"(label_ip(x, "peer", "10.0.0.0/8"))", 0),
            "x{peer=\"10.0.0.1\"} 1; x{peer=\"10.1.2.0/24\"} 1");
  EXPECT_EQ(bed.instant(R"(label_ip(x, "peer", "192.168.0.7", "2001:db8::/32") > 0)", 0),
            "x{peer=\"192.168.0.7\"} 1; x{peer=\"2001:db8::1\"} 1");
  EXPECT_EQ(bed.instant(R"(count(x unless label_ip(x, "peer", "0.0.0.0/0")))", 0), "{} 4");
  EXPECT_EQ(bed.instant(R"(label_ip(x, "peer", "10.0.0.0/33"))", 0),
            "neither an address nor a network in label_ip(): 10.0.0.0/33");
  EXPECT_EQ(bed.instant(R"(label_ip(x, "0", "10.0.0.0/8"))", 0),
            "invalid label name in label_ip(): 0");
  EXPECT_EQ(bed.instant(R"(label_ip(x, "nothing", "::/0"))", 0), "");
}

TEST(FormatValue, DecimalsOfFewDigitsAreTheShortestToo) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 200'000; ++i) {
    double value = static_cast<double>(random() % 2'000'000'000'000'000) / 1000;
    for (auto tens = random() % 12; tens > 0; --tens) value = std::trunc(value / 10 * 1000) / 1000;
    if (i % 3 == 0) value = std::nextafter(value, 0);
    if (i % 2 == 0) value = -value;
    if (std::abs(value) < 1e-6) continue;
    std::array<char, 64> text{};
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed).ptr;
    ASSERT_EQ(format_value(value), std::string(text.data(), end)) << i;
  }
}

TEST(FormatValue, IsAsPrometheusWritesIt) {
  EXPECT_EQ(format_value(0), "0");
  EXPECT_EQ(format_value(-0.0), "-0");
  EXPECT_EQ(format_value(0.1), "0.1");
  EXPECT_EQ(format_value(-1234.5), "-1234.5");
  EXPECT_EQ(format_value(1e20), "100000000000000000000");
  EXPECT_EQ(format_value(1e21), "1e+21");
  EXPECT_EQ(format_value(1e-6), "0.000001");
  EXPECT_EQ(format_value(1.5e-7), "1.5e-07");
  EXPECT_EQ(format_value(123456789012345678), "123456789012345680");
  EXPECT_EQ(format_value(kNaN), "NaN");
  EXPECT_EQ(format_value(kInf), "+Inf");
  EXPECT_EQ(format_value(-kInf), "-Inf");
}

}  // namespace
}  // namespace monitron::promql
