#include "notifier/recording.hpp"

#include "promql/source.hpp"

#include <gtest/gtest.h>

namespace monitron::notifier {
namespace {

store::Rule rule() {
  store::Rule rule;
  rule.id = Uuid::make();
  rule.kind = "recording";
  rule.record = "host:load:sum";
  rule.labels = {{"team", "shop"}, {"job", ""}};
  rule.interval_seconds = 15;
  return rule;
}

// "host:load:sum{host=a,team=shop}=2;"
std::string said(const contracts::Batch& batch) {
  std::string text;
  const auto& block = batch.blocks.at(0);
  const auto series = contracts::unpack_dictionary(block.dictionary);
  for (std::size_t i = 0; i < series->size(); ++i) {
    text += (*series)[i].name + "{";
    for (const auto& [name, value] : (*series)[i].labels) text += name + "=" + value + ",";
    const auto value = block.frames.at(0).values.at(i);
    text += promql::is_stale(value) ? "}ended;" : "}" + std::to_string(int(value)) + ";";
  }
  return text;
}

TEST(Recording, MakesSeriesWithItsNameAndLabels) {
  const auto asked = rule();
  Recording recording(asked);
  const auto batch = recording.record({{{{"host", "a"}, {"job", "x"}, {"team", "y"}}, 2}}, 30'000);
  ASSERT_TRUE(batch && *batch);
  EXPECT_EQ(said(**batch), "host:load:sum{host=a,team=shop,}2;");
  EXPECT_EQ((*batch)->id.source, contracts::kSuite);
  EXPECT_EQ((*batch)->id.epoch, asked.id.bytes);
  EXPECT_EQ((*batch)->id.seq, 30U);
  EXPECT_EQ((*batch)->blocks[0].frames[0].time_ms, 30'000);
  // Whoever evaluates it then makes the same.
  EXPECT_EQ(*Recording(asked).record({{{{"host", "a"}}, 2}}, 30'000), **batch);
}

TEST(Recording, EndsSeriesThatAreGone) {
  Recording recording(rule());
  EXPECT_EQ(*recording.record({}, 0), std::nullopt);
  recording.record({{{{"host", "a"}}, 1}, {{{"host", "b"}}, 2}}, 15'000);
  EXPECT_EQ(said(**recording.record({{{{"host", "b"}}, 3}}, 30'000)),
            "host:load:sum{host=a,team=shop,}ended;host:load:sum{host=b,team=shop,}3;");
  EXPECT_EQ(said(**recording.record({}, 45'000)), "host:load:sum{host=b,team=shop,}ended;");
  EXPECT_EQ(*recording.record({}, 60'000), std::nullopt);
}

TEST(Recording, RefusesTheSameSeriesTwice) {
  Recording recording(rule());
  EXPECT_EQ(recording.record({{{{"job", "a"}}, 1}, {{{"job", "b"}}, 2}}, 0).error().text,
            "vector contains metrics with the same labelset after applying rule labels");
}

TEST(Recording, IsEvaluatedAtTimesThatAllNotifiersHave) {
  const auto asked = rule();
  const auto slot = Recording::slot_at(asked, 1'700'000'000'123);
  EXPECT_LE(slot, 1'700'000'000'123);
  EXPECT_GT(slot, 1'700'000'000'123 - 15'000);
  EXPECT_EQ(slot % 1000, 0);
  EXPECT_EQ(Recording::slot_at(asked, slot), slot);
  EXPECT_EQ(Recording::slot_at(asked, slot + 14'999), slot);
  EXPECT_EQ(Recording::slot_at(asked, slot + 15'000), slot + 15'000);
}

}  // namespace
}  // namespace monitron::notifier
