// Rules on what is unusual, over stored samples (M-003).

#include "rules/anomaly.hpp"

#include "promql/parser.hpp"
#include "promql/tests/memory_source.hpp"

#include <gtest/gtest.h>

namespace monitron::rules {
namespace {

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kNow = 1'795'996'800'000;  // 2026-11-30 00:00 UTC

promql::Labels host(const std::string& name, const char* metric = "requests") {
  return {{"__name__", metric}, {"instance", name}};
}

// Ten by night, a hundred by day.
double usual(std::int64_t time_ms) {
  const auto hour = time_ms / kHour % 24;
  return hour >= 8 && hour < 20 ? 100 : 10;
}

std::vector<promql::Sample> days_of_requests(std::int64_t days) {
  std::vector<promql::Sample> samples;
  for (auto time = kNow - days * kDay; time <= kNow; time += kMinute) {
    samples.push_back({time, usual(time) + static_cast<double>(time / kMinute % 7)});
  }
  return samples;
}

Result<Baselines> learnt(promql::Source& source, const std::string& text,
                         const AnomalyParameters& parameters = {}) {
  promql::Budget budget({});
  return learn_baselines(*promql::parse(text), parameters, kNow, source, budget);
}

TEST(AnomalyRule, LearnsEachSeriesOfItsExpression_M003) {
  promql::MemorySource source;
  source.add(host("a"), days_of_requests(28));
  source.add(host("b"), days_of_requests(14));
  source.add(host("new"), {{kNow - kMinute, 5}, {kNow, 5}});
  const auto baselines = learnt(source, "requests");
  ASSERT_TRUE(baselines) << baselines.error().text;
  EXPECT_EQ(baselines->size(), 2U);
  const AnomalyParameters parameters;
  const promql::Labels a{{"instance", "a"}};
  const auto noon = kNow + kDay / 2, night = kNow + 2 * kHour;
  EXPECT_FALSE(look(*baselines, parameters, a, {noon, 102})->outside);
  EXPECT_TRUE(look(*baselines, parameters, a, {night, 102})->outside) << "the same by night";
  EXPECT_TRUE(look(*baselines, parameters, a, {noon, 12})->outside) << "a drop";
  EXPECT_FALSE(look(*baselines, {.direction = domain::Direction::up}, a, {noon, 12})->outside);
  EXPECT_FALSE(look(*baselines, {.min_change = 200}, a, {noon, 12})->outside);
  EXPECT_FALSE(look(*baselines, parameters, {{"instance", "new"}}, {noon, 1e9}).has_value())
      << "of which nothing was learnt";
}

// What is there for a minute of every quarter of an hour, and what is learnt from it.
TEST(AnomalyRule, SeesAllPhasesOfWhatRepeats) {
  promql::MemorySource source;
  std::vector<promql::Sample> samples;
  for (auto time = kNow - 28 * kDay; time <= kNow; time += kMinute) {
    samples.push_back({time, static_cast<double>(time / kMinute % 15)});
  }
  source.add(host("a"), samples);
  const auto baselines = learnt(source, "requests");
  ASSERT_TRUE(baselines) << baselines.error().text;
  for (int value = 0; value < 15; ++value) {
    EXPECT_FALSE(look(*baselines, {}, {{"instance", "a"}}, {kNow, 1.0 * value})->outside) << value;
  }
}

TEST(AnomalyRule, RefusesWhatItCannotLearn) {
  promql::MemorySource many;
  for (std::size_t i = 0; i <= kMostLearntSeries; ++i) {
    many.add(host("host" + std::to_string(i)), {{kNow - kMinute, 5}});
  }
  const auto too_many = learnt(many, "requests");
  ASSERT_FALSE(too_many);
  EXPECT_EQ(too_many.error().fault, Fault::invalid);
  EXPECT_NE(too_many.error().text.find("1001 series"), std::string::npos) << too_many.error().text;

  promql::MemorySource alike;
  alike.add(host("a"), days_of_requests(3));
  alike.add(host("a", "errors"), days_of_requests(3));
  EXPECT_FALSE(learnt(alike, R"({instance="a"})"));
}

TEST(AnomalyRule, SaysWhatIsUsual) {
  EXPECT_EQ(unusual_text(14.2, {1.1, 2, 3.4}), "is 14.2; usual at this hour: 1.1 to 3.4");
}

}  // namespace
}  // namespace monitron::rules
