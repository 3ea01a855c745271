#include "checker/watcher_groups.hpp"

#include "store/watched_checks.hpp"

#include <set>

namespace monitron::checker {

using namespace std::chrono_literals;

GroupKeeper::GroupKeeper(db::Pool& database, Tell tell)
    : database_(database), tell_(std::move(tell)) {}

Result<void> GroupKeeper::load() {
  auto groups =
      database_.transact([](pqxx::work& tx) { return read_watched(tx, domain::CheckKind::group); });
  if (!groups) return fail(groups.error());
  groups_ = std::move(*groups);
  settings_.clear();
  std::set<Uuid> members;
  for (const auto& [id, group] : groups_) {
    const auto& settings = settings_[id] = group.as<domain::GroupSettings>();
    for (const auto& member : settings.members) {
      if (const auto uuid = Uuid::parse(member.check_id)) members.insert(*uuid);
    }
  }
  members_.assign(members.begin(), members.end());
  std::erase_if(told_, [&](const auto& told) { return !groups_.contains(told.first); });
  return {};
}

Result<void> GroupKeeper::tick(Instant now) {
  const auto after = std::max(std::exchange(ticked_, now), now - 2s);
  if (groups_.empty()) return {};
  const auto states =
      database_.transact([&](pqxx::work& tx) { return store::named_states(tx, members_); });
  if (!states) return fail(states.error());
  std::unordered_map<Uuid, domain::CheckStatus> statuses;
  names_.clear();
  for (const auto& [id, state] : *states) {
    statuses[id] = state.status;
    names_[id] = state.name;
  }
  for (const auto& [id, verdict] : domain::judge_groups(settings_, statuses)) {
    const auto& group = groups_.at(id);
    const auto known = told_.find(id);
    const bool changed = known == told_.end() || known->second.verdict.status != verdict.status;
    const auto slot = latest_slot(group, after, now);
    if (changed || slot) tell(group, verdict, changed ? now : *slot);
  }
  return {};
}

void GroupKeeper::tell(const domain::CheckDefinition& group, const domain::GroupVerdict& verdict,
                       Instant now) {
  auto& told = told_[group.id.value];
  const auto slot = std::max(now, told.slot + 1ms);
  domain::ProbeOutcome outcome;
  outcome.status = verdict.status;
  const int all = verdict.up + verdict.down + verdict.unknown;
  if (verdict.status != domain::CheckStatus::up) {
    outcome.reason = std::to_string(verdict.up) + " of " + std::to_string(all) + " up";
    const char* mark = "; not up: ";
    for (const auto& member : verdict.not_up) {
      outcome.reason += std::exchange(mark, ", ") + names_[member];
    }
    if (verdict.not_up.size() < static_cast<std::size_t>(all - verdict.up)) outcome.reason += " …";
    if (all == 0) outcome.reason = "it has no members that run";
  }
  const auto count = [&](const char* status, int members) {
    outcome.values.push_back(
        {"probe_group_members", {{"status", status}}, static_cast<double>(members)});
  };
  count("down", verdict.down);
  count("unknown", verdict.unknown);
  count("up", verdict.up);
  if (tell_(watched_result(group, slot, std::move(outcome)))) told = {verdict, slot};
}

}  // namespace monitron::checker
