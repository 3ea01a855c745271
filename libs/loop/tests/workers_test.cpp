#include "loop/workers.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <latch>

namespace monitron::loop {

TEST(Workers, AFullQueueRefusesAndTakenTasksAllRun) {
  std::atomic<int> done = 0;
  int taken = 0;
  std::latch release(1);
  {
    Workers workers("test", 1, 4);
    std::latch started(1);
    ASSERT_TRUE(workers.run([&] {
      started.count_down();
      release.wait();
      ++done;
    }));
    started.wait();
    for (int i = 0; i < 10; ++i) taken += workers.run([&] { ++done; }) ? 1 : 0;
    EXPECT_EQ(taken, 4);
    EXPECT_EQ(workers.queued(), 4U);
    release.count_down();
  }
  EXPECT_EQ(done, 5);
}

}  // namespace monitron::loop
