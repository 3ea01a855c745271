// Rules on rules that cannot be evaluated, and what is noted of evaluations. Pure.

#include "alert_scene.hpp"
#include "notifier/evaluations.hpp"

namespace monitron::notifier {
namespace {

struct FailingRules : AlertScene, testing::Test {
  FailingRules() {
    watcher().id = Uuid::make();
    rule_ = definitions.rules.emplace_back();
    rule_.id = Uuid::make();
    rule_.name = "Busy";
    rule_.kind = "promql";
    rule_.group_name = "shop";
    definitions.rules.back() = rule_;
    define();
  }
  store::Rule& watcher() {
    if (definitions.rules.empty()) definitions.rules.emplace_back();
    auto& one = definitions.rules.front();
    one.name = "Rule cannot be evaluated";
    one.kind = "rule_failing";
    one.for_seconds = 60;
    return one;
  }
  void evaluated(int at, const std::string& problem = {}) {
    second = at;
    take(book->observe_evaluation(rule_, problem, now()));
  }
  void tick_at(int at) {
    second = at;
    tick();
  }

  store::Rule rule_;
};

TEST_F(FailingRules, FireAfterTheirTimeAndEndWithAnEvaluation) {
  evaluated(0);
  EXPECT_EQ(decided(), "");
  evaluated(10, "many-to-many matching not allowed");
  tick_at(69);
  EXPECT_EQ(decided(), "pending ");
  tick_at(70);
  ASSERT_EQ(decided(), "pending fired ");
  const auto fired = told.back().alert;
  EXPECT_EQ(fired.title, "Busy cannot be evaluated");
  EXPECT_EQ(fired.text, "many-to-many matching not allowed");
  EXPECT_EQ(fired.labels.at("rule"), "Busy");
  EXPECT_EQ(fired.labels.at("rule_id"), rule_.id.str());
  EXPECT_EQ(fired.labels.at("rule_kind"), "promql");
  EXPECT_EQ(fired.labels.at("rule_group"), "shop");
  evaluated(80);
  EXPECT_EQ(decided(), "pending fired resolved ");
  EXPECT_EQ(told.back().alert.title, "Busy is evaluated again");
}

TEST_F(FailingRules, AreNotMeantByOtherLabels) {
  watcher().label_selector = {{"rule_group", "bank"}};
  watcher().version = 2;
  define();
  evaluated(0, "too many samples");
  tick_at(300);
  EXPECT_EQ(decided(), "");
  watcher().label_selector = {{"rule_group", "shop"}};
  define();
  evaluated(301, "too many samples");
  tick_at(400);
  EXPECT_EQ(decided(), "pending fired ");
}

// Another notifier does not know how the rule is until it has evaluated it itself.
TEST_F(FailingRules, AreLeftAsTheyAreByARestart) {
  evaluated(0, "too many samples");
  restart();
  tick_at(600);
  EXPECT_EQ(decided(), "pending ");
  evaluated(601, "too many samples");
  EXPECT_EQ(decided(), "pending fired ");
  restart();
  tick_at(1200);
  EXPECT_EQ(decided(), "pending fired ");
  evaluated(1201);
  EXPECT_EQ(decided(), "pending fired resolved ");
}

TEST_F(FailingRules, EndWithTheRuleThatFails) {
  evaluated(0, "too many samples");
  tick_at(60);
  definitions.rules.pop_back();
  define();
  EXPECT_EQ(decided(), "pending fired resolved ");
}

TEST(Evaluations, AreNotedByVersionOfTheRule) {
  Evaluations evaluations;
  const auto at = AlertScene::at;
  store::Rule rule;
  rule.id = Uuid::make();
  rule.kind = "promql";
  evaluations.define({rule}, {});
  evaluations.note(rule, {.waits_for = "samples"});
  EXPECT_FALSE(evaluations.all().at(rule.id).at);
  EXPECT_EQ(evaluations.all().at(rule.id).waits_for, "samples");
  evaluations.note(rule, {.at = at(1), .seconds = 0.5, .problem = "too many samples"});
  EXPECT_EQ(evaluations.all().at(rule.id).at, at(1));
  EXPECT_EQ(evaluations.all().at(rule.id).waits_for, "");
  // That it is not evaluated just now mends nothing.
  evaluations.note(rule, {.at = at(2), .waits_for = "samples"});
  EXPECT_EQ(evaluations.all().at(rule.id).problem, "too many samples");
  EXPECT_EQ(evaluations.all().at(rule.id).at, at(1));
  evaluations.note(rule, {.at = at(3), .seconds = 0.1});
  EXPECT_EQ(evaluations.all().at(rule.id).problem, "");
  evaluations.define({rule}, {});
  EXPECT_EQ(evaluations.all().size(), 1U);
  rule.version = 2;
  evaluations.define({rule}, {});
  EXPECT_TRUE(evaluations.all().empty());
}

// With PostgreSQL away for a while no rule is at fault, and nobody wants a page of each.
TEST(Evaluations, TroubleThatPassesIsWaitedFor) {
  const auto passing = hindered("cannot be read", {Fault::unavailable, "connection refused"});
  EXPECT_EQ(passing.problem, "");
  EXPECT_EQ(passing.waits_for, "cannot be read: connection refused");
  const auto lasting = hindered("cannot be read", {Fault::invalid, "too many samples"});
  EXPECT_EQ(lasting.problem, "cannot be read: too many samples");
  EXPECT_NE(lasting.waits_for, "");
}

TEST(Evaluations, OfOtherKindsAreLooks) {
  Evaluations evaluations;
  store::Rule down, silent;
  down.id = Uuid::make();
  down.kind = "check_state";
  silent.id = Uuid::make();
  silent.kind = "instance_silent";
  silent.for_seconds = 300;
  evaluations.define({down, silent}, std::chrono::seconds(60));
  evaluations.look(AlertScene::at(5));
  EXPECT_EQ(evaluations.all().at(down.id).at, AlertScene::at(5));
  EXPECT_FALSE(evaluations.all().at(silent.id).at);
  EXPECT_NE(evaluations.all().at(silent.id).waits_for, "");
  evaluations.define({down, silent}, std::chrono::seconds(300));
  EXPECT_EQ(evaluations.all().at(silent.id).at, AlertScene::at(5));
}

}  // namespace
}  // namespace monitron::notifier
