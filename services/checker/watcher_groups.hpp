#pragma once
// The watcher's groups: reads the states of their members and tells what a group's state has
// become, at once when it changes and again at its interval. Threads: one.

#include "checker/watched.hpp"
#include "domain/check_group.hpp"

namespace monitron::checker {

class GroupKeeper {
 public:
  GroupKeeper(db::Pool& database, Tell tell);

  Result<void> load();
  Result<void> tick(Instant now);

 private:
  struct Told {
    domain::GroupVerdict verdict;
    Instant slot{};
  };

  void tell(const domain::CheckDefinition& group, const domain::GroupVerdict& verdict, Instant now);

  db::Pool& database_;
  const Tell tell_;
  WatchedChecks groups_;
  std::unordered_map<Uuid, domain::GroupSettings> settings_;
  std::vector<Uuid> members_;                    // of all of them
  std::unordered_map<Uuid, std::string> names_;  // of the members
  std::unordered_map<Uuid, Told> told_;
  Instant ticked_{};
};

}  // namespace monitron::checker
