#include "ingest/time_window.hpp"

#include <gtest/gtest.h>

namespace monitron::ingest {

using namespace std::chrono_literals;

namespace {
const Instant kNow = from_ms(1'700'000'000'000);
}  // namespace

TEST(TimeWindow, ReachesAWeekBackAndTenMinutesAhead) {
  const auto window = TimeWindow::around(kNow, {});
  EXPECT_TRUE(window.contains(to_ms(kNow - 168h)));
  EXPECT_FALSE(window.contains(to_ms(kNow - 168h - 1ms)));
  EXPECT_TRUE(window.contains(to_ms(kNow + 10min)));
  EXPECT_FALSE(window.contains(to_ms(kNow + 10min + 1ms)));
}

TEST(TimeWindow, HistoryGoesBackTo1970AndNoFurther) {
  const auto window = TimeWindow::around(kNow, {.max_age = 24h * 36500, .max_ahead = 0ms});
  EXPECT_TRUE(window.contains(0));
  EXPECT_FALSE(window.contains(-1));
  EXPECT_FALSE(window.contains(to_ms(kNow) + 1));
}

TEST(TimeWindow, WhatIsOutsideIsCountedBySide) {
  const auto window = TimeWindow::around(kNow, {});
  OutsideWindow outside;
  window.count(0, 3, outside);
  window.count(to_ms(kNow + 1h), 2, outside);
  EXPECT_EQ(outside.too_old, 3u);
  EXPECT_EQ(outside.too_new, 2u);
}

TEST(TimeWindow, ARefusalNamesTheSetting) {
  const auto window = TimeWindow::around(kNow, {});
  EXPECT_NE(window.text(0).find("(MONITRON_INGEST_MAX_AGE)"), std::string::npos) << window.text(0);
  EXPECT_NE(window.text(to_ms(kNow + 1h)).find("(MONITRON_INGEST_MAX_AHEAD)"), std::string::npos);
  const auto history = TimeWindow::around(kNow, {.max_age = 24h * 36500});
  EXPECT_EQ(history.text(-1).find("MONITRON"), std::string::npos) << "no setting reaches there";
}

TEST(LedgerMemory, IsAsLongAsABatchIsAcceptedButEnds) {
  EXPECT_EQ(ledger_memory({}), 168h + 10min + 48h);
  EXPECT_EQ(ledger_memory({.max_age = 24h * 36500}), 24h * 32);
}

}  // namespace monitron::ingest
