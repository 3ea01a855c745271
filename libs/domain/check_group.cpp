#include "domain/check_group.hpp"

#include <map>

namespace monitron::domain {

namespace {

constexpr std::size_t kNamed = 5;

class Judge {
 public:
  Judge(const std::unordered_map<Uuid, GroupSettings>& groups,
        const std::unordered_map<Uuid, CheckStatus>& states)
      : groups_(groups), states_(states) {}

  std::unordered_map<Uuid, GroupVerdict> all() {
    // In order, so that a group within itself is judged the same each time.
    std::map<Uuid, const GroupSettings*> in_order;
    for (const auto& [id, group] : groups_) in_order.emplace(id, &group);
    for (const auto& [id, group] : in_order) verdict(id, *group);
    return std::move(verdicts_);
  }

 private:
  // What is there already is judged, or is being judged: then it is unknown still.
  CheckStatus verdict(const Uuid& id, const GroupSettings& group) {
    const auto [place, fresh] = verdicts_.try_emplace(id);
    if (!fresh) return place->second.status;
    GroupVerdict verdict;
    std::vector<MemberState> members;
    for (const auto& member : group.members) {
      const auto uuid = Uuid::parse(member.check_id);
      const auto status = uuid ? status_of(*uuid) : std::nullopt;
      if (!status) continue;
      members.push_back({*status, member.weight});
      ++(*status == CheckStatus::up     ? verdict.up
         : *status == CheckStatus::down ? verdict.down
                                        : verdict.unknown);
      if (*status != CheckStatus::up && verdict.not_up.size() < kNamed) {
        verdict.not_up.push_back(*uuid);
      }
    }
    verdict.status = group_status(group.mode, group.at_least, members);
    return (verdicts_[id] = std::move(verdict)).status;
  }

  std::optional<CheckStatus> status_of(const Uuid& id) {
    if (const auto group = groups_.find(id); group != groups_.end()) {
      return verdict(id, group->second);
    }
    const auto state = states_.find(id);
    return state == states_.end() ? std::nullopt : std::optional(state->second);
  }

  const std::unordered_map<Uuid, GroupSettings>& groups_;
  const std::unordered_map<Uuid, CheckStatus>& states_;
  std::unordered_map<Uuid, GroupVerdict> verdicts_;
};

}  // namespace

CheckStatus group_status(std::string_view mode, int at_least,
                         const std::vector<MemberState>& members) {
  std::int64_t all = 0, up = 0, down = 0;
  for (const auto& member : members) {
    const int weight = mode == "weighted" ? member.weight : 1;
    all += weight;
    if (member.status == CheckStatus::up) up += weight;
    if (member.status == CheckStatus::down) down += weight;
  }
  if (members.empty()) return CheckStatus::unknown;
  const std::int64_t wanted = mode == "worst" ? all : mode == "best" ? 1 : at_least;
  if (up >= wanted) return CheckStatus::up;
  return all - down < wanted ? CheckStatus::down : CheckStatus::unknown;
}

std::unordered_map<Uuid, GroupVerdict> judge_groups(
    const std::unordered_map<Uuid, GroupSettings>& groups,
    const std::unordered_map<Uuid, CheckStatus>& states) {
  return Judge(groups, states).all();
}

}  // namespace monitron::domain
