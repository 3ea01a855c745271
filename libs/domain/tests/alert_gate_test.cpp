// Maintenance windows and dependencies: what may begin to be told (M-002).
#include "domain/alert_gate.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::domain {
namespace {

using std::chrono::seconds;
using enum CheckStatus;

Instant at(int second) { return from_ms(1'700'000'000'000) + seconds(second); }

Uuid id_of(int number) {
  Uuid id;
  id.bytes[0] = static_cast<std::uint8_t>(number >> 8);
  id.bytes[1] = static_cast<std::uint8_t>(number);
  id.bytes[15] = 1;
  return id;
}

// An alert that asks, with labels that live as long as it.
struct Asking {
  LabelSet labels;
  int since = 100;
  int evidence = 100;

  std::optional<GateShut> at_time(const AlertGate& gate, int now) const {
    return gate.decide({labels, at(since), at(evidence)}, at(now));
  }
  // "open", or the kind of the shut gate.
  std::string kind(const AlertGate& gate, int now) const {
    const auto shut = at_time(gate, now);
    return shut ? std::string(to_string(shut->kind)) : "open";
  }
};

Asking about_check(int number, LabelSet labels = {}) {
  labels["check_id"] = id_of(number).str();
  return {std::move(labels)};
}

GateParent parent(CheckStatus status, int slot, int since = 0) {
  return {"switch", {}, status, at(since), status == down, at(slot), seconds(60)};
}

GateDependency behind(std::vector<int> parents, LabelSet children) {
  GateDependency dependency{id_of(900 + parents.front()), "behind", std::move(children), {}, {}};
  for (const int number : parents) dependency.parents.push_back(id_of(number));
  return dependency;
}

TEST(AlertGate, IsOpenWhereNothingIsDefined) {
  EXPECT_EQ(about_check(1).kind(AlertGate{}, 100), "open");
}

TEST(AlertGate, AWindowShutsForItsLabelsAndItsTime) {
  AlertGate gate;
  gate.define({{id_of(1), "reboot", {{"site", "a"}}, false, at(100), at(200)},
               {id_of(2), "longer", {{"site", "a"}, {"rack", "1"}}, false, at(150), at(300)}},
              {});
  const Asking in{{{"site", "a"}, {"x", "y"}}}, out{{{"site", "b"}}};
  const Asking both{{{"site", "a"}, {"rack", "1"}}};
  EXPECT_EQ(in.kind(gate, 99), "open");
  EXPECT_EQ(in.kind(gate, 100), "maintenance");
  EXPECT_EQ(in.kind(gate, 199), "maintenance");
  EXPECT_EQ(in.kind(gate, 200), "open");
  EXPECT_EQ(out.kind(gate, 150), "open");
  ASSERT_EQ(both.kind(gate, 160), "maintenance");
  EXPECT_EQ(both.at_time(gate, 160)->id, id_of(2)) << "the one that ends last";
  EXPECT_EQ(both.at_time(gate, 160)->text, "maintenance \"longer\" until 2023-11-14 22:18:20 UTC");
}

TEST(AlertGate, AWindowOverEverythingIsAskedFor) {
  AlertGate gate;
  gate.define({{id_of(1), "named nothing", {}, false, at(0), at(200)}}, {});
  EXPECT_EQ(about_check(1).kind(gate, 100), "open");
  gate.define({{id_of(1), "all", {}, true, at(0), at(200)}}, {});
  EXPECT_EQ(about_check(1).kind(gate, 100), "maintenance");
}

TEST(AlertGate, IsShutBehindAParentThatIsDown) {
  AlertGate gate;
  gate.define({}, {behind({1}, {{"site", "a"}})});
  gate.see(id_of(1), parent(down, 90, 90));
  const auto child = about_check(2, {{"site", "a"}});
  ASSERT_EQ(child.kind(gate, 100), "dependency");
  EXPECT_EQ(child.at_time(gate, 100)->text, "depends on \"switch\": down");
  EXPECT_EQ(about_check(2, {{"site", "b"}}).kind(gate, 100), "open");
  EXPECT_EQ(about_check(1, {{"site", "a"}}).kind(gate, 100), "open") << "it is its own parent";
  EXPECT_EQ(Asking({{{"site", "a"}, {"server_id", "x"}}}).kind(gate, 100), "dependency")
      << "no check at all";
}

TEST(AlertGate, ADependencyMayNameOneCheck) {
  AlertGate gate;
  auto one = behind({1}, {});
  one.child_check_id = id_of(2);
  gate.define({}, {one});
  gate.see(id_of(1), parent(down, 90));
  EXPECT_EQ(about_check(2).kind(gate, 100), "dependency");
  EXPECT_EQ(about_check(3).kind(gate, 100), "open");
}

TEST(AlertGate, WaitsForAParentThatWasNotCheckedSince) {
  AlertGate gate;
  gate.define({}, {behind({1}, {{"site", "a"}})});
  gate.see(id_of(1), parent(up, 90));
  const auto child = about_check(2, {{"site", "a"}});
  ASSERT_EQ(child.kind(gate, 100), "waiting");
  EXPECT_EQ(child.at_time(gate, 100)->awaited, std::vector{id_of(1)});
  EXPECT_EQ(child.kind(gate, 159), "waiting");
  EXPECT_EQ(child.kind(gate, 160), "open") << "for as long as the parent needs, no longer";
  gate.see(id_of(1), parent(up, 101));
  EXPECT_EQ(child.kind(gate, 102), "open") << "the parent was seen up since";
  auto failing = parent(up, 101);
  failing.failing = true;
  gate.see(id_of(1), failing);
  EXPECT_EQ(child.kind(gate, 102), "waiting") << "it fails, and is not down yet";
}

TEST(AlertGate, NobodyWaitsForeverForAParent) {
  AlertGate gate;
  gate.define({}, {behind({1}, {{"site", "a"}})});
  auto slow = parent(up, 90);
  slow.patience = seconds(86'400);
  gate.see(id_of(1), slow);
  const auto child = about_check(2, {{"site", "a"}});
  EXPECT_EQ(child.kind(gate, 699), "waiting");
  EXPECT_EQ(child.kind(gate, 700), "open");
}

TEST(AlertGate, WhatComesBackIsLookedAtAgainFirst) {
  AlertGate gate;
  gate.define({}, {behind({1}, {{"site", "a"}})});
  gate.see(id_of(1), parent(up, 500, 500));  // again since 500
  auto child = about_check(2, {{"site", "a"}});
  child.evidence = 490;
  ASSERT_EQ(child.kind(gate, 510), "waiting");
  EXPECT_EQ(child.at_time(gate, 510)->awaited, std::vector{id_of(2)});
  EXPECT_EQ(child.kind(gate, 1100), "open") << "nobody looks at it any more: better told";
  child.evidence = 505;
  EXPECT_EQ(child.kind(gate, 510), "open");
}

TEST(AlertGate, SaysWhatCameBackAndWhatIsBehindIt) {
  AlertGate gate;
  auto one = behind({2}, {});
  one.child_check_id = id_of(8);
  gate.define({}, {behind({1}, {{"site", "a"}}), one});
  EXPECT_FALSE(gate.see(id_of(1), parent(up, 90))) << "nobody knows what was before";
  EXPECT_FALSE(gate.see(id_of(1), parent(down, 100, 100)));
  EXPECT_FALSE(gate.see(id_of(1), parent(down, 110, 100)));
  EXPECT_TRUE(gate.see(id_of(1), parent(up, 120, 120)));
  EXPECT_FALSE(gate.see(id_of(1), parent(up, 130, 120)));
  EXPECT_TRUE(gate.is_behind({{"site", "a"}, {"x", "y"}}, id_of(7), {id_of(1)}));
  EXPECT_FALSE(gate.is_behind({{"site", "a"}}, id_of(7), {id_of(2)}));
  EXPECT_FALSE(gate.is_behind({{"site", "a"}}, id_of(1), {id_of(1)})) << "itself";
  EXPECT_TRUE(gate.is_behind({}, id_of(8), {id_of(1), id_of(2)}));
  EXPECT_FALSE(gate.is_behind({}, id_of(7), {id_of(2)}));
}

TEST(AlertGate, OneParentOfAGroupIsEnough) {
  AlertGate gate;
  gate.define({}, {behind({1, 2}, {{"site", "a"}})});
  gate.see(id_of(1), parent(down, 90, 90));
  gate.see(id_of(2), parent(up, 110));
  const auto child = about_check(3, {{"site", "a"}});
  EXPECT_EQ(child.kind(gate, 120), "open");
  gate.see(id_of(2), parent(up, 90));
  EXPECT_EQ(child.kind(gate, 120), "waiting");
  gate.see(id_of(2), parent(down, 130, 130));
  EXPECT_EQ(child.kind(gate, 131), "dependency");
  EXPECT_EQ(child.at_time(gate, 131)->text, "depends on \"switch\", \"switch\": down");
  gate.forget(id_of(1));
  gate.forget(id_of(2));
  EXPECT_EQ(child.kind(gate, 131), "open") << "nobody watches them";
}

TEST(AlertGate, EveryDependencyMustBeMet) {
  AlertGate gate;
  gate.define({}, {behind({1}, {{"site", "a"}}), behind({2}, {{"power", "p"}})});
  gate.see(id_of(1), parent(up, 110));
  gate.see(id_of(2), parent(down, 110));
  EXPECT_EQ(about_check(3, {{"site", "a"}, {"power", "p"}}).kind(gate, 120), "dependency");
  EXPECT_EQ(about_check(3, {{"site", "a"}}).kind(gate, 120), "open");
}

TEST(AlertGate, ReachesOverParentsThatNobodyCouldAsk) {
  AlertGate gate;
  gate.define({}, {behind({1}, {{"site", "a"}}), behind({2}, {{"role", "switch"}})});
  auto asked_long_ago = parent(up, 10);
  asked_long_ago.labels = {{"role", "switch"}};
  gate.see(id_of(1), asked_long_ago);
  gate.see(id_of(2), parent(down, 90));
  const auto child = about_check(3, {{"site", "a"}});
  EXPECT_EQ(child.kind(gate, 10'000), "dependency");
  gate.see(id_of(2), parent(up, 500, 500));
  EXPECT_EQ(child.kind(gate, 520), "waiting") << "for the one between";
  EXPECT_EQ(child.kind(gate, 561), "waiting") << "and for a result of its own";
  asked_long_ago.slot = at(90);
  asked_long_ago.status = unknown;
  gate.see(id_of(1), asked_long_ago);
  gate.see(id_of(2), parent(down, 501, 501));
  EXPECT_EQ(child.kind(gate, 520), "dependency");
}

// Each of them down, and each behind the next one.
TEST(AlertGate, ARingHidesNothing) {
  AlertGate gate;
  gate.define({}, {behind({1}, {{"n", "2"}}), behind({2}, {{"n", "3"}}), behind({3}, {{"n", "1"}}),
                   behind({1}, {{"leaf", "yes"}})});
  for (int i = 1; i <= 3; ++i) {
    auto one = parent(down, 90);
    one.labels = {{"n", std::to_string(i)}};
    gate.see(id_of(i), one);
  }
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(about_check(i, {{"n", std::to_string(i)}}).kind(gate, 100), "open") << i;
  }
  EXPECT_EQ(about_check(9, {{"leaf", "yes"}}).kind(gate, 100), "dependency");
}

// Both get the label from their rule, not from their definitions.
TEST(AlertGate, ARingByLabelsOfARuleHidesNothing) {
  AlertGate gate;
  gate.define({}, {behind({1}, {{"team", "net"}}), behind({2}, {{"team", "net"}})});
  gate.see(id_of(1), parent(down, 90));
  gate.see(id_of(2), parent(down, 90));
  EXPECT_EQ(about_check(1, {{"team", "net"}}).kind(gate, 100), "open");
  EXPECT_EQ(about_check(2, {{"team", "net"}}).kind(gate, 100), "open");
}

// Whatever the graph: of those that are down, one at least is told. And with time and fresh
// results, what has all its parents up is told.
RC_GTEST_PROP(AlertGate, SomebodyIsAlwaysTold, ()) {
  const int count = *rc::gen::inRange(2, 9);
  std::vector<GateDependency> dependencies;
  for (int i = *rc::gen::inRange(0, 16); i > 0; --i) {
    std::vector<int> parents;
    for (int j = *rc::gen::inRange(1, 4); j > 0; --j)
      parents.push_back(*rc::gen::inRange(0, count));
    const auto child = std::to_string(*rc::gen::inRange(0, count));
    dependencies.push_back(behind(parents, {{"n", child}}));
  }
  AlertGate gate;
  gate.define({}, dependencies);
  std::vector<CheckStatus> states;
  for (int i = 0; i < count; ++i) {
    states.push_back(*rc::gen::element(up, down));
    auto state = parent(states.back(), 10'000, 50);
    state.labels = {{"n", std::to_string(i)}};
    gate.see(id_of(i), state);
  }
  int downs = 0, told = 0;
  for (int i = 0; i < count; ++i) {
    if (states[static_cast<std::size_t>(i)] != down) continue;
    ++downs;
    const auto alert = about_check(i, {{"n", std::to_string(i)}});
    told += alert.kind(gate, 10'001) == "open" ? 1 : 0;
  }
  RC_ASSERT(downs == 0 || told > 0);
  gate.define({}, {});
  RC_ASSERT(about_check(0).kind(gate, 10'001) == "open");
}

// What may tell waits no longer than is promised, whatever is known of the parents.
RC_GTEST_PROP(AlertGate, EveryWaitEnds, ()) {
  AlertGate gate;
  gate.define({}, {behind({1}, {{"n", "0"}}), behind({2, 3}, {{"n", "1"}})});
  for (int i = 1; i <= 3; ++i) {
    auto state = parent(*rc::gen::element(up, unknown), *rc::gen::inRange(0, 2000),
                        *rc::gen::inRange(0, 1000));
    state.failing = *rc::gen::arbitrary<bool>();
    state.patience = seconds(*rc::gen::inRange(0, 5000));
    state.labels = {{"n", std::to_string(i)}};
    gate.see(id_of(i), state);
  }
  auto alert = about_check(7, {{"n", "0"}});
  alert.since = *rc::gen::inRange(0, 1000);
  alert.evidence = *rc::gen::inRange(0, 1000);
  RC_ASSERT(alert.kind(gate, 1000 + 1200) == "open");
}

}  // namespace
}  // namespace monitron::domain
