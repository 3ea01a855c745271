#include "series/stored_rollups.hpp"

#include "series/chunk_codec.hpp"
#include "series/chunk_groups.hpp"
#include "series/sql_text.hpp"
#include "series/times_ids.hpp"

namespace monitron::series {
namespace {

bool decode(const HeldChunk& row, const SharedTimes& shared, std::vector<Bucket>& out) {
  auto times = shared.of(row);
  if (row.times && !decode_times(*row.times, times)) return false;
  return decode_rollup(times, row.data, out).has_value();
}

}  // namespace

Result<std::map<std::int32_t, std::vector<Bucket>>> stored_rollups(
    Session& session, int tier, std::int64_t day_ms, std::int32_t source,
    const std::vector<std::int32_t>& series) {
  std::vector<HeldChunk> rows;
  auto done = session.copy_out(std::string("COPY (SELECT ") + HeldChunk::kColumns +
                                   " FROM chunks_t" + std::to_string(tier) + " WHERE series_id " +
                                   sql_is_one_of(series) + " AND start >= " + sql_time(day_ms) +
                                   " AND start < " + sql_time(day_ms + kDayMs) +
                                   " ORDER BY series_id, start) TO STDOUT (FORMAT binary)",
                               [&](BinaryRow& row) -> Result<void> {
                                 rows.push_back(HeldChunk::of(row));
                                 return {};
                               });
  SharedTimes shared;
  if (done) done = shared.load(session, {tier, day_ms, day_ms + kDayMs}, rows, {source});
  if (!done) return fail(done.error());
  std::map<std::int32_t, std::vector<Bucket>> found;
  std::set<std::int32_t> damaged;
  for (const auto& row : rows) {
    if (!decode(row, shared, found[row.series])) damaged.insert(row.series);
  }
  for (const auto one : damaged) found.erase(one);
  return found;
}

Result<void> write_rollups(Session& session, const Partition& partition, std::int64_t part,
                           std::int32_t source, const std::vector<SeriesRollup>& rollups) {
  TimesIds ids(session);
  RollupRows rows(partition.tier, part);
  rows.add(source, rollups, [&] { return ids.next(); });
  const std::string form = " FROM STDIN (FORMAT binary)";
  auto done = ids.reserved();
  if (done) {
    done = session.copy_in("COPY " + partition.times() + " " + ChunkRows::kTimesColumns + form,
                           rows.finish_times());
  }
  if (!done) return done;
  return session.copy_in("COPY " + partition.chunks() + " " + ChunkRows::kChunkColumns + form,
                         rows.finish_chunks());
}

}  // namespace monitron::series
