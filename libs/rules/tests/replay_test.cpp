#include "rules/replay.hpp"

#include "promql/parser.hpp"
#include "rules/test_series.hpp"
#include "rules/threshold_query.hpp"

#include <gtest/gtest.h>

namespace monitron::rules {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kMinute = 60'000;

class RuleReplay : public testing::Test {
 protected:
  void SetUp() override { series_.show_until(std::int64_t{1} << 50); }

  // A value each minute from the hour 1 on.
  void load(const std::string& name, const std::string& values) {
    auto samples = *read_series_values(values, kMinute, 100'000);
    for (auto& sample : samples) sample.time_ms += 60 * kMinute;
    series_.put(*read_series_name(name), std::move(samples));
  }
  static ReplayedRule rule(const std::string& expr, std::chrono::minutes hold_for = 0min) {
    return {{"High", {hold_for, 0s}, {{"severity", "warning"}}, {}}, *promql::parse(expr), 1min};
  }
  Replayed pages(const ReplayedRule& rule, int from, int to) {
    promql::Budget budget(limits_);
    const auto done = replay(rule, {minute(from), minute(to)}, series_, budget);
    EXPECT_TRUE(done) << done.error().text;
    return done.value_or(Replayed{});
  }
  static Instant minute(int minute) { return from_ms((60 + minute) * kMinute); }

  TestSeries series_;
  promql::Limits limits_;
};

TEST_F(RuleReplay, TellsWhichPagesWouldHaveBeenSent) {
  load("v{n=\"a\"}", "0x9 5x9 0x9 5x20");
  load("v{n=\"b\"}", "0x14 9x0 0x100");
  const auto done = pages(rule("v > 4", 2min), 0, 45);
  ASSERT_EQ(done.pages.size(), 2U);
  EXPECT_EQ(done.pages[0].fired_at, minute(12));
  EXPECT_EQ(done.pages[0].resolved_at, minute(20));
  EXPECT_EQ(done.pages[0].value, 5);
  EXPECT_EQ(done.pages[0].element, (domain::LabelSet{{"n", "a"}}));
  EXPECT_EQ(done.pages[0].labels,
            (domain::LabelSet{{"alertname", "High"}, {"n", "a"}, {"severity", "warning"}}));
  EXPECT_EQ(done.pages[1].fired_at, minute(32));
  EXPECT_EQ(done.pages[1].resolved_at, std::nullopt);
  EXPECT_FALSE(done.truncated);
  EXPECT_EQ(done.until, minute(45));
}

TEST_F(RuleReplay, WhatHoldsSinceBeforeIsNoPageOfTheRange) {
  load("v", "5x60");
  EXPECT_EQ(pages(rule("v > 4", 10min), 20, 60).pages.size(), 0U);
  EXPECT_EQ(pages(rule("v > 4", 10min), 10, 60).pages.size(), 1U);
}

TEST_F(RuleReplay, ManyIntervalsAreEvaluatedInPieces) {
  load("v", "0x1500 5x9 0x1000 5x9");
  const auto done = pages(rule("v > 4"), 0, 2800);
  ASSERT_EQ(done.pages.size(), 2U);
  EXPECT_EQ(done.pages[0].fired_at, minute(1501));
  EXPECT_EQ(done.pages[1].fired_at, minute(2512));
}

TEST_F(RuleReplay, WhatCannotBeEvaluatedChangesNothing) {
  load("v{n=\"a\"}", "5x20");
  load("w{n=\"a\"}", "5x20");
  load("w{n=\"a\", m=\"b\"}", "_x5 1x2 stale");
  const auto done = pages(rule("v > on(n) w - 1"), 0, 20);
  EXPECT_EQ(done.failed, 3U);
  EXPECT_NE(done.first_failure.find("many-to-many matching not allowed"), std::string::npos)
      << done.first_failure;
  ASSERT_EQ(done.pages.size(), 1U);
  EXPECT_EQ(done.pages[0].fired_at, minute(0));
  EXPECT_EQ(done.pages[0].resolved_at, std::nullopt);
}

TEST_F(RuleReplay, EndsWithItsBudgetAndSaysSo) {
  load("v", "0x1500 5x9 0x1000 5x9");
  limits_.samples = 2100;
  const auto done = pages(rule("v > 4"), 0, 2500);
  EXPECT_TRUE(done.truncated);
  EXPECT_LT(done.until, minute(2400));
  EXPECT_EQ(done.pages.size(), 1U);
}

TEST_F(RuleReplay, RangesAreBounded) {
  promql::Budget budget({});
  EXPECT_FALSE(replay(rule("v"), {minute(0), minute(0) + 745h}, series_, budget));
  EXPECT_FALSE(replay(rule("v"), {minute(1), minute(0)}, series_, budget));
}

TEST_F(RuleReplay, DifferencesAreThosePagesThatOneVersionAloneSends) {
  load("v{n=\"a\"}", "0x9 5x9 0x9 9x9 0x9");
  load("v{n=\"b\"}", "0x19 5x9 0x9");
  const auto before = pages(rule("v > 4"), 0, 50).pages;
  const auto now = pages(rule("v > 8"), 0, 50).pages;
  const auto difference = difference_of(now, before);
  EXPECT_EQ(difference.both, 1U);
  EXPECT_TRUE(difference.only_new.empty());
  ASSERT_EQ(difference.only_old.size(), 2U);
  EXPECT_EQ(difference.only_old[0].element.at("n"), "a");
  EXPECT_EQ(difference.only_old[0].fired_at, minute(10));
  EXPECT_EQ(difference.only_old[1].element.at("n"), "b");
  EXPECT_EQ(difference_of(before, before).both, 3U);
  EXPECT_EQ(difference_of(before, {}).only_new, before);
}

TEST(ThresholdQuery, IsPromqlThatSaysTheSame) {
  const auto threshold = *domain::parse_threshold("a:b{x=\"1\\\"2\"} >= 1e3");
  EXPECT_EQ(query_of(threshold, {{"instance", "h"}}), "a:b{x=\"1\\\"2\", instance=\"h\"} >= 1000");
  EXPECT_EQ(query_of(*domain::parse_threshold("a != 0"), {}), "a != 0");
}

}  // namespace
}  // namespace monitron::rules
