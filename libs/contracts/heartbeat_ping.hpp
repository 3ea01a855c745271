#pragma once
// heartbeat.ping: somebody has called the ping URL of a heartbeat check. heartbeat.mark: the
// watcher has got everything that was sent before. Both are JSON on mon.jobs, key heartbeat, and
// keep their order in one queue.

#include "contracts/contract.hpp"
#include "domain/heartbeat.hpp"

namespace monitron::contracts {

// A ping that the broker has not confirmed so long after it came is refused: what was accepted is
// in the queue by then.
inline constexpr std::chrono::milliseconds kPingDeadline{1000};

struct HeartbeatPing {
  static constexpr Contract contract{.type = "heartbeat.ping", .version = 1, .owner = "ingest"};

  Uuid ping_id;  // one per call; the inbox knows duplicates by it
  CheckId check_id;
  domain::HeartbeatPing ping;
  std::string body;    // what the caller sent, cut off; UTF-8
  std::string caller;  // its address
  std::string user_agent;
  bool operator==(const HeartbeatPing&) const = default;
};

std::string encode(const HeartbeatPing& ping);
// Fault: invalid, naming the member.
Result<HeartbeatPing> decode_heartbeat_ping(std::string_view body);
Message to_message(const HeartbeatPing& ping);

struct HeartbeatMark {
  static constexpr Contract contract{.type = "heartbeat.mark", .version = 1, .owner = "checker"};

  Uuid watcher;  // who sent it
  Instant at;    // when
  bool operator==(const HeartbeatMark&) const = default;
};

std::string encode(const HeartbeatMark& mark);
Result<HeartbeatMark> decode_heartbeat_mark(std::string_view body);
Message to_message(const HeartbeatMark& mark);

}  // namespace monitron::contracts
