#include "series/run_reader.hpp"

#include "base/clock.hpp"
#include "series/rolled.hpp"
#include "series/sql_text.hpp"

#include <algorithm>
#include <utility>

namespace monitron::series {
namespace {

StoredRow stored_row(BinaryRow& row) {
  StoredRow stored;
  stored.id = row.int32();
  stored.number = row.int64();
  stored.time_ms = row.time_ms();
  stored.count = row.int32();
  stored.times_id = row.optional_int64();
  stored.times = row.bytes();
  stored.data = row.bytes().value_or("");
  return stored;
}

std::vector<std::int32_t> sources_of(const std::vector<WantedSeries>& wanted) {
  std::set<std::int32_t> sources;
  for (const auto& one : wanted) sources.insert(one.source);
  return {sources.begin(), sources.end()};
}

// What was written within a day is there, of whatever time it is.
constexpr std::int64_t kRawIsKeptMs = kDayMs;

Result<std::vector<Partition>> partitions_of(Session& session, const std::string& before,
                                             int retention_class, const StoredRange& range) {
  auto rows = session.run(
      (before +
       "SELECT tier, (date_part('epoch', lower) * 1000)::bigint, "
       "(date_part('epoch', upper) * 1000)::bigint FROM chunk_partitions WHERE tier / 4 = " +
       std::to_string(retention_class) + " AND lower <= " + sql_time(range.to_ms) +
       " AND upper > " + sql_time(range.from_ms) + " AND " + kStandAlone)
          .c_str());
  if (!rows) return fail(rows.error());
  std::vector<Partition> partitions;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    partitions.push_back(
        {static_cast<int>(rows->number(i, 0)), rows->number(i, 1), rows->number(i, 2), ""});
  }
  return partitions;
}

}  // namespace

// COPY takes its snapshot before it locks what it reads. A partition that is rewritten in between
// would show samples that the snapshot sees in staging too (its rows are frozen: everybody sees
// them), so nobody may swap partitions from before the snapshot on; nor drop rollups, if `rolled`,
// between the look at what there is and the reading of it.
Result<std::string> RunReader::locks(Session& session, const std::vector<WantedSeries>& wanted,
                                     bool rolled) {
  std::set<int> tiers;
  for (const auto& one : wanted) {
    for (int resolution = 0; resolution < (rolled ? 3 : 1); ++resolution) {
      tiers.insert(4 * one.retention_class + resolution);
    }
  }
  std::set<int> there;
  for (const auto tier : tiers) {
    const auto known = is_there(session, tier);
    if (!known) return fail(known.error());
    if (*known) there.insert(tier);
  }
  return there.empty() ? std::string() : sql_share_tiers(there) + "; ";
}

Result<bool> RunReader::is_there(Session& session, int tier) {
  {
    const std::lock_guard lock(mutex_);
    if (tiers_.contains(tier)) return true;
  }
  auto there =
      session.run("SELECT to_regclass($1) IS NOT NULL", {"chunk_times_t" + std::to_string(tier)});
  if (!there) return fail(there.error());
  if (there->text(0, 0) != "t") return false;
  const std::lock_guard lock(mutex_);
  tiers_.insert(tier);
  return true;
}

std::size_t ReadRuns::bytes() const {
  std::size_t bytes = raw.bytes();
  for (const auto& one : rolled) bytes += one.bytes();
  return bytes;
}

Result<void> RunReader::copy(Session& session, const std::string& before, StoredRuns& runs,
                             const std::string& after, const ReadRuns& read, const Bounds& bounds) {
  std::size_t rows = 0;
  return session.copy_out(
      before + "COPY (" + runs.statement() + ") TO STDOUT (FORMAT binary)" + after,
      [&](BinaryRow& row) -> Result<void> {
        const auto stored = stored_row(row);
        if (row.bad()) return fail(Fault::bug, "a row of samples cannot be read");
        if (auto done = runs.add(stored); !done) return done;
        if (++rows % 1024 != 0 || !bounds.check) return {};
        return bounds.check(read.bytes());
      });
}

Result<void> RunReader::learn_unknown(Session& session, StoredRuns& runs) {
  const auto unknown = runs.unknown_layouts();
  if (unknown.empty()) return {};
  auto learned = layouts_.learn(session, unknown);
  if (!learned) return fail(learned.error());
  for (auto& [id, places] : *learned) runs.learn(id, places);
  return {};
}

Result<ReadRuns> RunReader::read(Session& session, const std::vector<WantedSeries>& wanted,
                                 const StoredRange& range, const Bounds& bounds) {
  auto layouts = layouts_.of(session, sources_of(wanted), range);
  if (!layouts) return fail(layouts.error());
  const bool old = range.from_ms < to_ms(system_clock().now()) - kRawIsKeptMs;
  auto locks = this->locks(session, wanted, old);
  if (!locks) return fail(locks.error());
  const auto before =
      "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0; "
      "SET LOCAL statement_timeout = " +
      std::to_string(std::max<std::int64_t>(bounds.time.count(), 1)) + "; " + *locks;
  ReadRuns read{StoredRuns(wanted, range, *layouts), {}};
  auto done = old ? read_old(session, before, wanted, range, read, bounds)
                  : copy(session, before, read.raw, "", read, bounds);
  if (done) done = learn_unknown(session, read.raw);
  if (!done) return fail(done.error());
  return read;
}

// In one transaction, so that no partition is dropped between the look at what there is and the
// reading of it.
Result<void> RunReader::read_old(Session& session, const std::string& before,
                                 const std::vector<WantedSeries>& wanted, const StoredRange& range,
                                 ReadRuns& read, const Bounds& bounds) {
  std::map<int, std::vector<WantedSeries>> by_class;
  for (const auto& one : wanted) by_class[one.retention_class].push_back(one);
  auto begin = "BEGIN; " + before;
  for (auto& [retention_class, series] : by_class) {
    auto partitions = partitions_of(session, std::exchange(begin, {}), retention_class, range);
    if (!partitions) return fail(partitions.error());
    for (const auto& one : rolled_ranges(*partitions, range)) {
      read.rolled.emplace_back(series, one.range, one.resolution);
      auto done = copy(session, "", read.rolled.back(), "", read, bounds);
      if (!done) return done;
    }
  }
  return copy(session, begin, read.raw, "; COMMIT", read, bounds);
}

}  // namespace monitron::series
