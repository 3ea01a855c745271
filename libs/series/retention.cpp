#include "series/retention.hpp"

#include <algorithm>

namespace monitron::series {
namespace {

// Raw samples go after their rollups were made, and rollups not before the raw samples: as long as
// these are there, so are their rollups. A class that nobody has configured (any more) is kept as
// class 0 is.
constexpr const char* kExpired =
    "SELECT DISTINCT ON (p.tier) p.tier, (extract(epoch FROM p.lower) * 1000)::bigint, "
    "(extract(epoch FROM p.upper) * 1000)::bigint, p.name FROM chunk_partitions p "
    "LEFT JOIN retention_classes own ON own.id = p.tier / 4 "
    "JOIN retention_classes rest ON rest.id = 0 "
    "WHERE p.upper < $1::timestamptz - CASE p.tier % 4 WHEN 0 THEN coalesce(own.raw, rest.raw) "
    "WHEN 1 THEN coalesce(own.rollup_5m, rest.rollup_5m) "
    "ELSE coalesce(own.rollup_1h, rest.rollup_1h) END "
    "AND p.written_at < $1::timestamptz - interval '1 day' AND (p.tier % 4 <> 0 OR (p.loose = 0 "
    "AND p.rewritten_at IS NOT NULL AND p.upper - p.lower = interval '1 day')) "
    "AND (p.tier % 4 = 0 OR NOT EXISTS (SELECT FROM chunk_partitions raw WHERE raw.tier = "
    "p.tier - p.tier % 4 AND raw.lower < p.upper AND raw.upper > p.lower)) "
    "AND ($2::text IS NULL OR p.name = $2) ORDER BY p.tier, p.lower";

Result<std::vector<Partition>> expired(Session& session, Instant now,
                                       const Session::Parameter& name) {
  auto rows = session.run(kExpired, {to_rfc3339(now), name});
  if (!rows) return fail(rows.error());
  std::vector<Partition> found;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    found.push_back({static_cast<int>(rows->number(i, 0)), rows->number(i, 1), rows->number(i, 2),
                     rows->text(i, 3)});
  }
  return found;
}

}  // namespace

Result<std::vector<Partition>> next_expired(Session& session, Instant now) {
  return expired(session, now, std::nullopt);
}

Result<void> drop_expired(Session& session, const Fence& fence, const Partition& partition,
                          Instant now, std::chrono::milliseconds lock_timeout) {
  return fenced(session, fence, "BEGIN; SET LOCAL lock_timeout = '5s'", [&]() -> Result<void> {
    if (auto done = hold_chunks(session); !done) return done;
    const auto still = expired(session, now, partition.name);
    if (!still) return fail(still.error());
    if (still->empty()) return {};
    const auto limit = "SET LOCAL lock_timeout = " + std::to_string(lock_timeout.count());
    if (auto set = session.run(limit.c_str()); !set) return fail(set.error());
    if (auto done = lock_tier(session, partition.tier); !done) return done;
    return drop(session, partition);
  });
}

}  // namespace monitron::series
