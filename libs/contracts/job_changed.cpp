#include "contracts/job_changed.hpp"

#include "contracts/members.hpp"
#include "contracts/topology.hpp"

#include <limits>

namespace monitron::contracts {

using nlohmann::json;

std::string encode(const JobChanged& change) {
  json body = {{"change_id", change.change_id.str()},
               {"job_id", change.job_id.str()},
               {"kind", change.kind},
               {"state", change.state},
               {"progress", change.progress},
               {"actor_id", change.actor_id},
               {"at", to_rfc3339(change.at)}};
  if (change.total) body["total"] = *change.total;
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<JobChanged> decode_job_changed(std::string_view body) {
  const auto parsed = parse_json_object(body);
  if (!parsed) return fail(parsed.error().in("job.changed"));
  Members members(*parsed);
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  JobChanged change;
  change.change_id = members.required_uuid("change_id");
  change.job_id = members.required_uuid("job_id");
  change.kind = members.text("kind");
  change.state = members.text("state");
  change.progress = members.integer("progress", 0, 0, kMost);
  if (parsed->contains("total")) change.total = members.integer("total", 0, 0, kMost);
  change.actor_id = members.text("actor_id");
  const auto at = parse_rfc3339(members.text("at"));
  if (!at) members.refuse("at", "is not a time");
  change.at = at.value_or(Instant{});
  auto read = members.finish(std::move(change));
  if (!read) return fail(read.error().in("job.changed"));
  return read;
}

Message to_message(const JobChanged& change) {
  Message message;
  message.exchange = kEventsExchange;
  message.routing_key = "job." + change.kind;
  message.type = JobChanged::contract.type;
  message.version = JobChanged::contract.version;
  message.message_id = change.change_id.str();
  message.content_type = "application/json";
  message.body = encode(change);
  return message;
}

}  // namespace monitron::contracts
