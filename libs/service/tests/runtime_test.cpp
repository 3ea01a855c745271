#include "service/runtime.hpp"

#include "http/client.hpp"

#include <atomic>
#include <future>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <thread>

namespace monitron::service {
namespace {

http::Response probe(const Runtime& runtime, const std::string& path) {
  const auto url = "http://127.0.0.1:" + std::to_string(runtime.probes_port()) + path;
  return http::fetch({.url = url}).value_or(http::Response{.status = 0});
}

bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace

TEST(Runtime, ReadinessFollowsItsRolesAndMetricsAreServed) {
  std::atomic<bool> healthy = false;
  Runtime runtime({.program = "test", .probes_address = "127.0.0.1:0"});
  runtime.metrics().counter("monitron_test_things_total", "Things.").add(3);
  runtime.ready_when("database", [&]() -> Result<void> {
    if (healthy) return {};
    return fail(Fault::unavailable, "away");
  });
  std::thread running([&] { EXPECT_EQ(runtime.run(), 0); });
  EXPECT_TRUE(eventually([&] {
    const auto answer = probe(runtime, "/readyz?verbose");
    return answer.status == 503 &&
           answer.body.find("database not ready: away") != std::string::npos;
  }));
  EXPECT_EQ(probe(runtime, "/livez").status, 200);
  healthy = true;
  EXPECT_TRUE(eventually([&] { return probe(runtime, "/readyz").status == 200; }));
  EXPECT_TRUE(eventually([&] {
    return probe(runtime, "/metrics").body.find("monitron_test_things_total 3") !=
           std::string::npos;
  }));
  runtime.stop();
  running.join();
}

#ifndef __SANITIZE_ADDRESS__  // its search for leaks needs the opposite
// Scripts of checks may run under the account of every service.
TEST(Runtime, AProgramHidesItsEnvironmentBeforeAnythingElse) {
  std::string name = "monitron-test";
  char* argv[] = {name.data(), nullptr};
  EXPECT_FALSE(handle_flags(1, argv, "test"));
  EXPECT_EQ(prctl(PR_GET_DUMPABLE), 0);
}
#endif

// M-037.
TEST(Runtime, StopHooksRunLastRegisteredFirstAndTasksStop) {
  std::string order;
  std::atomic<int> ticks = 0;
  {
    Runtime runtime({.program = "test", .probes_address = "127.0.0.1:0"});
    runtime.on_stop([&] { order += "1"; });
    runtime.on_stop([&] { order += "2"; });
    runtime.every(std::chrono::milliseconds(1), [&] {
      if (++ticks == 3) runtime.stop();
    });
    EXPECT_EQ(runtime.run(), 0);
  }
  EXPECT_EQ(order, "21");
  EXPECT_GE(ticks, 3);
}

// A program that cannot be put together ends before it has run.
TEST(Runtime, MayEndWithoutHavingRun) {
  Runtime runtime({.program = "test", .probes_address = "127.0.0.1:0"});
  runtime.every(std::chrono::milliseconds(1), [] { FAIL(); });
  runtime.stop();
}

// M-037: under load there is no worker for the hooks; what they wait for may need the loop.
TEST(Runtime, HooksRunWhenNoWorkerIsFree) {
  Runtime runtime({.program = "test",
                   .probes_address = "127.0.0.1:0",
                   .worker_threads = 1,
                   .worker_queue = 1,
                   .grace = std::chrono::seconds(5)});
  std::promise<void> busy, free, turned;
  const auto released = free.get_future().share();
  ASSERT_TRUE(runtime.workers().run([&] {
    busy.set_value();
    released.wait();
  }));
  busy.get_future().wait();
  runtime.on_stop([&] {
    runtime.loop().post([&] { turned.set_value(); });
    turned.get_future().wait();
    free.set_value();
  });
  runtime.stop();
  EXPECT_EQ(runtime.run(), 0);
}

// M-037: an answer that was under way when the signal came does not make it ready again.
TEST(Runtime, IsNotReadyFromTheSignalOn) {
  Runtime runtime({.program = "test", .probes_address = "127.0.0.1:0", .worker_threads = 1});
  std::promise<void> asked, answer, told;
  const auto answered = answer.get_future().share();
  std::atomic<int> times = 0;
  runtime.ready_when("database", [&]() -> Result<void> {
    if (++times == 1) asked.set_value();
    answered.wait();
    return {};
  });
  int status = 0;
  runtime.on_stop([&] {
    EXPECT_TRUE(runtime.workers().run([&] { told.set_value(); }));
    answer.set_value();
    told.get_future().wait();
    status = probe(runtime, "/readyz").status;
  });
  std::thread stopping([&] {
    asked.get_future().wait();
    runtime.stop();
  });
  EXPECT_EQ(runtime.run(), 0);
  stopping.join();
  EXPECT_EQ(status, 503);
}

// M-037.
TEST(RuntimeDeathTest, AHookThatHangsEndsWithTheGrace) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto hang = [] {
    Runtime runtime(
        {.program = "test", .probes_address = "127.0.0.1:0", .grace = std::chrono::seconds(1)});
    runtime.on_stop([] { std::promise<void>().get_future().wait(); });
    runtime.stop();
    std::exit(runtime.run());
  };
  EXPECT_EXIT(hang(), ::testing::ExitedWithCode(1), "");
}

}  // namespace monitron::service
