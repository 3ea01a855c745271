#pragma once
// Runs checks on one loop. Threads: loop only (construction and destruction while the loop rests).

#include "loop/loop.hpp"
#include "probe/finding.hpp"
#include "script/runner.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace monitron::probe {

// What all engines of a program share; checked once. Threads: any, it does not change.
class EngineSettings {
 public:
  struct Wishes {
    std::string location = "default";           // where these checks run
    std::vector<std::string> denied_networks;   // CIDR blocks
    std::vector<std::string> allowed_networks;  // CIDR blocks; empty: all that are not denied
    std::string ca_file;                        // empty: the system's
    std::vector<std::string> dns_servers;       // empty: the system's
    std::string rdap_bootstrap_url;             // IANA's list of RDAP servers
    std::string whois_server;                   // that knows which server is asked for what
    script::RunnerConfig scripts;               // its spawner is started by `make`
    // Opens a sealed secret, which is bound to a context; empty: secrets are plain already.
    std::function<Result<std::string>(const std::string& sealed, const std::string& context)>
        open_secret;
  };
  // Fault: invalid.
  static Result<EngineSettings> make(const Wishes& wishes);

 private:
  friend class Engine;
  struct State;
  std::shared_ptr<const State> state_;
};

class Engine {
 public:
  Engine(loop::Loop& loop, const EngineSettings& settings);
  ~Engine();  // what still runs ends without an outcome
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // `done` is called once, on the loop, at the latest when the check's timeout passes; a script's,
  // that may wait as long for its place, when it passes for the second time.
  using Done = std::function<void(Finding)>;
  void start(domain::CheckDefinition check, Done done);
  std::size_t running() const;

  // The way to an address (traceroute.hpp).
  void trace(const Address& to, std::function<void(std::string)> done);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace monitron::probe
