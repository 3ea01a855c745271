#pragma once
// job.changed: long work has begun, gone on, or ended, on mon.events, key job.<kind>. JSON. At most
// one a second for each job. Read by the live stream.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "contracts/contract.hpp"

#include <optional>
#include <string>

namespace monitron::contracts {

struct JobChanged {
  static constexpr Contract contract{.type = "job.changed", .version = 1, .owner = "api"};

  Uuid change_id;  // one per message
  Uuid job_id;
  std::string kind;   // rule_replay, audit_export, config_import, config_plan
  std::string state;  // queued, running, done, failed, cancelled
  std::int64_t progress = 0;
  std::optional<std::int64_t> total{};  // of which the progress is a part; none: not known
  std::string actor_id{};               // the user or the token that asked for it
  Instant at{};
  bool operator==(const JobChanged&) const = default;
};

std::string encode(const JobChanged& change);
// Fault: invalid, naming the member.
Result<JobChanged> decode_job_changed(std::string_view body);
// Its id is that of the change.
Message to_message(const JobChanged& change);

}  // namespace monitron::contracts
