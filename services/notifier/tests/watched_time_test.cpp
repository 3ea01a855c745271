// Time that nobody watched is not time in which a condition held.

#include "notifier/watched_time.hpp"

#include "alert_scene.hpp"
#include "notifier/alert_book.hpp"
#include "testkit/fake_clock.hpp"

namespace monitron::notifier {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

struct Looks {
  testkit::FakeClock clock{AlertScene::at(0)};
  WatchedTime watched;

  milliseconds look() { return watched.unwatched(clock.now(), clock.steady_now()); }
};

TEST(WatchedTime, LooksInTheirPaceSawAll) {
  Looks looks;
  EXPECT_EQ(looks.look(), 0ms) << "nobody knows what was before the first";
  for (const auto pause : {1ms, 1000ms, 4999ms, 6500ms}) {
    looks.clock.advance(pause);
    EXPECT_EQ(looks.look(), 0ms) << pause.count();
  }
}

TEST(WatchedTime, WhoStoodStillSawNothing) {
  Looks looks;
  looks.look();
  looks.clock.advance(65s);  // stopped: both clocks go on
  EXPECT_EQ(looks.look(), 60s);
  looks.clock.jump(3600s);  // asleep: the wall clock alone has gone on
  looks.clock.advance(1s);
  EXPECT_EQ(looks.look(), 3600s);
  looks.clock.advance(1s);
  EXPECT_EQ(looks.look(), 0ms);
}

TEST(WatchedTime, AClockThatIsSetBackIsNoticed) {
  Looks looks;
  looks.look();
  looks.clock.advance(1s);
  looks.clock.jump(-3600s);
  EXPECT_EQ(looks.look(), -3600s);
  looks.clock.jump(-1s);  // as it is adjusted every day
  EXPECT_EQ(looks.look(), 0ms);
}

// What was decided until then.
std::string decided_by(AlertScene& scene, int second) {
  scene.second = second;
  scene.tick();
  return scene.decided();
}

// An hour that the clock shows and nobody saw decides nothing.
void pass_an_hour_after(AlertScene& scene, int second) {
  scene.second = second + 3600;
  scene.book->pass_over(3600s);
  EXPECT_TRUE(scene.tick().empty());
}

// M-002: an hour that the clock shows and nobody saw makes no page, and the rest of `for` does.
TEST(PassedOver, ForGoesOnWhereItWas) {
  AlertScene scene;
  scene.rule().for_seconds = 30;
  const auto check = scene.check("shop");
  scene.define();
  scene.second = 10;
  scene.result(check, AlertScene::Status::down);
  pass_an_hour_after(scene, 20);
  EXPECT_EQ(decided_by(scene, 39 + 3600), "pending ");
  EXPECT_EQ(decided_by(scene, 40 + 3600), "pending fired ");
}

// Nor does a page come an hour late because the clock was set back.
TEST(PassedOver, ForGoesOnWhereItWasWhenTheClockIsSetBack) {
  AlertScene scene;
  scene.rule().for_seconds = 30;
  const auto check = scene.check("shop");
  scene.define();
  scene.second = 3610;
  scene.result(check, AlertScene::Status::down);
  scene.second = 25;
  scene.book->pass_over(-3600s);
  EXPECT_TRUE(scene.tick().empty());
  scene.second = 40;
  EXPECT_EQ(scene.tick().size(), 1U);
}

TEST(PassedOver, WhatIsKeptIsKeptAsLong) {
  AlertScene scene;
  scene.rule().keep_firing_for_seconds = 30;
  const auto check = scene.check("shop");
  scene.define();
  scene.result(check, AlertScene::Status::down);
  scene.second = 10;
  scene.result(check, AlertScene::Status::up);
  pass_an_hour_after(scene, 20);
  EXPECT_EQ(scene.decided(), "fired keeping ");
  EXPECT_EQ(decided_by(scene, 40 + 3600), "fired keeping resolved ");
}

// PostgreSQL's clock was set, too: by it every host has been silent for an hour.
TEST(PassedOver, NobodyIsSilentBecauseTheClockWasSet) {
  AlertScene scene;
  auto& rule = scene.rule();
  rule.kind = "instance_silent";
  rule.for_seconds = 300;
  auto& host = scene.server("web-1");
  host.last_seen = scene.now();
  host.silent_for = 1s;
  scene.definitions.fed_for = 1000s;
  scene.define();
  scene.sends(host.id, {{"node_load1", {}}}, {1});
  pass_an_hour_after(scene, 5);
  host.silent_for = 3605s;
  EXPECT_TRUE(scene.define().empty());
}

}  // namespace
}  // namespace monitron::notifier
