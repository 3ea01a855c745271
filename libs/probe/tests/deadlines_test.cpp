// The wheel of time limits, on a real loop.

#include "probe/deadlines.hpp"

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <vector>

namespace monitron::probe {

using namespace std::chrono_literals;

namespace {

SteadyInstant now() { return std::chrono::steady_clock::now(); }

class Limit : public Deadline {
 public:
  std::function<void()> task = [] {};
  SteadyInstant called{};
  int calls = 0;
  using Deadline::clear;

 private:
  void passed() override {
    ++calls;
    called = now();
    task();
  }
};

}  // namespace

TEST(Deadlines, AreNeverEarlyAndAreCalledOnce) {
  loop::Loop loop;
  Deadlines deadlines(loop);
  std::vector<std::unique_ptr<Limit>> limits;
  const auto begun = now();
  int left = 40;
  for (int i = 0; i < 40; ++i) {
    limits.push_back(std::make_unique<Limit>());
    limits.back()->task = [&] {
      if (--left == 0) loop.stop();
    };
    deadlines.set(*limits.back(), begun + i * 7ms);
  }
  loop.run();
  for (int i = 0; i < 40; ++i) {
    EXPECT_EQ(limits[static_cast<std::size_t>(i)]->calls, 1);
    EXPECT_GE(limits[static_cast<std::size_t>(i)]->called, begun + i * 7ms);
  }
}

TEST(Deadlines, WhatIsClearedIsNotCalledAndOneMayClearAnotherOfTheSameTick) {
  loop::Loop loop;
  Deadlines deadlines(loop);
  Limit one;
  Limit other;
  Limit last;
  const auto when = now() + 20ms;
  one.task = [&] { other.clear(); };
  other.task = [&] { one.clear(); };
  last.task = [&] { loop.stop(); };
  deadlines.set(one, when);
  deadlines.set(other, when);
  deadlines.set(last, when + 30ms);
  {
    Limit gone;
    deadlines.set(gone, when);
  }
  loop.run();
  EXPECT_EQ(one.calls + other.calls, 1);
}

TEST(Deadlines, MayBeSetAgainFromWithinAndBeyondOneTurnOfTheWheel) {
  loop::Loop loop;
  Deadlines deadlines(loop);
  Limit again;
  Limit far;
  Limit end;
  const auto begun = now();
  again.task = [&] {
    if (again.calls < 3) deadlines.set(again, now() + 15ms);
  };
  end.task = [&] { loop.stop(); };
  deadlines.set(far, begun + 4116ms);  // the slot of `begun + 20 ms`, a turn later
  deadlines.set(again, begun + 15ms);
  deadlines.set(end, begun + 200ms);
  loop.run();
  EXPECT_EQ(again.calls, 3);
  EXPECT_EQ(far.calls, 0);
}

}  // namespace monitron::probe
