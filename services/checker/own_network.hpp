#pragma once
// Whether failures of the network may be blamed on targets. When they begin, guards that the
// operator named are asked; while they keep silent, all who could be asked, our own network is
// away. Pure: who asks them tells what it heard. Threads: one.

#include "base/clock.hpp"

#include <list>
#include <string>
#include <unordered_map>

namespace monitron::checker {

class OwnNetwork {
 public:
  explicit OwnNetwork(bool guarded) : guarded_(guarded) {}

  // The last result of a target; `failed` for failures of the network alone.
  void saw(const std::string& target, bool failed);

  enum class Verdict { believe, ask, away };
  // Of a failure of the network in a run that began at `begun`; `fresh`: the check's result before
  // was no failure.
  Verdict judge(bool fresh, SteadyInstant begun, SteadyInstant now) const;

  // What the guards said: one answered, or none could be asked. True: a change.
  bool heard(bool up, SteadyInstant now);
  bool up() const { return up_; }

 private:
  bool most_fail() const { return failing_ * 2 > targets_.size(); }

  static constexpr std::size_t kTargets = 20;  // the last different ones that count
  static constexpr std::chrono::seconds kGood{5};

  struct Target {
    std::string name;
    bool failed;
  };
  bool guarded_;
  bool up_ = true;
  std::list<Target> targets_;  // the latest first
  std::unordered_map<std::string, std::list<Target>::iterator> by_name_;
  std::size_t failing_ = 0;
  SteadyInstant heard_at_{};
  SteadyInstant away_at_{};  // when it was last known to be away
};

}  // namespace monitron::checker
