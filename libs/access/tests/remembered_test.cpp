// What the database said stays good while it is away, and one that hangs is not asked by everybody.

#include "access/remembered.hpp"

#include "base/ids.hpp"
#include "testkit/eventually.hpp"
#include "testkit/fake_clock.hpp"

#include <atomic>
#include <future>
#include <gtest/gtest.h>
#include <set>

namespace monitron::access {
namespace {

using namespace std::chrono_literals;

class RememberedTest : public testing::Test {
 protected:
  Result<std::optional<int>> ask(const Uuid& key) {
    ++asked_;
    if (hangs_) hold_.wait();
    if (away_) return fail(Fault::unavailable, "away");
    return exists_.contains(key) ? std::optional(7) : std::nullopt;
  }
  bool knows(const Uuid& key) {
    const auto found = sut_.find(key);
    return found && *found == 7;
  }

  testkit::FakeClock clock_{from_ms(1'700'000'000'000)};
  const Uuid key_ = Uuid::make(), other_ = Uuid::make();
  std::set<Uuid> exists_{key_, other_};
  std::atomic<bool> away_ = false, hangs_ = false;
  std::atomic<int> asked_ = 0;
  std::promise<void> release_;
  std::shared_future<void> hold_{release_.get_future()};
  Remembered<Uuid, int> sut_{[this](const Uuid& key) { return ask(key); }, clock_, 30s, 100};
};

TEST_F(RememberedTest, IsAskedOnceInAWhile) {
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(knows(key_));
  EXPECT_EQ(asked_, 1);
  clock_.advance(31s);
  EXPECT_TRUE(knows(key_));
  EXPECT_EQ(asked_, 2);
}

TEST_F(RememberedTest, WhatIsNewIsKnownAtOnce) {
  const auto late = Uuid::make();
  EXPECT_FALSE(knows(late));
  EXPECT_TRUE(sut_.find(late).has_value());
  exists_.insert(late);
  EXPECT_TRUE(knows(late));
}

TEST_F(RememberedTest, ADeletionIsNoticed) {
  EXPECT_TRUE(knows(key_));
  exists_.clear();
  clock_.advance(31s);
  EXPECT_FALSE(knows(key_));
  away_ = true;
  EXPECT_FALSE(knows(key_));
}

TEST_F(RememberedTest, GoesOnWithoutTheDatabaseForAnHour) {
  EXPECT_TRUE(knows(key_));
  away_ = true;
  clock_.advance(59min);
  EXPECT_TRUE(knows(key_));
  EXPECT_EQ(sut_.find(Uuid::make()).error().fault, Fault::unavailable);
  clock_.advance(2min);
  EXPECT_EQ(sut_.find(key_).error().fault, Fault::unavailable);
}

TEST_F(RememberedTest, ADatabaseThatFailedIsLeftAloneForAMoment) {
  away_ = true;
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(knows(key_));
  EXPECT_EQ(asked_, 1);
  away_ = false;
  clock_.advance(3s);
  EXPECT_TRUE(knows(key_));
}

TEST_F(RememberedTest, ADatabaseThatHangsHoldsOneCallerOnly) {
  EXPECT_TRUE(knows(key_));
  clock_.advance(31s);
  hangs_ = true;
  auto first = std::async(std::launch::async, [this] { return knows(other_); });
  ASSERT_TRUE(testkit::eventually(5s, [this] { return asked_ == 2; }));
  const auto started = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(knows(key_));
    EXPECT_EQ(sut_.find(Uuid::make()).error().fault, Fault::unavailable);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - started, 2s);  // the first alone was patient
  EXPECT_EQ(asked_, 2);
  release_.set_value();
  EXPECT_TRUE(first.get());
  clock_.advance(31s);
  EXPECT_TRUE(knows(key_));
  EXPECT_EQ(asked_, 3);
}

TEST_F(RememberedTest, ManyAtOnceAllHear) {
  std::vector<std::future<bool>> all;
  for (int i = 0; i < 20; ++i) {
    all.push_back(
        std::async(std::launch::async, [this, i] { return knows(i % 2 ? key_ : other_); }));
  }
  for (auto& one : all) EXPECT_TRUE(one.get());
  EXPECT_EQ(asked_, 2);
}

TEST_F(RememberedTest, NeverRemembersMoreThanItMay) {
  for (int i = 0; i < 1000; ++i) {
    const auto key = Uuid::make();
    exists_.insert(key);
    EXPECT_TRUE(knows(key));
  }
  asked_ = 0;
  away_ = true;
  int known = 0;
  for (const auto& key : exists_) known += knows(key) ? 1 : 0;
  EXPECT_LE(known, 100);
}

}  // namespace
}  // namespace monitron::access
