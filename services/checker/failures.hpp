#pragma once
// What the failure of a check means before it is told: trouble of our own network makes it unknown
// (own_network.hpp, probe/route.hpp); the first of several shows the way to its target.
// Threads: loop only.

#include "checker/own_network.hpp"
#include "loop/loop.hpp"
#include "probe/engine.hpp"

#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

namespace monitron::checker {

class Failures {
 public:
  struct Config {
    std::vector<std::string> guard_targets;
    bool traceroute = false;
    std::function<void(bool up)> own_network;  // told of changes
  };
  Failures(loop::Loop& loop, probe::Engine& engine, Config config)
      : loop_(loop),
        engine_(engine),
        config_(std::move(config)),
        network_(!config_.guard_targets.empty()) {}

  // Of a check that is up.
  void over(const domain::CheckDefinition& check);

  // `done` is called once, maybe before this returns, with the finding as it is to be told;
  // `known`: it is no news that this check fails.
  using Done = std::function<void(probe::Finding)>;
  void judge(bool known, probe::Finding finding, Done done);

 private:
  struct Held {
    probe::Finding finding;
    bool fresh;
    SteadyInstant begun;
    Done done;
  };
  void conclude(Held held, bool away);
  void ask_guards();
  void guards_have_answered();

  static constexpr std::size_t kRemembered = 10'000;

  loop::Loop& loop_;
  probe::Engine& engine_;
  Config config_;
  OwnNetwork network_;
  std::unordered_set<Uuid> failing_;  // checks whose last result was a failure; not all, if many
  std::vector<Held> held_;            // until the guards have answered
  std::size_t asked_ = 0;             // guards that have not answered yet
  bool any_answered_ = false;
  bool any_silent_ = false;
  loop::Timer again_;
};

}  // namespace monitron::checker
