// Who is asked to run at once: what alerts wait for, and what is behind a parent that came back
// (M-002).

#include "notifier/rechecks.hpp"

#include "alert_scene.hpp"

#include <rapidcheck/gtest.h>

namespace monitron::notifier {
namespace {

using Status = domain::CheckStatus;
using std::chrono::seconds;

std::vector<Uuid> wanted_of(AlertScene& scene, const std::string& location = "default") {
  auto wanted = scene.book->take_wanted(scene.now());
  return wanted[location];
}

TEST(Rechecks, AskOnceAndAgainAfterPausesThatGrow) {
  Rechecks rechecks;
  const auto check = Uuid::make();
  std::string asked;
  for (int second = 0; second < 1000; ++second) {
    if (!rechecks.take({check, check}, AlertScene::at(second)).empty()) {
      asked += std::to_string(second) + " ";
    }
  }
  EXPECT_EQ(asked, "0 10 30 70 150 310 470 630 790 950 ");
  EXPECT_TRUE(rechecks.take({}, AlertScene::at(1000)).empty());
  EXPECT_EQ(rechecks.take({check}, AlertScene::at(1001)).size(), 1u) << "another time";
  EXPECT_TRUE(rechecks.take({}, AlertScene::at(1002)).empty());
  EXPECT_TRUE(rechecks.take({check}, AlertScene::at(1003)).empty()) << "but not each second";
}

TEST(Rechecks, OfManyAllAreAskedInTheEndTheFirstOnesFirst) {
  Rechecks rechecks;
  std::vector<Uuid> awaited;
  for (std::size_t i = 0; i < Rechecks::kMost + 5; ++i) awaited.push_back(Uuid::make());
  for (int i = 0; i < 3; ++i) rechecks.want(Uuid::make());
  const auto first = rechecks.take(awaited, AlertScene::at(0));
  EXPECT_EQ(first, std::vector<Uuid>(awaited.begin(), awaited.end() - 5));
  EXPECT_EQ(rechecks.take(awaited, AlertScene::at(1)).size(), 8u);
  EXPECT_TRUE(rechecks.take(awaited, AlertScene::at(2)).empty());
}

// Whoever waits is asked for soon, and nobody more often than promised.
RC_GTEST_PROP(Rechecks, NobodyIsForgottenAndNobodyIsAskedTooOften, ()) {
  Rechecks rechecks;
  std::vector<Uuid> checks;
  for (int i = 0; i < 5; ++i) checks.push_back(Uuid::make());
  std::map<Uuid, int> since, asked;
  for (int second = 0; second < 400; ++second) {
    std::vector<Uuid> awaited;
    for (const auto& check : checks) {
      if (*rc::gen::inRange(0, 10) == 0)
        since.erase(check) == 0 ? void(since[check] = second) : void();
      if (since.contains(check)) awaited.push_back(check);
    }
    for (const auto& check : rechecks.take(awaited, AlertScene::at(second))) {
      RC_ASSERT(since.contains(check));
      RC_ASSERT(!asked.contains(check) || second - asked[check] >= Rechecks::kPause.count());
      asked[check] = second;
    }
    for (const auto& [check, begin] : since) {
      const auto latest = std::max(begin, asked.contains(check) ? asked[check] : begin - 1);
      RC_ASSERT(asked.contains(check));
      RC_ASSERT(second - latest <= Rechecks::kLongestPause.count());
    }
  }
}

TEST(WantedChecks, AParentThatIsNotDecidedIsAskedBeforeAnybodyIsTold) {
  AlertScene scene;
  scene.rule();
  const auto parent = scene.check("switch"), child = scene.check("host", {{"site", "a"}});
  scene.behind({{"site", "a"}}, {parent});
  scene.define();
  scene.result(parent, Status::up);
  scene.result(child, Status::up);
  EXPECT_TRUE(wanted_of(scene).empty());
  scene.second = 10;
  scene.result(child, Status::down);
  EXPECT_EQ(wanted_of(scene), std::vector{parent});
  scene.second = 11;
  scene.tick();
  EXPECT_TRUE(wanted_of(scene).empty()) << "once";
  scene.second = 12;
  scene.result(parent, Status::down);
  scene.tick();
  EXPECT_TRUE(wanted_of(scene).empty()) << "nothing is waited for";
  EXPECT_EQ(scene.decided(), "suppressed fired suppressed ");
}

TEST(WantedChecks, ChildrenOfAParentThatComesBackAreAskedOnceWhetherAnAlertIsAboutThemOrNot) {
  AlertScene scene;
  scene.rule();
  const auto parent = scene.check("switch");
  const auto down = scene.check("down", {{"site", "a"}});
  const auto up = scene.check("up", {{"site", "a"}});
  const auto unknown = scene.check("unknown", {{"site", "a"}});
  const auto elsewhere = scene.check("elsewhere", {{"site", "b"}});
  const auto beats = scene.check("beats", {{"site", "a"}});
  scene.definitions.checks.back().kind = "heartbeat";
  scene.behind({{"site", "a"}}, {parent});
  scene.define();
  scene.result(parent, Status::down);
  scene.result(up, Status::up);
  for (const auto& check : {down, elsewhere, beats}) scene.result(check, Status::down);
  EXPECT_TRUE(wanted_of(scene).empty());
  scene.second = 600;
  scene.result(parent, Status::up);
  auto wanted = wanted_of(scene);
  std::sort(wanted.begin(), wanted.end());
  auto expected = std::vector{down, unknown};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(wanted, expected);
  scene.second = 601;
  scene.result(parent, Status::up);
  scene.tick();
  EXPECT_TRUE(wanted_of(scene).empty());
}

TEST(WantedChecks, AreAskedForWhereTheyRun) {
  AlertScene scene;
  scene.rule();
  const auto parent = scene.check("switch");
  scene.definitions.checks.back().locations = {"default", "berlin"};
  const auto child = scene.check("host", {{"site", "a"}});
  scene.behind({{"site", "a"}}, {parent});
  scene.define();
  scene.second = 10;
  scene.result(child, Status::down);
  const auto wanted = scene.book->take_wanted(scene.now());
  EXPECT_EQ(wanted, (AlertBook::ByLocation{{"berlin", {parent}}, {"default", {parent}}}));
}

// Of three locations two must see it down: one that still says so is no evidence yet.
TEST(HeldBack, AfterItsParentCameBackAsManyLocationsMustSeeItDownAsEver) {
  AlertScene scene;
  scene.rule();
  const auto parent = scene.check("switch"), child = scene.check("host", {{"site", "a"}});
  auto& check = scene.definitions.checks.back();
  check.locations = {"a", "b", "c"};
  check.quorum = 2;
  scene.behind({{"site", "a"}}, {parent});
  scene.define();
  scene.result(parent, Status::down);
  for (const auto* place : {"a", "b", "c"}) scene.result_at(child, place, Status::down);
  scene.second = 50;
  scene.result(parent, Status::up);
  scene.second = 52;
  scene.tick();
  const auto before = scene.decided();
  scene.result_at(child, "a", Status::down);
  EXPECT_EQ(scene.decided(), before) << "the others were not asked again";
  scene.result_at(child, "b", Status::up);
  scene.tick();
  EXPECT_EQ(scene.decided(), before);
  scene.second = 53;
  scene.result_at(child, "c", Status::down);
  EXPECT_EQ(scene.decided(), before + "fired ");
}

// An alert of a rule in PromQL about a check: a result that it was not evaluated on says nothing.
TEST(HeldBack, AQueryIsEvaluatedOnTheNewResultFirst) {
  for (const bool is_up : {true, false}) {
    AlertScene scene;
    auto& rule = scene.rule();
    rule.kind = "promql";
    rule.expr = "probe_success == 0";
    const auto parent = scene.check("switch"), child = scene.check("host", {{"site", "a"}});
    scene.behind({{"site", "a"}}, {parent});
    scene.define();
    const std::vector<QueryElement> result{{{{"check_id", child.str()}, {"site", "a"}}, 0, {}}};
    scene.result(parent, Status::down);
    scene.result(child, Status::down);
    scene.second = 1;
    scene.take(scene.book->observe(rule, result, scene.now()));
    scene.second = 50;
    scene.result(parent, Status::up);
    scene.tick();
    const auto before = scene.decided();
    EXPECT_EQ(wanted_of(scene), std::vector{child});
    scene.second = 52;
    scene.result(child, is_up ? Status::up : Status::down);
    scene.tick();
    EXPECT_EQ(scene.decided(), before) << "the rule was evaluated before the result came";
    scene.take(scene.book->observe(rule, result, AlertScene::at(51)));
    EXPECT_EQ(scene.decided(), before) << "so it was here";
    scene.second = 53;
    const auto now = is_up ? std::vector<QueryElement>{} : result;
    scene.take(scene.book->observe(rule, now, scene.now()));
    EXPECT_EQ(scene.decided(), before + (is_up ? "cleared " : "fired "));
  }
}

// What a rule over fifteen minutes says of an outage is no trouble of its own afterwards.
TEST(HeldBack, WhatARangeStillReachesIsNoEvidence) {
  for (const bool has_check : {true, false}) {
    AlertScene scene;
    auto& rule = scene.rule();
    rule.kind = "promql";
    rule.expr = "avg_over_time(probe_success[15m]) < 0.95";
    const auto parent = scene.check("switch"), child = scene.check("host", {{"site", "a"}});
    scene.behind({{"site", "a"}}, {parent});
    scene.define();
    domain::LabelSet labels{{"site", "a"}};
    if (has_check) labels["check_id"] = child.str();
    const auto evaluate = [&](const std::vector<QueryElement>& result) {
      scene.take(scene.book->observe(rule, result, scene.now()));
    };
    scene.result(parent, Status::down);
    scene.result(child, Status::down);
    scene.second = 1;
    evaluate({{labels, 0.5, {}}});
    scene.second = 600;
    scene.result(parent, Status::up);
    scene.result(child, Status::up);
    scene.tick();
    const auto before = scene.decided();
    for (scene.second = 610; scene.second <= 1500; scene.second += 15) {
      scene.result(child, Status::up);
      scene.second += 1;
      evaluate({{labels, 0.5, {}}});
      scene.tick();
      scene.second -= 1;
    }
    EXPECT_EQ(scene.decided(), before);
    EXPECT_EQ(scene.stored.size(), 1u);
    scene.second = 1520;
    scene.restart();
    scene.result(child, Status::up);
    scene.second = 1521;
    evaluate({{labels, 0.5, {}}});
    EXPECT_EQ(scene.decided(), before + "fired ") << "it goes on without the outage";
  }
}

}  // namespace
}  // namespace monitron::notifier
