#pragma once
// The settings of the report service; nothing else here reads them.

#include "base/result.hpp"
#include "db/pool.hpp"
#include "mq/endpoint.hpp"
#include "service/runtime.hpp"

namespace monitron::report {

struct Config {
  service::RuntimeConfig runtime;
  db::Config database;
  mq::Endpoint broker;
  std::string log_level;

  // Fault: invalid, every mistake on a line.
  static Result<Config> load();
};

}  // namespace monitron::report
