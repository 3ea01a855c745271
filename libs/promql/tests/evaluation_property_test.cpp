// What holds for any samples.

#include "promql/format_value.hpp"
#include "promql/tests/bed.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::promql {
namespace {

// Counters of up to 6 series with jitter, gaps and resets.
Bed counters() {
  Bed bed;
  const int series = *rc::gen::inRange(1, 7);
  for (int i = 0; i < series; ++i) {
    std::vector<Sample> samples;
    std::int64_t time = 0;
    double value = 0;
    const int count = *rc::gen::inRange(0, 60);
    for (int n = 0; n < count; ++n) {
      time += *rc::gen::inRange(1000, *rc::gen::element(20'000, 20'000, 500'000));
      value = *rc::gen::inRange(0, 10) == 0 ? 0 : value + *rc::gen::inRange(0, 100);
      const bool ended = *rc::gen::inRange(0, 20) == 0;
      samples.push_back({time, ended ? kEnded : value});
    }
    bed.load("x{i=\"" + std::to_string(i) + "\",half=\"" + std::to_string(i % 2) + "\"}",
             std::move(samples));
  }
  return bed;
}

Matrix evaluated(Bed& bed, const std::string& text) {
  Budget budget{Limits{}};
  auto outcome = query_range(*parse(text), {0, 1'200'000, 30'000}, bed.source(), budget);
  RC_ASSERT(outcome.has_value());
  return std::get<Matrix>(std::move(outcome->value));
}

void same(const Matrix& a, const Matrix& b) {
  RC_ASSERT(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    RC_ASSERT(a[i].labels == b[i].labels);
    RC_ASSERT(a[i].samples.size() == b[i].samples.size());
    for (std::size_t n = 0; n < a[i].samples.size(); ++n) {
      const auto& x = a[i].samples[n];
      const auto& y = b[i].samples[n];
      RC_ASSERT(x.time_ms == y.time_ms);
      RC_ASSERT(std::abs(x.value - y.value) <= 1e-9 * std::max(1.0, std::abs(x.value)));
    }
  }
}

RC_GTEST_PROP(Evaluation, SumsOfPartsAreTheTotal, ()) {
  Bed bed = counters();
  same(evaluated(bed, "sum(sum without(i) (rate(x[2m])))"), evaluated(bed, "sum(rate(x[2m]))"));
  same(evaluated(bed, "sum by(half) (x)"), evaluated(bed, "sum without(i) (x)"));
  same(evaluated(bed, "sum(x) / count(x)"), evaluated(bed, "avg(x)"));
}

RC_GTEST_PROP(Evaluation, SelectorsCanBeSplit, ()) {
  Bed bed = counters();
  same(evaluated(bed, "rate(x{half=\"0\"}[2m]) or rate(x{half!=\"0\"}[2m])"),
       evaluated(bed, "rate(x[2m])"));
  same(evaluated(bed, "(x and x{half=\"1\"}) or (x unless x{half=\"1\"})"), evaluated(bed, "x"));
}

RC_GTEST_PROP(Evaluation, ARateIsAnIncreaseBySeconds, ()) {
  Bed bed = counters();
  same(evaluated(bed, "rate(x[2m]) * 120"), evaluated(bed, "increase(x[2m])"));
}

RC_GTEST_PROP(Evaluation, ASubqueryWithoutGapsIsTheSelectorItself, ()) {
  Bed bed = counters();
  same(evaluated(bed, "last_over_time(x[5m])"),
       evaluated(bed, "last_over_time(last_over_time(x[5m])[1ms:1s])"));
}

double instant(Bed& bed, const Expr& expr, const Labels& labels, std::int64_t time_ms) {
  Budget budget{Limits{}};
  const auto outcome = query_instant(expr, time_ms, bed.source(), budget);
  RC_ASSERT(outcome.has_value());
  if (const auto* scalar = std::get_if<Scalar>(&outcome->value)) return scalar->sample.value;
  for (const auto& element : std::get<Vector>(outcome->value)) {
    if (element.labels == labels) return element.sample.value;
  }
  return kEnded;
}

TEST(Evaluation, ValuesAreTheShortestDecimalsThatReadBackTheSame) {
  EXPECT_TRUE(rc::check([](std::int64_t digits) {
    const auto value = static_cast<double>(digits) * std::pow(10, *rc::gen::inRange(-30, 10));
    const auto text = format_value(value);
    RC_ASSERT(std::strtod(text.c_str(), nullptr) == value);
    if (std::abs(value) >= 1e-6 && std::abs(value) < 1e21) {
      RC_ASSERT(text == format_plain(value));
    }
  }));
}

// A step of a range is nothing but an instant.
RC_GTEST_PROP(Evaluation, ARangeIsItsInstants, ()) {
  Bed bed = counters();
  const auto* text = *rc::gen::element(
      "x", "rate(x[2m])", "increase(x[7m]) > 3", "topk(2, x)", "x / on(i) group_left() (x > 9)",
      "quantile by(half) (0.3, x)", "deriv(x[3m:20s] offset 1m)", "absent(x)", "resets(x[9m])",
      "absent_over_time(x{i=\"0\"}[1m])", "x unless x > 50", "timestamp(x)", "scalar(sum(x))",
      "predict_linear(x[5m], 60)", "max_over_time(rate(x[2m])[5m:])", "count_values(\"v\", x)");
  const auto expr = *parse(text);
  for (const auto& series : evaluated(bed, text)) {
    for (const auto& [time_ms, value] : series.samples) {
      RC_ASSERT(format_value(instant(bed, expr, series.labels, time_ms)) == format_value(value));
    }
  }
}

}  // namespace
}  // namespace monitron::promql
