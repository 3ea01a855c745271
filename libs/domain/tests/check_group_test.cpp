#include "domain/check_group.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::domain {

namespace {

using enum CheckStatus;

CheckStatus of(std::string_view mode, int at_least, const std::vector<CheckStatus>& states) {
  std::vector<MemberState> members;
  for (const auto state : states) members.push_back({state, 1});
  return group_status(mode, at_least, members);
}

int rank(CheckStatus status) { return status == up ? 2 : status == unknown ? 1 : 0; }

GroupSettings group_of(const std::vector<Uuid>& members, const std::string& mode = "worst") {
  GroupSettings group;
  group.mode = mode;
  for (const auto& member : members) group.members.push_back({member.str(), 1});
  return group;
}

}  // namespace

TEST(CheckGroup, WorstBestAndSoMany) {
  EXPECT_EQ(of("worst", 1, {up, up}), up);
  EXPECT_EQ(of("worst", 1, {up, unknown}), unknown);
  EXPECT_EQ(of("worst", 1, {unknown, down}), down);
  EXPECT_EQ(of("best", 1, {down, up}), up);
  EXPECT_EQ(of("best", 1, {down, unknown}), unknown);
  EXPECT_EQ(of("best", 1, {down, down}), down);
  EXPECT_EQ(of("at_least", 2, {up, down, up}), up);
  EXPECT_EQ(of("at_least", 2, {up, down, unknown}), unknown);
  EXPECT_EQ(of("at_least", 2, {up, down, down}), down);
  EXPECT_EQ(of("worst", 1, {}), unknown);
}

TEST(CheckGroup, Weights) {
  EXPECT_EQ(group_status("weighted", 5, {{up, 4}, {up, 1}, {down, 9}}), up);
  EXPECT_EQ(group_status("weighted", 6, {{up, 4}, {unknown, 1}, {down, 9}}), down);
  EXPECT_EQ(group_status("weighted", 5, {{up, 4}, {unknown, 1}, {down, 9}}), unknown);
}

TEST(CheckGroup, GroupsOfGroupsAreJudgedAtOnce) {
  const Uuid leaf = Uuid::make(), inner = Uuid::make(), outer = Uuid::make(), gone = Uuid::make();
  const auto verdicts = judge_groups({{inner, group_of({leaf, gone})}, {outer, group_of({inner})}},
                                     {{leaf, down}, {inner, up}});
  EXPECT_EQ(verdicts.at(inner), (GroupVerdict{down, 0, 1, 0, {leaf}}));
  EXPECT_EQ(verdicts.at(outer), (GroupVerdict{down, 0, 1, 0, {inner}}));
}

TEST(CheckGroup, AGroupWithinItselfDoesNoHarm) {
  const Uuid leaf = Uuid::make(), one = Uuid::make(), two = Uuid::make();
  const auto best = [&](CheckStatus state) {
    return judge_groups(
               {
                   {one, group_of({two, leaf}, "best")},
                   {two, group_of({one}, "best")},
               },
               {{leaf, state}})
        .at(one)
        .status;
  };
  EXPECT_EQ(best(up), up);
  EXPECT_EQ(best(down), unknown);
  EXPECT_EQ(judge_groups({{one, group_of({one})}}, {}).at(one).status, unknown);
}

// A member that gets worse never makes the group better.
RC_GTEST_PROP(CheckGroup, IsMonotone, ()) {
  const auto mode = *rc::gen::element<std::string>("worst", "best", "at_least", "weighted");
  const int at_least = *rc::gen::inRange(1, 12);
  auto members = *rc::gen::nonEmpty(rc::gen::container<std::vector<MemberState>>(
      rc::gen::map(rc::gen::tuple(rc::gen::element(up, down, unknown), rc::gen::inRange(0, 5)),
                   [](const auto& pair) {
                     return MemberState{std::get<0>(pair), std::get<1>(pair)};
                   })));
  const auto before = group_status(mode, at_least, members);
  auto& one = *rc::gen::elementOf(std::vector<std::size_t>{0, members.size() - 1}).as("which") == 0
                  ? members.front()
                  : members.back();
  const auto was = one.status;
  one.status = *rc::gen::element(up, down, unknown);
  const auto now = group_status(mode, at_least, members);
  if (rank(one.status) <= rank(was)) RC_ASSERT(rank(now) <= rank(before));
  if (rank(one.status) >= rank(was)) RC_ASSERT(rank(now) >= rank(before));
}

// Unknown means that it might be either: a known verdict stands whatever the unknown ones are.
RC_GTEST_PROP(CheckGroup, AKnownVerdictDoesNotDependOnTheUnknown, ()) {
  const auto mode = *rc::gen::element<std::string>("worst", "best", "at_least");
  const int at_least = *rc::gen::inRange(1, 6);
  auto states = *rc::gen::nonEmpty(
      rc::gen::container<std::vector<CheckStatus>>(rc::gen::element(up, down, unknown)));
  const auto verdict = of(mode, at_least, states);
  if (verdict == unknown) return;
  for (auto& state : states) {
    if (state == unknown) state = *rc::gen::element(up, down);
  }
  RC_ASSERT(of(mode, at_least, states) == verdict);
}

}  // namespace monitron::domain
