#pragma once
// The state of a group of checks, from the states of its members. Pure.
//
// A member of which nothing is known may be up or down: the group's state is known as soon as that
// makes no difference. So a member that gets worse (up, unknown, down) never makes the group
// better.

#include "domain/check.hpp"

#include <unordered_map>

namespace monitron::domain {

struct MemberState {
  CheckStatus status = CheckStatus::unknown;
  int weight = 1;
};

// worst: up while all are up. best: up while one is up. at_least: while so many are up. weighted:
// while those up weigh so much. Without members: unknown.
CheckStatus group_status(std::string_view mode, int at_least,
                         const std::vector<MemberState>& members);

// All groups, groups of groups too. A group that is its own member, over whatever detours, is
// unknown to itself. Members that `states` and `groups` do not know are left out: they are deleted
// or disabled.
struct GroupVerdict {
  CheckStatus status = CheckStatus::unknown;
  int up = 0;
  int down = 0;
  int unknown = 0;
  std::vector<Uuid> not_up;  // its members that are not up, the first few
  bool operator==(const GroupVerdict&) const = default;
};
std::unordered_map<Uuid, GroupVerdict> judge_groups(
    const std::unordered_map<Uuid, GroupSettings>& groups,
    const std::unordered_map<Uuid, CheckStatus>& states);

}  // namespace monitron::domain
