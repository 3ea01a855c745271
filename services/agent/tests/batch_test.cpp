// From rounds to batches.

#include "agent/batch.hpp"

#include <gtest/gtest.h>

namespace monitron::agent {
namespace {

const Labels kOwn;

contracts::Batch batch_of(BatchMaker& maker, std::int64_t time_ms,
                          const std::vector<const char*>& connections) {
  Round round{time_ms, Measurements(kOwn), Measurements(kOwn), Measurements(kOwn), {}, {}};
  round.host.add("node_load1", 1);
  for (const auto* name : connections) round.connections.add(name, 7);
  auto batch = contracts::decode_batch(maker.make({}, round));
  EXPECT_TRUE(batch) << batch.error().text;
  return *std::move(batch);
}

TEST(Batches, ACounterThatComesBeganAtZeroARoundBefore) {
  BatchMaker maker;
  const auto first = batch_of(maker, 10'000, {"a_total", "connection_open"});
  EXPECT_TRUE(first.blocks.at(1).points.empty()) << "nothing is known of the time before";
  const auto second =
      batch_of(maker, 20'000, {"a_total", "connection_open", "b_total", "b_open", "b_bucket"});
  const std::vector<contracts::Point> zeros{{2, 10'000, 0}, {4, 10'000, 0}};
  EXPECT_EQ(second.blocks.at(1).points, zeros);
  EXPECT_TRUE(batch_of(maker, 30'000, {"b_total"}).blocks.at(1).points.empty());
  const auto again = batch_of(maker, 40'000, {"a_total", "b_total"});
  EXPECT_EQ(again.blocks.at(1).points, (std::vector<contracts::Point>{{0, 30'000, 0}}));
  EXPECT_TRUE(again.blocks.at(0).points.empty()) << "the host's counters are as old as the host";
}

}  // namespace
}  // namespace monitron::agent
