#pragma once
// Runs scripts by a spawner, a small process of its own: no fork of a large program, and none of
// its secrets and descriptors. A spawner that ends is replaced; what it ran is lost, what waits is
// not. Threads: any.

#include "script/order.hpp"

#include <functional>
#include <memory>

namespace monitron::script {

struct RunnerConfig {
  std::string folder;       // of the scripts, absolute; empty: no scripts
  std::string user;         // whom they run as; empty: as we
  std::size_t at_once = 0;  // more wait; 0: two for each processor
  std::string program;      // empty: monitron-spawner beside this program
};
// What is wrong with folder or user. Fault: invalid.
Result<void> check(const RunnerConfig& config);

class Runner {
 public:
  // Starts the spawner. Our environment and memory are hidden from other processes of our user from
  // now on, so that no script reads them there.
  explicit Runner(RunnerConfig config);
  ~Runner();  // ends all scripts; nobody hears of it
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // Called on the runner's thread, or within `start`: must not block, nor call the runner.
  // `started` is left out when the script never ran; `ended` is called once.
  struct Listener {
    std::function<void()> started;
    std::function<void(Ending)> ended;
  };
  // Sets the order's id and returns it.
  std::uint64_t start(Order order, Listener listener);
  // After this the listener hears nothing; a script that runs is ended.
  void abandon(std::uint64_t id);

  int spawner() const;  // its process; 0: none now

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace monitron::script
