// Which labels alerts have: by them windows hold them back, and others route, silence and select.

#include "alert_scene.hpp"

namespace monitron::notifier {
namespace {

using Status = domain::CheckStatus;

struct LabelledScene : AlertScene {
  Uuid host{};

  LabelledScene() { host = server("web-1", {{"env", "prod"}, {"server-role", "db"}}).id; }
  Uuid check_of_host(store::Labels labels = {}) {
    const auto id = check("shop", std::move(labels));
    definitions.checks.back().instance_id = host;
    return id;
  }
  store::Rule& rule_of(const char* kind, const char* expr) {
    auto& made = rule();
    made.name = kind;
    made.kind = kind;
    made.expr = expr;
    return made;
  }
  Changes sample(const std::map<std::string, std::string>& labels, double value) {
    return sends(host, {{"usage", {labels.begin(), labels.end()}}}, {value});
  }
  // The labels of the last one that was decided on.
  const store::Labels& labels() const { return told.back().alert.labels; }
};

// M-071.
TEST(AlertLabels, OfAThresholdAreTheSeriesOwnAndThoseOfItsServer) {
  LabelledScene scene;
  scene.rule_of("threshold", "usage > 90");
  scene.define();
  scene.sample({{"disk", "sda"}, {"env", "of the series"}}, 95);
  ASSERT_EQ(scene.decided(), "fired ");
  EXPECT_EQ(scene.labels(), (store::Labels{{"alertname", "threshold"},
                                           {"severity", "warning"},
                                           {"disk", "sda"},
                                           {"env", "of the series"},
                                           {"instance", "web-1"},
                                           {"server_id", scene.host.str()},
                                           {"server_role", "db"}}));
}

TEST(AlertLabels, AWindowOverAServersLabelHoldsItsThresholdsBack) {
  LabelledScene scene;
  scene.rule_of("threshold", "usage > 90");
  scene.window({{"env", "prod"}}, 0, 100);
  scene.define();
  scene.sample({}, 95);
  EXPECT_EQ(scene.decided(), "suppressed ");
}

TEST(AlertLabels, OfACheckAreItsOwnAndThoseOfItsServer) {
  LabelledScene scene;
  scene.rule().label_selector = {{"server-role", "db"}};
  const auto check = scene.check_of_host({{"env", "of the check"}, {"team", "web"}});
  scene.define();
  scene.result(check, Status::down);
  ASSERT_EQ(scene.decided(), "fired ");
  EXPECT_EQ(scene.labels(), (store::Labels{{"alertname", "Check down"},
                                           {"severity", "warning"},
                                           {"check", "shop"},
                                           {"check_id", check.str()},
                                           {"kind", "tcp"},
                                           {"target", ""},
                                           {"location", "default"},
                                           {"env", "of the check"},
                                           {"team", "web"},
                                           {"instance", "web-1"},
                                           {"server_id", scene.host.str()},
                                           {"server_role", "db"}}));
}

// An expression may leave out all but the id: people are told by the same labels.
TEST(AlertLabels, OfARuleInPromqlAreTheElementsAndThoseOfWhatItNames) {
  LabelledScene scene;
  const auto rule = scene.rule_of("promql", "1 - avg by (check_id) (probe_success) > 0.05");
  const auto check = scene.check_of_host({{"team", "web"}});
  scene.define();
  const auto fired =
      scene.take(scene.book->observe(rule, {{{{"check_id", check.str()}}, 0.5}}, scene.now()));
  ASSERT_EQ(fired.size(), 1u);
  EXPECT_EQ(fired[0].alert.title, "promql on shop");
  EXPECT_EQ(scene.labels().at("team"), "web");
  EXPECT_EQ(scene.labels().at("env"), "prod");
  EXPECT_EQ(scene.labels().at("server_role"), "db");
  // It is the alert that it was before it had them.
  EXPECT_EQ(fired[0].alert.subject, "query:check_id=" + check.str() + ",");
}

// Whoever runs through an upgrade is paged of nothing again.
TEST(AlertLabels, WhatFiresKeepsTheLabelsItWasToldWith) {
  LabelledScene scene;
  scene.rule();
  const auto check = scene.check_of_host();
  scene.define();
  scene.result(check, Status::down);
  auto& before = scene.stored.begin()->second;
  before.labels = {{"alertname", "Check down"}, {"server-role", "db"}};
  scene.restart();
  scene.second = 20;
  scene.result(check, Status::down);
  scene.tick();
  EXPECT_EQ(scene.decided(), "fired ");
  ASSERT_EQ(scene.book->firing(scene.now()).size(), 1u);
  EXPECT_EQ(scene.book->firing(scene.now())[0].alert.labels.count("env"), 0u);
}

// M-071.
TEST(AlertLabels, BothWaysToWriteANameSelect) {
  for (const char* name : {"server-role", "server_role"}) {
    LabelledScene scene;
    scene.rule();
    const auto rule = scene.rule_of("promql", "usage > 90");
    const auto check = scene.check_of_host();
    scene.window({{name, "db"}}, 0, 100);
    scene.define();
    scene.result(check, Status::down);
    const store::Labels element = {{"server_id", scene.host.str()}, {"server_role", "db"}};
    scene.take(scene.book->observe(rule, {{element, 95}}, scene.now()));
    EXPECT_EQ(scene.decided(), "suppressed suppressed ") << name;
  }
}

TEST(AlertLabels, OfARuleAreMadePlainToo) {
  LabelledScene scene;
  scene.rule().labels = {{"on-call", "{{ $labels.env }}"}};
  const auto check = scene.check_of_host();
  scene.define();
  scene.result(check, Status::down);
  EXPECT_EQ(scene.labels().at("on_call"), "prod");
}

}  // namespace
}  // namespace monitron::notifier
