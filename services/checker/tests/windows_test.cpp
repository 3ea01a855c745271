#include "checker/windows.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::checker {

using namespace std::chrono_literals;

namespace {

const Instant kStart = from_ms(1'700'000'000'000);

}  // namespace

// M-105: however irregularly it is asked, no window is left out or sent twice, and none so early
// that a change within the last second before it would come too late.
RC_GTEST_PROP(WindowsProperties, NoWindowIsLeftOutOrSentTwice, ()) {
  Windows windows;
  Instant now = kStart + std::chrono::milliseconds(*rc::gen::inRange(0, 100'000));
  Instant next = windows.due(now).begins.front();
  windows.start(next);
  const auto pauses = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 5000));
  for (const int pause : pauses) {
    now += std::chrono::milliseconds(pause);
    const auto due = windows.due(now);
    RC_ASSERT(!due.missed);
    for (const Instant window : due.begins) {
      RC_ASSERT(window == next);
      RC_ASSERT(window + kWindow - now <= 1s);
      next = window + kWindow;
    }
    RC_ASSERT(windows.next().value() > now);
  }
}

// Clock jumps of +-1 h are harmless: no burst, no standing still, and all that was left out is
// told.
RC_GTEST_PROP(WindowsProperties, JumpsOfTheClockAreHarmless, ()) {
  Windows windows;
  Instant now = kStart;
  (void)windows.due(now);
  const auto jumps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(-3600, 3601));
  for (const int jump : jumps) {
    const Instant before = windows.next().value();
    now += std::chrono::seconds(jump);
    const auto due = windows.due(now);
    RC_ASSERT(due.begins.size() <= 30u);
    if (now > before + kUseful + kWindow) {
      RC_ASSERT(due.missed.has_value());
      RC_ASSERT(due.missed->from == before);
      RC_ASSERT(due.missed->to == due.begins.front());
    }
    // At most ten seconds later it goes on, wherever the clock stands.
    Instant later = now;
    std::size_t sent = due.begins.size();
    for (int i = 0; i < 45; ++i) sent += windows.due(later += 250ms).begins.size();
    RC_ASSERT(sent >= 1u);
    now = later;
  }
}

TEST(Windows, GoOnWhereTheHolderBeforeStopped) {
  Windows windows;
  windows.start(kStart);
  const auto soon = windows.due(kStart + 3s);
  EXPECT_FALSE(soon.missed);
  EXPECT_EQ(soon.begins.front(), kStart) << "late, but of use";
  windows.start(kStart);
  const auto late = windows.due(kStart + 60s);
  ASSERT_TRUE(late.missed);
  EXPECT_EQ(*late.missed, (Span{kStart, kStart + 60s}));
  EXPECT_EQ(late.begins.front(), kStart + 60s);
  windows.start({});
  EXPECT_FALSE(windows.due(kStart).missed) << "the first start ever";
}

TEST(Leadership, TheLastHolderGoesOnWhileTheDatabaseIsAway) {
  Leadership leadership;
  leadership.unreachable();
  EXPECT_FALSE(leadership.leads());
  leadership.held(4);
  leadership.unreachable();
  EXPECT_TRUE(leadership.leads());
  leadership.lost();
  EXPECT_FALSE(leadership.leads());
}

}  // namespace monitron::checker
