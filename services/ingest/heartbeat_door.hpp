#pragma once
// The door of heartbeats: ping URLs as users of Healthchecks know them. Who knows the key may ping;
// nothing else is asked and no database is needed. Answered with 200 once the broker has it.
//
//   /ping/<key>          success
//   /ping/<key>/start    a run begins
//   /ping/<key>/fail     it failed
//   /ping/<key>/log      a word that changes nothing
//   /ping/<key>/<0-255>  it ended with this exit code
//
// By GET, HEAD and POST; of a body the first 10,000 bytes are kept.

#include "auth/ping_keys.hpp"
#include "contracts/heartbeat_ping.hpp"
#include "http/router.hpp"
#include "service/metrics.hpp"

#include <mutex>
#include <unordered_map>

namespace monitron::ingest {

// How often one heartbeat may call: kPings at once, then one a second. Threads: any.
class PingRates {
 public:
  static constexpr double kPings = 20;
  bool take(const CheckId& check, SteadyInstant now);
  std::size_t size() const { return buckets_.size(); }

 private:
  struct Bucket {
    double left = kPings;
    SteadyInstant at;
  };
  void forget_full(SteadyInstant now);

  std::mutex mutex_;  // guards what follows
  std::unordered_map<Uuid, Bucket> buckets_;
};

class HeartbeatDoor {
 public:
  using Completion = std::function<void(const Result<void>&)>;
  // False when the publisher takes no more.
  using Publish = std::function<bool(contracts::Message, Completion)>;

  HeartbeatDoor(const std::vector<std::string>& encryption_keys, Publish publish,
                service::Metrics& metrics, const Clock& clock);

  // Before the server starts.
  void add_routes(http::Router& router);

 private:
  void take(const std::shared_ptr<http::Exchange>& exchange);

  const auth::PingKeys keys_;
  const Publish publish_;
  const Clock& clock_;
  PingRates rates_;
  service::Counter accepted_, unknown_, too_many_, unavailable_;
};

// The ping that a request is; nothing when its address says something else.
std::optional<domain::HeartbeatPing> read_ping(const http::Request& request, Instant now);
// As UTF-8 without NUL, cut off.
std::string kept_body(std::string_view body);

}  // namespace monitron::ingest
