#pragma once
// The settings of the checker; nothing else here reads them.

#include "base/result.hpp"
#include "db/pool.hpp"
#include "mq/endpoint.hpp"
#include "probe/engine.hpp"
#include "service/runtime.hpp"

#include <string>

namespace monitron::checker {

struct Config {
  service::RuntimeConfig runtime;
  db::Config database;
  db::Config watched;  // the watcher's connections
  mq::Endpoint broker;
  std::string location;
  std::string log_level;
  std::string instance;  // of this process, for leases and results
  bool scheduler = true;
  bool worker = true;
  bool watcher = true;
  std::size_t loops = 1;
  std::size_t in_flight = 0;               // 0: what the limit of open files allows
  int prefetch = 256;                      // slices not yet acknowledged
  std::vector<std::string> guard_targets;  // host:port
  bool traceroute = true;
  probe::EngineSettings::Wishes probes;

  // Fault: invalid, every mistake on a line.
  static Result<Config> load();
};

}  // namespace monitron::checker
