// Rules on locations at which nothing is checked. Pure: no server is asked.

#include "notifier/alert_book.hpp"

#include <gtest/gtest.h>

namespace monitron::notifier {
namespace {

using domain::AlertChange;
using namespace std::chrono_literals;

Instant at(int second) { return from_ms(1'700'000'000'000 + second * 1000LL); }

struct Scene {
  store::Rule rule;
  store::WatchedCheck quick, daily;
  AlertBook book;

  Scene() {
    rule.id = Uuid::make();
    rule.name = "Checks do not run";
    rule.kind = "location_silent";
    rule.for_seconds = 120;
    for (auto* check : {&quick, &daily}) {
      check->id = Uuid::make();
      check->kind = "http";
      check->locations = {"berlin"};
    }
    quick.interval = 30s;
    daily.interval = 86'400s;
  }
  Changes look(int second, std::chrono::seconds fed_for = 900s) {
    return book.define({{rule}, {quick, daily}, {}, fed_for}, at(second));
  }
  // As the evaluator does it, until something changes.
  Changes look_until(int from, int to, std::chrono::seconds fed_for = 900s) {
    for (int second = from; second <= to; second += 10) {
      if (auto changes = look(second, fed_for); !changes.empty()) return changes;
    }
    return {};
  }
  void result(const store::WatchedCheck& check, int second, bool word_of_silence = false) {
    domain::CheckResult result;
    result.check_id = CheckId{check.id};
    result.location = "berlin";
    result.slot = at(second);
    result.outcome.status = domain::CheckStatus::down;
    if (word_of_silence) result.if_latest = book_heard;
    if (!word_of_silence) book_heard = result.slot;
    book.observe(result, at(second));
  }
  Instant book_heard{};
};

// That nobody checks is told, whoever has died.
TEST(SilentLocation, FiresWhenNoCheckHasResultsAndResolvesWithTheFirst) {
  Scene scene;
  scene.look(0);
  scene.result(scene.quick, 5);
  EXPECT_TRUE(scene.look_until(10, 180).empty()) << "two intervals and two minutes";
  // The watcher's words are no results.
  scene.result(scene.quick, 185, true);
  const auto fired = scene.look_until(190, 220);
  ASSERT_EQ(fired.size(), 1u);
  EXPECT_EQ(fired[0].change, AlertChange::fired);
  EXPECT_EQ(fired[0].alert.title, "Nothing is checked at location berlin");
  EXPECT_EQ(fired[0].alert.text, "the latest result is of " + to_rfc3339(at(5)));
  EXPECT_EQ(fired[0].alert.labels.at("location"), "berlin");
  EXPECT_TRUE(scene.look_until(230, 900).empty());
  scene.result(scene.daily, 905);
  const auto resolved = scene.look(910);
  ASSERT_EQ(resolved.size(), 1u);
  EXPECT_EQ(resolved[0].change, AlertChange::resolved);
  EXPECT_EQ(resolved[0].alert.title, "Checks run again at location berlin");
}

TEST(SilentLocation, OneThatNeverHadAWorkerFiresToo) {
  Scene scene;
  const auto fired = scene.look_until(0, 300);
  ASSERT_EQ(fired.size(), 1u);
  EXPECT_EQ(fired[0].alert.text, "there was never a result");
}

TEST(SilentLocation, TroubleOfOurOwnAndClocksThatAreSetAreNoSilence) {
  Scene scene;
  scene.look(0);
  scene.result(scene.quick, 5);
  EXPECT_TRUE(scene.look_until(10, 900, 100s).empty()) << "results could not have come";
  scene.result(scene.quick, 905);
  EXPECT_TRUE(scene.look(910).empty());
  EXPECT_TRUE(scene.look(910 + 7200).empty()) << "set forward, or we stood still";
  EXPECT_TRUE(scene.look(920).empty()) << "set back";
}

// Another notifier, or this one again, knows only what is stored.
TEST(SilentLocation, ARestartOfTheNotifierResolvesNothing) {
  Scene before;
  const auto fired = before.look_until(0, 300);
  ASSERT_EQ(fired.size(), 1u);
  Scene after;
  after.rule = before.rule;
  after.book.restore({fired[0].alert});
  EXPECT_TRUE(after.look_until(300, 900, 0s).empty());
  EXPECT_EQ(after.book.alerts(), 1u);
  after.quick.locations = after.daily.locations = {"paris"};
  const auto ended = after.look(910);
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].change, AlertChange::resolved);
}

TEST(SilentLocation, WhatIsRunNowhereOrNotSelectedIsLetBe) {
  Scene scene;
  scene.quick.kind = "heartbeat";
  scene.daily.kind = "group";
  EXPECT_TRUE(scene.look_until(0, 900).empty());
  scene.quick.kind = "http";
  scene.rule.label_selector = {{"location", "paris"}};
  EXPECT_TRUE(scene.look_until(910, 1800).empty());
  scene.rule.label_selector = {{"location", "berlin"}};
  EXPECT_EQ(scene.look_until(1810, 2700).size(), 1u);
}

}  // namespace
}  // namespace monitron::notifier
