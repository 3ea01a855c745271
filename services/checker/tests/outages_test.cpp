#include "checker/outages.hpp"

#include <gtest/gtest.h>

namespace monitron::checker {
namespace {

using namespace std::chrono_literals;

const Instant kNow = from_ms(1'800'000'000'000);

TEST(Outages, WhatIsAskedAboutATimeTouchesIt) {
  Outages outages;
  outages.note(true, 0, kNow);
  outages.note(true, 0, kNow + 10s - 100ms);
  outages.note(false, 0, kNow + 10s);
  outages.note(false, 0, kNow + 15s);
  outages.note(true, 0, kNow + 20s);
  outages.note(true, 0, kNow + 30s);
  EXPECT_EQ(outages.excuse(kNow, kNow + 9s), "");
  EXPECT_NE(outages.excuse(kNow, kNow + 12s).find("the broker was away"), std::string::npos);
  EXPECT_NE(outages.excuse(kNow + 20s, kNow + 40s), "");
  EXPECT_EQ(outages.excuse(kNow + 21s, kNow + 40s), "");
}

TEST(Outages, ALossBetweenTwoLooksIsSeen) {
  Outages outages;
  outages.note(true, 0, kNow);
  outages.note(true, 1, kNow + 10s);
  EXPECT_NE(outages.excuse(kNow + 5s, kNow + 5s), "");
  Outages early;
  early.note(false, 0, kNow);
  early.note(false, 1, kNow + 1s);
  early.note(true, 1, kNow + 20s);
  EXPECT_NE(early.excuse(kNow + 5s, kNow + 5s).find("the broker"), std::string::npos);
}

TEST(Outages, ABrokerThatWasNotThereAtTheStartIsOne) {
  Outages outages;
  outages.note(false, 0, kNow);
  outages.note(false, 0, kNow + 30s);
  outages.note(true, 0, kNow + 60s);
  EXPECT_NE(outages.excuse(kNow + 5s, kNow + 5s), "");
  EXPECT_EQ(outages.excuse(kNow + 61s, kNow + 65s), "");
}

TEST(Outages, WhatOurClockLeftOutIsOne) {
  Outages outages;
  const std::chrono::steady_clock::time_point steady{};
  outages.note(true, 0, kNow);
  EXPECT_FALSE(outages.jumped(kNow, steady));
  EXPECT_FALSE(outages.jumped(kNow + 104s, steady + 100s)) << "slept, or slewed";
  EXPECT_TRUE(outages.jumped(kNow + 1h, steady + 101s));
  EXPECT_NE(outages.excuse(kNow + 10min, kNow + 20min).find("our clock was set"),
            std::string::npos);
  EXPECT_FALSE(outages.jumped(kNow + 1h + 1s, steady + 102s));
  EXPECT_TRUE(outages.jumped(kNow + 103s, steady + 103s)) << "set back";
  EXPECT_NE(outages.excuse(kNow + 103s, kNow + 103s), "");
}

TEST(Outages, IngestThatWasAwayIsOne) {
  Outages outages;
  outages.note(true, 0, kNow);
  outages.note(false, 0, kNow + 1s, "ingest was away");
  EXPECT_NE(outages.excuse(kNow, kNow + 9s).find("ingest was away"), std::string::npos);
}

TEST(Outages, WhatWasNotedBeforeIsKnownToTheNextOne) {
  Outages one;
  one.note(true, 0, kNow);
  one.note(false, 0, kNow + 1s, "ingest was away");
  one.note(true, 0, kNow + 5s);
  Outages next;
  next.note(true, 0, kNow + 60s);
  next.note(false, 0, kNow + 61s);
  next.restore(one.all());
  next.restore(one.all());
  ASSERT_EQ(next.all().size(), 2u) << "each once";
  EXPECT_NE(next.excuse(kNow + 2s, kNow + 3s).find("ingest was away"), std::string::npos);
  EXPECT_EQ(next.excuse(kNow + 10s, kNow + 59s), "");
  next.note(false, 0, kNow + 90s);
  EXPECT_EQ(next.all().back().to, kNow + 90s) << "the one that goes on";
  std::vector<Outages::Outage> many;
  for (int i = 1000; i > 0; --i) many.push_back({kNow - i * 10s, kNow - i * 10s + 1s, "away"});
  next.restore(many);
  EXPECT_LE(next.all().size(), 100u);
  EXPECT_NE(next.excuse(kNow - 10'000s, kNow - 10'000s), "");
}

TEST(Outages, ATakeoverIsNone) {
  Outages outages;
  outages.note(false, 0, kNow);
  outages.note(true, 0, kNow + 1s);
  outages.looked_before(kNow - 8s);
  EXPECT_EQ(outages.excuse(kNow - 1h, kNow + 1h), "");
}

TEST(Outages, NobodyLookedBeforeTheStart) {
  Outages outages;
  outages.looked_before(kNow - 1h);
  outages.note(false, 0, kNow);
  outages.note(true, 0, kNow + 1s);
  EXPECT_NE(outages.excuse(kNow - 30min, kNow - 20min).find("nobody watched"), std::string::npos);
  EXPECT_EQ(outages.excuse(kNow - 3h, kNow - 2h), "");
  EXPECT_EQ(outages.excuse(kNow + 2s, kNow + 1h), "");
}

TEST(Outages, ManyBecomeFewerAndNoneIsLost) {
  Outages outages;
  for (int i = 0; i < 500; ++i) outages.note(i % 2 == 0, 0, kNow + i * 1min);
  EXPECT_NE(outages.excuse(kNow + 1min, kNow + 2min), "");
  EXPECT_NE(outages.excuse(kNow + 499min, kNow + 500min), "");
}

}  // namespace
}  // namespace monitron::checker
