// Which alerts there are. Pure: no server is asked.

#include "notifier/alert_book.hpp"

#include "alert_scene.hpp"
#include "notifier/promql_rules.hpp"

namespace monitron::notifier {
namespace {

using domain::AlertChange;
using domain::CheckStatus;
using namespace std::chrono_literals;

Instant at(int second) { return AlertScene::at(second); }

struct Scene {
  store::Rule rule;
  store::WatchedCheck check;
  store::WatchedInstance instance{Uuid::make(), "web-1", {{"env", "prod"}}, {}, {}, {}};
  AlertBook book;
  int runs = 0;
  std::string reason = "status 500";
  int successes = 1;  // before it is up

  Scene() {
    rule.id = Uuid::make();
    rule.name = "Check down";
    rule.kind = "check_state";
    rule.severity = "critical";
    check.id = Uuid::make();
    check.name = "shop";
    check.kind = "http";
    check.target = "http://shop/";
    check.labels = {{"team", "web"}};
  }
  AlertBook::Definitions definitions() const { return {{rule}, {check}, {instance}}; }
  Changes define(int second = 0) { return book.define(definitions(), at(second)); }
  Changes result(CheckStatus status, int second) {
    domain::CheckResult result;
    result.check_id = CheckId{check.id};
    result.location = "default";
    result.slot = at(second);
    result.outcome.status = status;
    result.outcome.reason = reason;
    result.failures_before_down = 2;
    result.successes_before_up = successes;
    return book.observe(result, at(second));
  }
  // It is down, slow, and has a value of its own.
  Changes slow_result(std::chrono::seconds duration, int second) {
    domain::CheckResult result;
    result.check_id = CheckId{check.id};
    result.location = "default";
    result.slot = at(second);
    result.outcome.status = CheckStatus::down;
    result.outcome.duration = duration;
    result.outcome.phases.connect = 1500ms;
    result.outcome.values = {{"probe_script_exit_code", {}, 1}};
    return book.observe(result, at(second));
  }
  void define_threshold(const std::string& expr, int for_seconds = 0) {
    rule.kind = "threshold";
    rule.expr = expr;
    rule.for_seconds = for_seconds;
    define();
  }
  // The instance goes on, without node_load1.
  Changes other_value(int second) {
    return book.observe(batch_of(instance.id, at(second), {{"node_load5", {}}}, {100}), at(second));
  }
  Changes value(double value, int second) {
    return book.observe(
        batch_of(instance.id, at(second), {{"node_load1", {}}, {"node_load5", {}}}, {value, 100}),
        at(second));
  }
};

TEST(AlertBook, ACheckThatIsDownFiresOnceAndResolves) {
  Scene scene;
  EXPECT_TRUE(scene.define().empty());
  EXPECT_TRUE(scene.result(CheckStatus::up, 1).empty());
  EXPECT_TRUE(scene.result(CheckStatus::down, 2).empty());  // one failure is not down yet
  const auto fired = scene.result(CheckStatus::down, 3);
  ASSERT_EQ(fired.size(), 1u);
  EXPECT_EQ(fired[0].change, AlertChange::fired);
  EXPECT_EQ(fired[0].alert.title, "shop is down");
  EXPECT_EQ(fired[0].alert.text, "status 500");
  EXPECT_EQ(fired[0].alert.labels.at("team"), "web");
  EXPECT_EQ(fired[0].alert.labels.at("severity"), "critical");
  EXPECT_FALSE(fired[0].alert.incident_id.is_nil());
  EXPECT_TRUE(scene.result(CheckStatus::down, 4).empty());
  EXPECT_TRUE(scene.result(CheckStatus::down, 3).empty());  // delivered again
  EXPECT_TRUE(scene.result(CheckStatus::unknown, 5).empty());
  const auto resolved = scene.result(CheckStatus::up, 6);
  ASSERT_EQ(resolved.size(), 1u);
  EXPECT_EQ(resolved[0].change, AlertChange::resolved);
  EXPECT_EQ(resolved[0].alert.incident_id, fired[0].alert.incident_id);
  EXPECT_EQ(scene.book.alerts(), 0u);
}

// What is said of an alert is what is so now.
TEST(AlertBook, ANewReasonIsTold) {
  Scene scene;
  scene.define();
  scene.result(CheckStatus::down, 1);
  ASSERT_EQ(scene.result(CheckStatus::down, 2).size(), 1u);
  scene.reason = "self-signed certificate";
  EXPECT_TRUE(scene.result(CheckStatus::down, 3).empty()) << "not with every result";
  const auto retold = scene.result(CheckStatus::down, 12);
  ASSERT_EQ(retold.size(), 1u);
  EXPECT_EQ(retold[0].change, AlertChange::retold);
  EXPECT_EQ(retold[0].alert.text, "self-signed certificate");
  EXPECT_TRUE(scene.result(CheckStatus::down, 30).empty()) << "it is the same";
  // Its first success, which is not enough to be up, says nothing against it.
  scene.successes = 2;
  scene.reason = "";
  EXPECT_TRUE(scene.result(CheckStatus::up, 60).empty());
  EXPECT_EQ(scene.book.firing(at(61)).at(0).alert.text, "self-signed certificate");
}

TEST(AlertBook, TroubleOfOurOwnIsNoOutage) {
  Scene scene;
  scene.define();
  for (int second = 1; second < 10; ++second) {
    EXPECT_TRUE(scene.result(CheckStatus::unknown, second).empty());
  }
}

// M-002.
TEST(AlertBook, AThresholdFiresAfterItsTime) {
  Scene scene;
  scene.define_threshold(R"(node_load1{instance="web-1", env="prod"} > 4)", 20);
  EXPECT_TRUE(scene.value(3.9, 0).empty());
  EXPECT_EQ(scene.value(5, 10).at(0).change, AlertChange::pending);
  EXPECT_TRUE(scene.value(6, 20).empty());
  EXPECT_TRUE(scene.book.tick(at(29)).empty());
  const auto fired = scene.book.tick(at(30));  // time alone is enough
  ASSERT_EQ(fired.size(), 1u);
  EXPECT_EQ(fired[0].alert.value, 6);
  EXPECT_EQ(fired[0].alert.labels.at("instance"), "web-1");
  EXPECT_EQ(scene.value(1, 40).at(0).change, AlertChange::resolved);
  EXPECT_EQ(scene.value(5, 50).at(0).change, AlertChange::pending);
  EXPECT_EQ(scene.value(1, 55).at(0).change, AlertChange::cleared);
}

TEST(AlertBook, OtherLabelsAreNotSelected) {
  Scene scene;
  scene.define_threshold(R"(node_load1{instance="web-2"} > 4)");
  EXPECT_TRUE(scene.value(9, 0).empty());
}

// A host that died gives no all-clear, however long it is silent and whatever comes first after.
TEST(AlertBook, SilenceIsNoAllClear) {
  Scene scene;
  scene.define_threshold("node_load1 > 4");
  EXPECT_EQ(scene.value(9, 0).at(0).change, AlertChange::fired);
  EXPECT_TRUE(scene.book.tick(at(3600)).empty());
  EXPECT_TRUE(scene.other_value(3601).empty());
  EXPECT_TRUE(scene.book.tick(at(3602)).empty());
  EXPECT_EQ(scene.value(1, 3603).at(0).change, AlertChange::resolved);
}

TEST(AlertBook, ASeriesThatAloneIsGoneHoldsNoMore) {
  Scene scene;
  scene.define_threshold("node_load1 > 4");
  EXPECT_EQ(scene.value(9, 0).at(0).change, AlertChange::fired);
  for (int second = 30; second <= 300; second += 30) EXPECT_TRUE(scene.other_value(second).empty());
  EXPECT_TRUE(scene.book.tick(at(301)).empty());
  scene.other_value(330);
  const auto ended = scene.book.tick(at(331));
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].change, AlertChange::resolved);
  EXPECT_EQ(ended[0].alert.text, "the series is gone");
}

TEST(AlertBook, WhatPendsDoesNotFireUnseen) {
  Scene scene;
  scene.define_threshold("node_load1 > 4", 600);
  EXPECT_EQ(scene.value(9, 0).at(0).change, AlertChange::pending);
  EXPECT_EQ(scene.book.tick(at(301)).at(0).change, AlertChange::cleared);
}

// While the broker is away nothing is heard of any series, which says nothing about them.
TEST(AlertBook, SilenceOfAllSaysNothing) {
  Scene scene;
  scene.define_threshold("node_load1 > 4", 10);
  EXPECT_EQ(scene.value(9, 0).at(0).change, AlertChange::pending);
  EXPECT_TRUE(scene.book.tick(at(20), false).empty());  // it does not fire unseen either
  EXPECT_EQ(scene.value(9, 30).at(0).change, AlertChange::fired);
  EXPECT_TRUE(scene.book.tick(at(900), false).empty());
  EXPECT_TRUE(scene.book.tick(at(1202)).empty());
}

// M-002. Named as the writer names the series of checks.
TEST(AlertBook, AThresholdOnASeriesOfACheckFires) {
  Scene scene;
  scene.check.instance_id = scene.instance.id;
  scene.rule.kind = "threshold";
  const std::string about = R"({check="shop", target="http://shop/", instance="web-1"})";
  for (const auto& [expr, value] :
       std::map<std::string, double>{{"probe_duration_seconds" + about + " > 1", 2},
                                     {"probe_success" + about + " == 0", 0},
                                     {R"(probe_phase_seconds{phase="connect"} > 1)", 1.5},
                                     {"probe_script_exit_code == 1", 1}}) {
    scene.rule.id = Uuid::make();
    scene.rule.expr = expr;
    scene.define();
    const auto second = 10 + 10 * scene.runs++;
    const auto fired = scene.slow_result(2s, second);
    ASSERT_EQ(fired.size(), 1u) << expr;
    EXPECT_EQ(fired[0].change, AlertChange::fired) << expr;
    EXPECT_EQ(fired[0].alert.value, value) << expr;
    EXPECT_EQ(fired[0].alert.title, "Check down on shop");
    EXPECT_EQ(fired[0].alert.labels.at("check_id"), scene.check.id.str());
  }
  scene.rule.expr = "probe_duration_seconds > 1";
  scene.define(80);
  EXPECT_TRUE(scene.book.tick(at(4000)).empty());  // its checker is away: no all-clear
}

// M-002. What is stored says how long; what we did not hear ourselves may be our own trouble.
TEST(AlertBook, AnInstanceThatFellSilentFiresAndResolves) {
  Scene scene;
  scene.rule.kind = "instance_silent";
  scene.rule.for_seconds = 300;
  scene.instance.name = "the web server";
  const auto look = [&](std::chrono::seconds silent_for, std::chrono::seconds fed_for) {
    scene.instance.last_seen = at(0);
    scene.instance.silent_for = silent_for;
    auto definitions = scene.definitions();
    definitions.fed_for = fed_for;
    return scene.book.define(std::move(definitions), at(1000));
  };
  EXPECT_TRUE(scene.define().empty());  // it never sent anything
  EXPECT_TRUE(look(299s, 500s).empty());
  EXPECT_TRUE(look(900s, 0s).empty());  // just started
  EXPECT_TRUE(look(900s, 299s).empty());
  scene.value(1, 701);
  EXPECT_TRUE(look(900s, 300s).empty());  // heard, though not stored
  scene.value(1, 700);
  const auto fired = look(900s, 300s);
  ASSERT_EQ(fired.size(), 1u);
  EXPECT_EQ(fired[0].change, AlertChange::fired);
  EXPECT_EQ(fired[0].alert.title, "the web server is silent");
  EXPECT_EQ(fired[0].alert.text,
            "the web server (host web-1) has sent nothing since " + to_rfc3339(at(0)));
  EXPECT_EQ(fired[0].alert.labels.at("instance"), "web-1");
  EXPECT_TRUE(look(910s, 0s).empty());  // an outage of our own changes nothing
  EXPECT_TRUE(scene.book.tick(at(9999)).empty());
  EXPECT_EQ(look(2s, 0s).at(0).change, AlertChange::resolved);
  EXPECT_EQ(look(900s, 300s).at(0).change, AlertChange::fired);
  auto gone = scene.definitions();
  gone.instances.clear();
  EXPECT_EQ(scene.book.define(gone, at(1001)).at(0).change, AlertChange::resolved);
}

TEST(AlertBook, SilenceOfInstancesThatARuleDoesNotSelectIsLetBe) {
  Scene scene;
  scene.rule.kind = "instance_silent";
  scene.rule.label_selector = {{"env", "test"}};
  scene.instance.last_seen = at(0);
  scene.instance.silent_for = 900s;
  auto definitions = scene.definitions();
  definitions.fed_for = 900s;
  EXPECT_TRUE(scene.book.define(definitions, at(1000)).empty());
}

// PostgreSQL would not take it, and the alert would be lost.
TEST(AlertBook, NoNulIsTakenOver) {
  Scene scene;
  scene.define();
  scene.result(CheckStatus::down, 1);
  domain::CheckResult result;
  result.check_id = CheckId{scene.check.id};
  result.location = "default";
  result.slot = at(2);
  result.outcome.status = CheckStatus::down;
  result.outcome.reason = std::string("body is \0\0?", 11);
  result.failures_before_down = 2;
  EXPECT_EQ(scene.book.observe(result, at(2)).at(0).alert.text, "body is ?");
}

// M-002. An element of the result is an alert for as long as it is in it.
TEST(AlertBook, ARuleInPromqlFiresPerElement) {
  Scene scene;
  scene.rule.kind = "promql";
  scene.rule.expr = "sum by (server_id) (rate(x[1m])) > 1";
  scene.rule.for_seconds = 30;
  scene.define();
  const auto result = [&](const std::vector<QueryElement>& elements, int second) {
    return scene.book.observe(scene.rule, elements, at(second));
  };
  const QueryElement a{{{"server_id", "a"}}, 2};
  const QueryElement b{{{"server_id", "b"}}, 3};
  auto changes = result({a, b}, 0);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].change, AlertChange::pending);
  // Not by time alone: it may not hold any more.
  EXPECT_TRUE(scene.book.tick(at(60)).empty());
  changes = result({a}, 60);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].change, AlertChange::fired);
  EXPECT_EQ(changes[0].alert.labels.at("server_id"), "a");
  EXPECT_EQ(changes[0].alert.title, "Check down on a");
  EXPECT_EQ(changes[0].alert.text, "sum by (server_id) (rate(x[1m])) > 1: 2");
  EXPECT_EQ(changes[1].change, AlertChange::cleared);
  // What was not evaluated for long changes nothing, and neither does another version of the rule.
  EXPECT_TRUE(scene.book.tick(at(4000)).empty());
  auto edited = scene.rule;
  edited.version = 2;
  EXPECT_TRUE(scene.book.observe(edited, {}, at(4000)).empty());
  changes = result({}, 4001);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].change, AlertChange::resolved);
  EXPECT_EQ(changes[0].alert.labels.at("server_id"), "a");
  EXPECT_EQ(scene.book.alerts(), 0U);
}

TEST(AlertBook, AnAlertOfARuleInPromqlIsTakenUpAgain) {
  Scene scene;
  scene.rule.kind = "promql";
  scene.define();
  const auto fired = scene.book.observe(scene.rule, {{{{"a", "b"}}, 1}}, at(0));
  ASSERT_EQ(fired.size(), 1U);
  AlertBook other;
  other.restore({fired[0].alert});
  EXPECT_TRUE(other.define(scene.definitions(), at(10)).empty());
  EXPECT_EQ(other.observe(scene.rule, {{{{"a", "b"}}, 2}}, at(20)).at(0).change,
            AlertChange::refreshed);
  EXPECT_EQ(other.observe(scene.rule, {}, at(30)).at(0).change, AlertChange::resolved);
  other.restore({fired[0].alert});
  EXPECT_EQ(other.define({{}, {}, {}}, at(40)).at(0).change, AlertChange::resolved);
}

TEST(PromqlRules, ResultsAreElementsWithoutNames) {
  using promql::Labels;
  promql::Vector vector = {{Labels({{"__name__", "x"}, {"a", "1"}}), {0, 5}},
                           {Labels({{"__name__", "x"}, {"a", "2"}}), {0, 6}}};
  const auto elements = elements_of(vector);
  ASSERT_TRUE(elements);
  EXPECT_EQ((*elements)[1].labels, (domain::LabelSet{{"a", "2"}}));
  vector.push_back({Labels({{"__name__", "y"}, {"a", "1"}}), {0, 7}});
  EXPECT_EQ(elements_of(vector).error().text,
            "vector contains metrics with the same labelset after applying alert labels");
  EXPECT_EQ(elements_of(promql::Scalar{{0, 1}})->size(), 1U);
  EXPECT_FALSE(elements_of(promql::Matrix{}));
}

TEST(AlertBook, WhatIsGoneOrDisabledIsResolved) {
  for (const char* what : {"rule", "check", "selector"}) {
    Scene scene;
    scene.define();
    scene.result(CheckStatus::down, 1);
    const auto fired = scene.result(CheckStatus::down, 2);
    ASSERT_EQ(fired.size(), 1u);
    auto definitions = scene.definitions();
    if (*what == 'r') definitions.rules.clear();
    if (*what == 'c') definitions.checks.clear();
    if (*what == 's') definitions.rules[0].label_selector = {{"team", "db"}};
    const auto ended = scene.book.define(definitions, at(3));
    ASSERT_EQ(ended.size(), 1u) << what;
    EXPECT_EQ(ended[0].change, AlertChange::resolved);
    EXPECT_EQ(ended[0].rule.name, "Check down");
    EXPECT_EQ(ended[0].alert.title, "shop is no longer watched") << what;
  }
}

// A-048. Of several locations the quorum decides; the text is of one that sees it down.
TEST(AlertBook, ChecksOfSeveralLocationsFireByQuorum) {
  Scene scene;
  scene.check.locations = {"a", "b", "c"};
  scene.check.quorum = 2;
  scene.define();
  const auto result = [&](const char* location, CheckStatus status, int second) {
    domain::CheckResult one;
    one.check_id = CheckId{scene.check.id};
    one.slot = at(second);
    one.location = location;
    one.locations = 3;
    one.quorum = 2;
    one.outcome.status = status;
    one.outcome.reason = std::string("seen from ") + location;
    one.failures_before_down = one.successes_before_up = 1;
    return scene.book.observe(one, at(second));
  };
  EXPECT_TRUE(result("a", CheckStatus::down, 1).empty());
  EXPECT_TRUE(result("c", CheckStatus::up, 1).empty());
  const auto fired = result("b", CheckStatus::down, 1);
  ASSERT_EQ(fired.size(), 1u);
  EXPECT_EQ(fired[0].alert.text, "seen from b");
  EXPECT_TRUE(result("b", CheckStatus::unknown, 2).empty());
  EXPECT_TRUE(result("b", CheckStatus::unknown, 3).empty()) << "our own trouble is no all-clear";
  EXPECT_EQ(result("b", CheckStatus::up, 4).size(), 1u);
}

TEST(AlertBook, AnEditOfLocationsIsNoAllClear) {
  Scene scene;
  scene.check.locations = {"a", "b"};
  scene.check.quorum = 2;
  scene.define();
  const auto result = [&](const char* location, CheckStatus status, int second) {
    domain::CheckResult one;
    one.check_id = CheckId{scene.check.id};
    one.slot = at(second);
    one.location = location;
    one.locations = one.quorum = 2;
    one.outcome.status = status;
    one.failures_before_down = one.successes_before_up = 1;
    return scene.book.observe(one, at(second));
  };
  EXPECT_TRUE(result("a", CheckStatus::down, 1).empty());
  EXPECT_EQ(result("b", CheckStatus::down, 1).size(), 1u);
  scene.check.locations = {"a", "b", "c"};
  EXPECT_TRUE(scene.define(2).empty());
  EXPECT_TRUE(result("c", CheckStatus::up, 2).empty()) << "a and b see it down as before";
  scene.check.locations = {"a", "c"};
  const auto ended = scene.define(3);
  ASSERT_EQ(ended.size(), 1u) << "of two places one sees it up";
  EXPECT_EQ(ended[0].change, AlertChange::resolved);
  EXPECT_TRUE(result("b", CheckStatus::down, 4).empty()) << "it was under way";
}

TEST(AlertBook, AWordAboutSilenceIsRefutedByWhatCame) {
  Scene scene;
  scene.define();
  scene.result(CheckStatus::up, 1);
  scene.result(CheckStatus::up, 2);
  domain::CheckResult word;
  word.check_id = CheckId{scene.check.id};
  word.location = "default";
  word.slot = at(3);
  word.outcome.status = CheckStatus::down;
  word.failures_before_down = 1;
  word.if_latest = at(1);
  EXPECT_TRUE(scene.book.refutes(word));
  EXPECT_TRUE(scene.book.observe(word, at(3)).empty());
  word.if_latest = at(2);
  EXPECT_FALSE(scene.book.refutes(word));
  EXPECT_EQ(scene.book.observe(word, at(3)).size(), 1u);
}

// A gap in the feed, or a restart: the stored state is taken over.
TEST(AlertBook, StoredStatesCloseGaps) {
  Scene scene;
  scene.define();
  const auto stored = [](CheckStatus status, int second) {
    domain::CheckState state;
    state.status = status;
    state.slot = at(second);
    return domain::CheckStates{{{"default", state}}, status, at(second)};
  };
  scene.check.states = stored(CheckStatus::down, 5);
  scene.check.reason = "refused";
  const auto fired = scene.define(6);
  ASSERT_EQ(fired.size(), 1u);
  AlertBook next;
  next.restore({fired[0].alert});
  EXPECT_TRUE(next.define(scene.definitions(), at(7)).empty());  // known already
  scene.check.states = stored(CheckStatus::up, 8);
  const auto resolved = next.define(scene.definitions(), at(9));
  ASSERT_EQ(resolved.size(), 1u);
  EXPECT_EQ(resolved[0].alert.incident_id, fired[0].alert.incident_id);
}

}  // namespace
}  // namespace monitron::notifier
