// Alerts that fire and are told to nobody: behind maintenance windows and dependencies; alerts of
// checks that flap; alerts that are kept firing (M-002).

#include "alert_scene.hpp"

#include <rapidcheck/gtest.h>

namespace monitron::notifier {
namespace {

using domain::AlertChange;
using Status = domain::CheckStatus;

TEST(HeldBack, AWindowHoldsBackAndLetsGo) {
  AlertScene scene;
  scene.rule();
  const auto check = scene.check("shop", {{"site", "a"}});
  scene.window({{"site", "a"}}, 0, 100);
  scene.define();
  scene.second = 10;
  const auto held = scene.result(check, Status::down);
  ASSERT_EQ(scene.decided(), "suppressed ");
  EXPECT_EQ(held[0].alert.suppressed_by->kind, domain::GateKind::maintenance);
  EXPECT_EQ(held[0].inputs["gate"]["name"], "work");
  EXPECT_EQ(held[0].inputs["votes"][0]["reason"], "refused");
  EXPECT_TRUE(held[0].alert.incident_id.is_nil());
  EXPECT_TRUE(scene.book->firing(scene.now()).empty()) << "nor is Alertmanager told";
  for (scene.second = 20; scene.second < 100; scene.second += 10) {
    EXPECT_TRUE(scene.tick().empty());
    EXPECT_TRUE(scene.result(check, Status::down).empty());
  }
  scene.restart();
  scene.tick();
  EXPECT_EQ(scene.decided(), "suppressed fired ");
  EXPECT_EQ(scene.told.back().alert.text, "refused");
  EXPECT_FALSE(scene.told.back().alert.suppressed_by);
  EXPECT_EQ(scene.book->firing(scene.now()).size(), 1u);
  scene.second = 110;
  scene.result(check, Status::up);
  EXPECT_EQ(scene.decided(), "suppressed fired resolved ");
}

TEST(HeldBack, WhatEndsBeforeIsNeverHeardOf) {
  AlertScene scene;
  scene.rule();
  const auto check = scene.check("shop", {{"site", "a"}});
  scene.window({{"site", "a"}}, 0, 100);
  scene.define();
  scene.second = 10;
  scene.result(check, Status::down);
  scene.restart();
  scene.second = 20;
  scene.result(check, Status::up);
  EXPECT_EQ(scene.decided(), "suppressed cleared ");
}

TEST(HeldBack, AWindowStopsNothingThatBeganBefore) {
  AlertScene scene;
  scene.rule();
  const auto check = scene.check("shop", {{"site", "a"}});
  scene.window({{"site", "a"}}, 20, 100);
  scene.define();
  scene.second = 10;
  scene.result(check, Status::down);
  scene.second = 30;
  scene.result(check, Status::down);
  scene.tick();
  scene.second = 40;
  scene.result(check, Status::up);
  EXPECT_EQ(scene.decided(), "fired resolved ");
}

// In both orders, and with the parent's recovery.
TEST(HeldBack, BehindADeadSwitchOnePageAndOnRecoveryNone) {
  for (const bool children_first : {true, false}) {
    AlertScene scene;
    scene.rule();
    const auto parent = scene.check("switch");
    std::vector<Uuid> children;
    for (int i = 0; i < 50; ++i) {
      children.push_back(scene.check("host " + std::to_string(i), {{"site", "a"}}));
    }
    scene.behind({{"site", "a"}}, {parent});
    scene.define();
    const auto all = [&](Status status) {
      for (const auto& child : children) scene.result(child, status);
    };
    all(Status::up);
    scene.result(parent, Status::up);
    scene.second = 10;
    if (!children_first) scene.result(parent, Status::down);
    all(Status::down);
    for (int i = 0; i < 4; ++i, ++scene.second) scene.tick();
    if (children_first) scene.result(parent, Status::down);
    scene.restart();
    for (; scene.second < 1000; scene.second += 10) {
      scene.result(parent, Status::down);
      all(Status::down);
      scene.tick();
    }
    scene.result(parent, Status::up);
    for (int i = 0; i < 5; ++i, ++scene.second) scene.tick();
    all(Status::up);
    scene.tick();
    std::string told;
    for (const auto& change : scene.told) {
      if (change.change != AlertChange::fired && change.change != AlertChange::resolved) continue;
      told += change.alert.labels.at("check") + " " + std::string(to_string(change.change)) + ", ";
    }
    EXPECT_EQ(told, "switch fired, switch resolved, ") << children_first;
    EXPECT_TRUE(scene.stored.empty());
  }
}

TEST(HeldBack, WhatIsDownAfterItsParentCameBackIsToldByANewResult) {
  AlertScene scene;
  scene.rule();
  const auto parent = scene.check("switch"), child = scene.check("host", {{"site", "a"}});
  scene.behind({{"site", "a"}}, {parent});
  scene.define();
  scene.result(parent, Status::down);
  scene.second = 1;
  scene.result(child, Status::down);
  scene.second = 50;
  scene.result(parent, Status::up);
  scene.tick();
  EXPECT_EQ(scene.decided(), "fired suppressed resolved suppressed ");
  EXPECT_EQ(scene.told.back().alert.suppressed_by->kind, domain::GateKind::waiting);
  scene.second = 55;
  scene.result(child, Status::down);
  EXPECT_EQ(scene.decided(), "fired suppressed resolved suppressed fired ");
}

TEST(HeldBack, ASilentInstanceBehindADeadSwitchIsNotTold) {
  AlertScene scene;
  scene.rule();
  auto& silent = scene.rule();
  silent.kind = "instance_silent";
  silent.for_seconds = 60;
  const auto parent = scene.check("switch");
  scene.behind({{"site", "a"}}, {parent});
  scene.definitions.instances = {{Uuid::make(),
                                  "web-1",
                                  {{"site", "a"}},
                                  "web-1",
                                  AlertScene::at(0),
                                  std::chrono::seconds(70)}};
  scene.definitions.fed_for = std::chrono::seconds(1000);
  scene.second = 100;
  scene.result(parent, Status::down);
  scene.define();
  EXPECT_EQ(scene.decided(), "fired suppressed ");
  scene.second = 200;
  scene.result(parent, Status::up);
  scene.tick();
  scene.second = 259;
  scene.tick();
  EXPECT_EQ(scene.decided(), "fired suppressed resolved suppressed ");
  scene.second = 261;
  scene.tick();
  EXPECT_EQ(scene.decided(), "fired suppressed resolved suppressed fired ")
      << "it was silent for its time once more";
}

TEST(Flapping, FreezesAndItsEndTellsTheFinalState) {
  for (const bool ends_up : {true, false}) {
    AlertScene scene;
    scene.rule();
    scene.rule({"flapping"});
    const auto check = scene.check("shop");
    scene.define();
    const auto run = [&](Status status) {
      ++scene.second;
      scene.result(check, status);
    };
    run(Status::up);
    for (int i = 0; i < 12; ++i) run(i % 2 == 0 ? Status::down : Status::up);
    const auto before = scene.decided();
    EXPECT_EQ(scene.told.back().alert.title, "shop is flapping");
    run(Status::down);
    run(Status::up);
    EXPECT_EQ(scene.decided(), before) << "frozen";
    scene.told.clear();
    for (int i = 0; i < 30; ++i) run(ends_up ? Status::up : Status::down);
    if (ends_up) {
      for (const auto& change : scene.told) {
        EXPECT_EQ(change.change, AlertChange::resolved);
        EXPECT_EQ(change.alert.text, "flapping ended: up");
      }
      EXPECT_TRUE(scene.stored.empty());
    } else {
      ASSERT_FALSE(scene.told.empty());
      EXPECT_EQ(scene.told.front().alert.text, "flapping ended: down: refused");
      EXPECT_EQ(scene.book->firing(scene.now()).size(), 1u) << "down, and flapping no more";
    }
  }
}

// M-104: a plugin's exit status of 1.
TEST(CheckStates, AWarningIsToldByRulesThatAskForItAndToBeDownIsNoAllClear) {
  AlertScene scene;
  scene.rule({"warning"});
  scene.rule({"down"});
  const auto check = scene.check("disk");
  scene.define();
  const auto told = [&](const Changes& changes) {
    scene.second += 10;
    std::string titles;
    for (const auto& change : changes) {
      titles += std::string(to_string(change.change)) + " " + change.rule.name + ", " +
                change.alert.title + ": " + change.alert.text + "; ";
    }
    return titles;
  };
  EXPECT_EQ(told(scene.result(check, Status::up, "OK - 80 % full")), "");
  const auto fired = scene.warns(check, "WARNING - 91 % full");
  EXPECT_EQ(fired[0].inputs["state"], "warning");
  EXPECT_EQ(told(fired), "fired Check warning, disk is warning: WARNING - 91 % full; ");
  EXPECT_EQ(told(scene.result(check, Status::down, "CRITICAL - 99 % full")),
            "fired Check down, disk is down: CRITICAL - 99 % full; ");
  EXPECT_EQ(
      told(scene.warns(check, "WARNING - 91 % full")),
      "resolved Check down, disk is warning: up again, with a warning: WARNING - 91 % full; ");
  scene.restart();
  EXPECT_EQ(scene.book->firing(scene.now()).size(), 1u);
  EXPECT_EQ(told(scene.result(check, Status::up, "OK - 10 % full")),
            "resolved Check warning, disk is up: up again; ");
}

TEST(CheckStates, OneRuleOnWarningsAndWorseIsOneAlert) {
  AlertScene scene;
  scene.rule({"warning", "down"}).for_seconds = 30;
  const auto check = scene.check("disk");
  scene.define();
  scene.warns(check, "91 %");
  scene.second = 20;
  scene.result(check, Status::down, "99 %");
  scene.second = 40;
  scene.result(check, Status::down, "99 %");
  scene.second = 50;
  scene.warns(check, "92 %");
  scene.second = 60;
  scene.result(check, Status::up);
  EXPECT_EQ(scene.stored.size(), 0u);
  std::string words;
  for (const auto& change : scene.told) {
    const auto word = std::string(to_string(change.change));
    if (word == "pending" || word == "fired" || word == "resolved") words += word + " ";
  }
  EXPECT_EQ(words, "pending fired resolved ");
}

TEST(CheckStates, RulesNameTheStatesThatTheyAreAbout) {
  AlertScene scene;
  scene.rule({"unknown"});
  scene.rule({"down"});
  const auto check = scene.check("shop");
  scene.define();
  const auto run = [&](Status status, const std::string& reason = {}) {
    scene.second += 10;
    scene.told.clear();
    scene.result(check, status, reason);
    std::string titles;
    for (const auto& change : scene.told) {
      titles += std::string(to_string(change.change)) + " " + change.alert.title + ": " +
                change.alert.text + "; ";
    }
    return titles;
  };
  EXPECT_EQ(run(Status::up), "");
  // Scripts say something when all is well, too.
  EXPECT_EQ(run(Status::up, "4 jobs wait"), "");
  EXPECT_EQ(run(Status::down), "fired shop is down: refused; ");
  EXPECT_EQ(run(Status::unknown, "no route"), "");
  EXPECT_EQ(run(Status::unknown, "no route"), "fired shop is unknown: no route; ");
  EXPECT_EQ(run(Status::up), "resolved shop is up: up again; resolved shop is up: up again; ");
}

TEST(KeptFiring, GoesOnAndEndsByItsLastWords) {
  AlertScene scene;
  scene.rule().keep_firing_for_seconds = 60;
  const auto check = scene.check("shop");
  scene.define();
  scene.result(check, Status::down);
  scene.second = 10;
  scene.result(check, Status::up);
  EXPECT_EQ(scene.decided(), "fired keeping ");
  EXPECT_EQ(scene.told.back().alert.text, "refused");
  scene.restart();
  scene.second = 40;
  scene.result(check, Status::down);
  scene.second = 50;
  scene.result(check, Status::up);
  scene.second = 109;
  scene.tick();
  EXPECT_EQ(scene.decided(), "fired keeping resumed keeping ");
  scene.second = 110;
  scene.tick();
  EXPECT_EQ(scene.decided(), "fired keeping resumed keeping resolved ");
  EXPECT_EQ(scene.told.back().alert.text, "up again");
  EXPECT_EQ(scene.told.back().alert.title, "shop is up");
}

// Whatever comes in whatever order, with restarts: what is told is a problem and its end, by turns;
// nothing is told in a window or behind what is down; and when all is well, nothing is left.
class AnyStory {
 public:
  AnyStory() {
    auto& rule = scene_.rule();
    rule.for_seconds = *rc::gen::element(0, 0, 3);
    rule.keep_firing_for_seconds = *rc::gen::element(0, 0, 5);
    scene_.rule({"flapping"});
    checks_ = {scene_.check("core"), scene_.check("switch", {{"behind", "core"}}),
               scene_.check("host", {{"behind", "switch"}}), scene_.check("other")};
    scene_.behind({{"behind", "core"}}, {checks_[0]});
    scene_.behind({{"behind", "switch"}}, {checks_[1]});
    scene_.window({{"check", "other"}}, 50, 90);
    judge(scene_.define());
  }
  void step() {
    scene_.second += *rc::gen::inRange(1, 4);
    const auto what = *rc::gen::inRange(0, 10);
    if (what == 0) return judge(scene_.restart());
    if (what <= 2) return judge(scene_.tick());
    const auto status = *rc::gen::element(Status::up, Status::down, Status::down, Status::unknown);
    judge(scene_.result(*rc::gen::elementOf(checks_), status));
  }
  void end_well() {
    for (int i = 0; i < 40; ++i) {
      ++scene_.second;
      for (const auto& check : checks_) judge(scene_.result(check, Status::up));
      judge(scene_.tick());
    }
    RC_ASSERT(open_.empty());
    RC_ASSERT(scene_.stored.empty());
  }

 private:
  void judge(const Changes& changes) {
    for (const auto& change : changes) judge(change);
    RC_ASSERT(scene_.book->firing(scene_.now()).size() == open_.size());
  }
  void judge(const notifier::Change& change) {
    const auto& alert = change.alert;
    const bool is_open = open_.contains(alert.id);
    switch (change.change) {
      case AlertChange::fired:
        RC_ASSERT(!is_open);
        RC_ASSERT(may_be_told(alert));
        open_[alert.id] = alert.incident_id;
        return;
      case AlertChange::resolved:
        RC_ASSERT(is_open);
        RC_ASSERT(open_.at(alert.id) == alert.incident_id);
        open_.erase(alert.id);
        return;
      case AlertChange::suppressed:
      case AlertChange::pending:
      case AlertChange::cleared:
        RC_ASSERT(!is_open);
        return;
      default:
        return;
    }
  }
  bool may_be_told(const store::Alert& alert) const {
    const auto& labels = alert.labels;
    if (labels.at("check") == "other") return scene_.second < 50 || scene_.second >= 90;
    if (labels.at("check") == "core") return true;
    const auto parent = labels.at("check") == "host" ? 1U : 0U;
    return scene_.definitions.checks[parent].states.status != Status::down;
  }

  AlertScene scene_;
  std::vector<Uuid> checks_;
  std::map<Uuid, Uuid> open_;  // incidents by alert
};

RC_GTEST_PROP(AnyStory, TellsProblemsAndTheirEndsByTurns, ()) {
  AnyStory story;
  for (int i = *rc::gen::inRange(0, 80); i > 0; --i) story.step();
  story.end_well();
}

}  // namespace
}  // namespace monitron::notifier
