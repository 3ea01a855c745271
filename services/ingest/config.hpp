#pragma once
// The settings of ingest; nothing else here reads them.

#include "base/result.hpp"
#include "db/pool.hpp"
#include "http/server.hpp"
#include "ingest/time_window.hpp"
#include "mq/endpoint.hpp"
#include "series/compactor.hpp"
#include "series/writer.hpp"
#include "service/runtime.hpp"

namespace monitron::ingest {

struct Config {
  service::RuntimeConfig runtime;
  http::ServerConfig server;
  db::Config database;
  mq::Endpoint broker;
  std::string jwt_secret;
  std::vector<std::string> encryption_keys;
  std::string log_level;
  TimeLimits times;
  series::CompactorConfig compaction;
  series::SeriesLimitsConfig series_limits;
  std::chrono::seconds connection_log_age{0};
  bool door = true;
  bool writer = true;
  bool compactor = true;

  // Fault: invalid, every mistake on a line.
  static Result<Config> load();
};

}  // namespace monitron::ingest
