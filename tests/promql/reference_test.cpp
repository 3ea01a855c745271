// Expressions by chance over series by chance: what comes out is what Prometheus says.

#include "reference.hpp"

#include "comparison.hpp"
#include "generated.hpp"
#include "promql/parser.hpp"
#include "promql/tests/memory_source.hpp"

#include <gtest/gtest.h>
#include <iostream>

namespace monitron::promql {
namespace {

int number_from(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::atoi(text);
}

class SideBySide : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (prometheus_program().empty()) return;
    const auto series = generated_series(seed());
    for (const auto& one : series) source_.add(one.labels, one.samples);
    reference_ = std::make_unique<Reference>();
    ASSERT_TRUE(reference_->ready());
    ASSERT_EQ(reference_->fill(series), "");
  }
  static void TearDownTestSuite() { reference_.reset(); }

  void SetUp() override {
    if (!reference_) GTEST_SKIP() << "prometheus is not installed";
  }

  static std::uint32_t seed() {
    return static_cast<std::uint32_t>(number_from("PROMQL_REFERENCE_SEED", 1));
  }

  static std::string instant(const std::string& text, std::int64_t time_ms) {
    const auto expr = parse(text);
    const auto answer = reference_->query(text, time_ms);
    if (!expr) return difference(fail(expr.error()), answer);
    Budget budget(Limits{});
    return difference(query_instant(*expr, time_ms, source_, budget), answer);
  }

  static std::string range(const std::string& text, std::int64_t start, std::int64_t end,
                           std::int64_t step) {
    const auto expr = parse(text);
    const auto answer = reference_->query_range(text, start, end, step);
    if (!expr) return difference(fail(expr.error()), answer);
    Budget budget(Limits{});
    return difference(query_range(*expr, {start, end, step}, source_, budget), answer);
  }

  static MemorySource source_;
  static std::unique_ptr<Reference> reference_;
};
MemorySource SideBySide::source_;
std::unique_ptr<Reference> SideBySide::reference_;

TEST_F(SideBySide, ExpressionsByChance) {
  Expressions expressions(seed());
  std::mt19937 random(seed());
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const int count = number_from("PROMQL_REFERENCE_COUNT", 3000);
  int compared = 0;
  while (compared < count && std::chrono::steady_clock::now() < end) {
    const auto text = expressions.any();
    const auto time = kBegin + static_cast<std::int64_t>(random() % (kLength + 600'000));
    const auto step = std::int64_t{1000} * (7 + static_cast<std::int64_t>(random() % 400));
    EXPECT_EQ(instant(text, time), "") << text << " at " << time;
    EXPECT_EQ(range(text, time, time + 40 * step, step), "")
        << text << " from " << time << " step " << step;
    ++compared;
  }
  std::cout << compared << " expressions compared\n";
}

// What an instant query gives of ranges: the samples themselves.
TEST_F(SideBySide, RangesByChance) {
  Expressions expressions(seed());
  for (int i = 0; i < 100; ++i) {
    const auto text = expressions.range(1);
    EXPECT_EQ(instant(text, kBegin + i * 70'000LL), "") << text;
  }
}

// What hardly comes up by chance.
TEST_F(SideBySide, NamesThatTellRowsApart) {
  for (const char* text : {
           "x * on(a) group_left(__name__) y",
           "x > on(a) group_left(__name__) y",
           "x > bool on(a) group_left(__name__) y",
           "abs(x * on(a) group_left(__name__) y)",
           "x * on(a) group_right(__name__) y",
           "{__name__=~\"x|y\"} * on(__name__) {__name__=~\"x|y\"}",
           "{__name__=~\"x|y\",a=\"1\"} * on(__name__) {__name__=~\"x|y\",a=\"1\"}",
           "{__name__=~\"x|y\"} * on(__name__,a) {__name__=~\"x|y\"}",
           "{__name__=~\"x|y\"} > bool on(__name__,a) group_left() {__name__=~\"x|y\"}",
           "{__name__=~\"x|y\"} >= on(__name__,a) {__name__=~\"x|y\"}",
           "histogram_quantile(0.9, {__name__=~\"latency_bucket|delay_bucket\"})",
           "histogram_quantile(0.9, {__name__=~\"latency_bucket|delay_bucket\",job=\"api\"})",
           "histogram_quantile(0.9, {__name__=~\"latency_bucket|weird\"})",
           ("histogram_quantile(0.9, sum by(le,__name__) "
            "({__name__=~\"latency_bucket|delay_bucket\"}))"),
           "histogram_quantile(0.9, sum by(le,job) ({__name__=~\"latency_bucket|delay_bucket\"}))",
           "count_values without(a) (\"__name__\", x)",
           "count_values without(a,le) (\"__name__\", {__name__=~\"x|weird\"})",
           "count_values by(a) (\"__name__\", x)",
           "count_values by(__name__) (\"__name__\", x)",
       }) {
    EXPECT_EQ(instant(text, kBegin + 1'800'000), "") << text;
    EXPECT_EQ(range(text, kBegin, kBegin + kLength, 60'000), "") << text;
  }
}

TEST_F(SideBySide, ParenthesesAndSigns) {
  for (const char* text : {
           "absent((nothing{a=\"1\"}))",
           "absent(((nothing{a=\"1\",b=~\"2\"})))",
           "absent((nothing{a=\"1\"}) @ 1700002000)",
           "absent(nothing{a=\"1\"} @ 1700002000)",
           "absent((nothing{a=\"1\"} @ 1700002000))",
           "absent(+nothing{a=\"1\"})",
           "absent((+nothing{a=\"1\"}))",
           "absent(-nothing{a=\"1\"})",
           "absent_over_time((nothing{a=\"1\"}[5m]))",
           "absent_over_time(((nothing{a=\"1\"}[5m] @ 1700002000)))",
           "absent_over_time((nothing{a=\"1\"}[5m:1m]))",
           "absent_over_time(+nothing{a=\"1\"}[5m:1m])",
           "timestamp(+x)",
           "timestamp((x))",
           "timestamp((+x))",
           "timestamp(+(x))",
           "timestamp(-x)",
           "timestamp(+x @ 1700002000)",
           "rate((requests_total[5m]))",
           "label_replace(x, \"a\", \"$01\", \"a\", \"(.*)\")",
           "label_replace(x, \"a\", \"${01}$1$0$00\", \"a\", \"(.*)\")",
           "label_replace(x, \"a\", \"${01}\", \"a\", \"(?P<n01>.*)\")",
           "label_replace(x, \"a\", \"${12345678}-$1234567890\", \"a\", \"(.*)\")",
       }) {
    EXPECT_EQ(instant(text, kBegin + 1'830'000), "") << text;
    EXPECT_EQ(range(text, kBegin, kBegin + kLength, 61'000), "") << text;
  }
}

TEST_F(SideBySide, FaultsAreToldInTheSameWords) {
  for (const char* text : {
           "requests_total / on(job) memory_bytes{instance=\"a:1\"}",
           "up{instance=\"a:1\"} / on(job,code) group_left(instance) requests_total{code=\"1\"}",
           ("requests_total{code=\"200\"} * on(job) group_left(instance) "
            "max by(job,instance) (up{instance=\"a:1\"})"),
           "rate({__name__=~\"x|y\"}[5m])",
           "abs({__name__=~\"x|y\"})",
           "topk(NaN, x)",
           "topk(1e30, x)",
           "count_values(\"a-b\", x)",
           "label_replace(x, \"1\", \"\", \"a\", \"\")",
           "label_replace(x, \"b\", \"\", \"a\", \"(\")",
           "label_join(x, \"b\", \"\", \"-\")",
           "label_replace(x, \"a\", \"\", \"\", \"\")",
           "holt_winters(x[10m], 1, 0.5)",
           "holt_winters(x[10m], 0.5, -1)",
           "{__name__=~\"x|y\",a=\"1\"} * on(__name__) {__name__=~\"x|y\",a=\"1\"}",
           "histogram_quantile(0.9, {__name__=~\"latency_bucket|delay_bucket\"})",
       }) {
    const auto expr = parse(text);
    ASSERT_TRUE(expr) << text;
    Budget budget(Limits{});
    const auto ours = query_instant(*expr, kBegin + 1'800'000, source_, budget);
    EXPECT_EQ(fault_in(reference_->query(text, kBegin + 1'800'000)), ours ? "" : ours.error().text)
        << text;
  }
}

}  // namespace
}  // namespace monitron::promql
