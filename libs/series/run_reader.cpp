#include "series/run_reader.hpp"

#include <algorithm>

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

}  // namespace

// COPY takes its snapshot before it locks what it reads. A partition that is rewritten in between
// would show samples that the snapshot sees in staging too (its rows are frozen: everybody sees
// them), so nobody may swap partitions from before the snapshot on.
Result<std::string> RunReader::locks(Session& session, const std::vector<WantedSeries>& wanted) {
  std::set<int> tiers;
  for (const auto& one : wanted) tiers.insert(4 * one.retention_class);
  std::string chunks, times;
  for (const auto tier : tiers) {
    const auto name = "_t" + std::to_string(tier);
    bool known = false;
    {
      const std::lock_guard lock(mutex_);
      known = tiers_.contains(tier);
    }
    if (!known) {
      auto there = session.run("SELECT to_regclass($1) IS NOT NULL", {"chunk_times" + name});
      if (!there) return fail(there.error());
      if (there->text(0, 0) != "t") continue;
      const std::lock_guard lock(mutex_);
      tiers_.insert(tier);
    }
    // In the order in which partitions are dropped.
    chunks += (chunks.empty() ? "" : ", ") + ("chunks" + name);
    times += ", chunk_times" + name;
  }
  if (chunks.empty()) return std::string();
  return "LOCK TABLE ONLY " + chunks + times + " IN ACCESS SHARE MODE; ";
}

Result<StoredRuns> RunReader::read(Session& session, std::vector<WantedSeries> wanted,
                                   const StoredRange& range, const Bounds& bounds) {
  auto layouts = layouts_.of(session, sources_of(wanted));
  if (!layouts) return fail(layouts.error());
  auto locks = this->locks(session, wanted);
  if (!locks) return fail(locks.error());
  StoredRuns runs(std::move(wanted), range, *layouts);
  std::size_t rows = 0;
  const auto each = [&](BinaryRow& row) -> Result<void> {
    const auto stored = stored_row(row);
    if (row.bad()) return fail(Fault::bug, "a row of samples cannot be read");
    if (auto done = runs.add(stored); !done) return done;
    if (++rows % 1024 != 0) return {};
    if (runs.bytes() > bounds.bytes) {
      return fail(Fault::invalid, "the query needs more memory than it may have");
    }
    return bounds.check ? bounds.check() : Result<void>{};
  };
  const auto limit = std::max<std::int64_t>(bounds.time.count(), 1);
  auto done = session.copy_out(
      "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0; "
      "SET LOCAL statement_timeout = " +
          std::to_string(limit) + "; " + *locks + "COPY (" + runs.statement() +
          ") TO STDOUT (FORMAT binary)",
      each);
  if (!done) return fail(done.error());
  if (const auto unknown = runs.unknown_layouts(); !unknown.empty()) {
    auto learned = layouts_.learn(session, unknown);
    if (!learned) return fail(learned.error());
    for (auto& [id, places] : *learned) runs.learn(id, places);
  }
  return runs;
}

}  // namespace monitron::series
