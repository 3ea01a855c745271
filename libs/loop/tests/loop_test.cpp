#include "loop/loop.hpp"

#include <atomic>
#include <csignal>
#include <gtest/gtest.h>
#include <thread>
#include <vector>

namespace monitron::loop {

using namespace std::chrono_literals;

TEST(Loop, PostedTasksRunOnTheLoopInOrder) {
  Loop loop;
  std::vector<int> seen;
  std::thread poster([&] {
    for (int i = 0; i < 1000; ++i) loop.post([&seen, i] { seen.push_back(i); });
    loop.post([&] { loop.stop(); });
  });
  loop.run();
  poster.join();
  ASSERT_EQ(seen.size(), 1000U);
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST(Loop, TimersFireAndStopWhenDestroyed) {
  Loop loop;
  int ticks = 0;
  Timer ticking = loop.every(1ms, [&] {
    if (++ticks == 3) ticking.stop();
  });
  Timer never = loop.after(1ms, [&] { FAIL(); });
  never.stop();
  const Timer end = loop.after(30ms, [&] { loop.stop(); });
  loop.run();
  EXPECT_EQ(ticks, 3);
}

TEST(Loop, ATimerMayReplaceItselfInItsOwnTask) {
  Loop loop;
  Timer timer;
  int fired = 0;
  std::function<void()> again = [&] {
    if (++fired == 5) return loop.stop();
    timer = loop.after(1ms, again);
  };
  timer = loop.after(1ms, again);
  loop.run();
  EXPECT_EQ(fired, 5);
}

TEST(Loop, SigtermReachesTheLoop) {
  Loop loop;
  loop.on_terminate([&] { loop.stop(); });
  loop.post([] { std::raise(SIGTERM); });
  loop.run();
}

TEST(Loop, TasksPostedAfterTheEndAreStillRun) {
  bool ran = false;
  {
    Loop loop;
    loop.post([&] { loop.stop(); });
    loop.run();
    loop.post([&] { loop.post([&] { ran = true; }); });
  }
  EXPECT_TRUE(ran);
}

}  // namespace monitron::loop
