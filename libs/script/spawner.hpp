#pragma once
// The spawner's side: runs what it is ordered to and tells how it ended. A process of one thread,
// small, so that a fork costs little. What a script leaves behind, detached or not, ends with it.

#include "script/process.hpp"

#include <map>
#include <optional>

namespace monitron::script {

class Spawner {
 public:
  // `socket`: of datagrams, blocking.
  Spawner(int socket, std::string folder, std::optional<Account> account);
  ~Spawner();  // ends all scripts

  // Until the other side is gone: 0; 1 when something is wrong with this machine.
  int serve();

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Script {
    Child child;
    Time begun;
    Time deadline;
    std::size_t output_bytes = 0;
    std::size_t complaint_bytes = 0;
    Ending ending;
  };
  using Scripts = std::map<pid_t, Script>;

  bool take_message();
  void start(const Order& order);
  void kill_script(Script& script, Ending::How how);
  void read_from(Script& script);
  void watch_time();
  void reap();
  void finish(Scripts::iterator found, int status);
  void end_strays();
  int pause_ms() const;
  void say(const std::string& datagram);

  Descriptor socket_;
  Descriptor signals_;
  const std::string folder_;
  const std::optional<Account> account_;
  Scripts scripts_;    // by process
  bool deaf_ = false;  // the other side is gone
};

}  // namespace monitron::script
