#include "notifier/feed_gaps.hpp"

#include <gtest/gtest.h>

namespace monitron::notifier {
namespace {

TEST(FeedGaps, AreNumbersThatAreLeftOut) {
  FeedGaps gaps;
  contracts::BatchId batch{SourceId{Uuid::make()}, {}, 7};
  const auto note = [&](std::uint64_t seq) {
    batch.seq = seq;
    return gaps.note(batch);
  };
  EXPECT_FALSE(note(7));
  EXPECT_FALSE(note(8));
  EXPECT_FALSE(note(8));  // again
  EXPECT_TRUE(note(10));
  EXPECT_FALSE(note(9));  // late
  EXPECT_FALSE(note(11));
  EXPECT_FALSE(note(0));  // a push
  EXPECT_FALSE(note(12));
  batch.epoch[0] = 1;  // the agent began anew
  EXPECT_FALSE(note(3));
  EXPECT_FALSE(note(4));
  batch.source = SourceId{Uuid::make()};
  EXPECT_FALSE(note(40));
}

}  // namespace
}  // namespace monitron::notifier
