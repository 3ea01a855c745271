#include "series/connection_log.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <map>
#include <tuple>

namespace monitron::series {
namespace {

constexpr std::size_t kDroppedAtOnce = 10'000;

// Sorted, so that writers that store the same ones wait for each other. An end stays an end: what
// was spooled is sent in order, but may come to another writer.
constexpr const char* kStore =
    "INSERT INTO connection_log AS l (instance_id, cookie, opened_at, ended_at, inbound, local_ip, "
    "local_port, remote_ip, remote_port, outcome, process, user_name, container, unit, sent_bytes, "
    "received_bytes) SELECT instance, cookie, to_timestamp(opened / 1000.0), "
    "to_timestamp(nullif(ended, 0) / 1000.0), inbound, local_ip, local_port, remote_ip, "
    "remote_port, outcome, process, user_name, container, unit, sent, received FROM "
    "unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::boolean[], $6::inet[], "
    "$7::integer[], $8::inet[], $9::integer[], $10::text[], $11::text[], $12::text[], $13::text[], "
    "$14::text[], $15::bigint[], $16::bigint[]) AS n (instance, cookie, opened, ended, inbound, "
    "local_ip, local_port, remote_ip, remote_port, outcome, process, user_name, container, unit, "
    "sent, received) ORDER BY instance, opened, cookie "
    "ON CONFLICT (instance_id, opened_at, cookie) DO UPDATE SET ended_at = excluded.ended_at, "
    "outcome = excluded.outcome, process = coalesce(nullif(excluded.process, ''), l.process), "
    "user_name = coalesce(nullif(excluded.user_name, ''), l.user_name), "
    "container = coalesce(nullif(excluded.container, ''), l.container), "
    "unit = coalesce(nullif(excluded.unit, ''), l.unit), sent_bytes = excluded.sent_bytes, "
    "received_bytes = excluded.received_bytes WHERE l.ended_at IS NULL";

constexpr const char* kForget =
    "DELETE FROM connection_log WHERE (instance_id, opened_at, cookie) IN (SELECT instance_id, "
    "opened_at, cookie FROM connection_log WHERE opened_at < now() - $1::bigint * interval '1 s' "
    "ORDER BY opened_at LIMIT $2::bigint) RETURNING 1";

std::int64_t at_most_bigint(std::uint64_t value) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min<std::uint64_t>(value, kMost));
}

using Key = std::tuple<SourceId, std::int64_t, std::uint64_t>;
using Records = std::map<Key, const contracts::ConnectionRecord*>;

// The last that is told of each.
Records records_of(const std::vector<const contracts::Batch*>& batches) {
  Records records;
  for (const auto* batch : batches) {
    for (const auto& one : batch->connections) {
      auto& known = records[{batch->id.source, one.opened_ms, one.cookie}];
      if (known == nullptr || known->ended_ms == 0) known = &one;
    }
  }
  return records;
}

}  // namespace

Result<void> store_connections(Session& session,
                               const std::vector<const contracts::Batch*>& batches) {
  const auto records = records_of(batches);
  if (records.empty()) return {};
  std::array<ArrayText, 16> columns;
  for (const auto& [key, one] : records) {
    std::size_t at = 0;
    const auto add = [&](const auto& value) { columns.at(at++).add(value); };
    add(std::get<0>(key).str());
    add(std::bit_cast<std::int64_t>(one->cookie));
    add(one->opened_ms);
    add(one->ended_ms);
    add(std::string(one->inbound ? "t" : "f"));
    add(one->local_ip);
    add(std::int64_t{one->local_port});
    add(one->remote_ip);
    add(std::int64_t{one->remote_port});
    add(one->outcome);
    add(one->process);
    add(one->user);
    add(one->container);
    add(one->unit);
    add(at_most_bigint(one->sent_bytes));
    add(at_most_bigint(one->received_bytes));
  }
  std::vector<Session::Parameter> parameters;
  for (const auto& column : columns) parameters.push_back(column.str());
  auto done = session.run(kStore, parameters);
  if (!done) return fail(done.error());
  return {};
}

Result<void> forget_connections(Session& session, std::chrono::seconds age) {
  while (true) {
    auto done = session.run(kForget, {std::to_string(age.count()), std::to_string(kDroppedAtOnce)});
    if (!done) return fail(done.error());
    if (done->size() < kDroppedAtOnce) return {};
  }
}

}  // namespace monitron::series
