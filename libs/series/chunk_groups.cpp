#include "series/chunk_groups.hpp"

#include "base/clock.hpp"
#include "series/chunk_reader.hpp"
#include "series/partitions.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <tuple>

namespace monitron::series {
namespace {

std::string literal(std::int64_t ms) { return "'" + to_rfc3339(from_ms(ms)) + "'"; }

std::string within(const ChunkRange& range) {
  return "start >= " + literal(range.lower_ms) + " AND start < " + literal(range.upper_ms);
}

std::string table(const char* root, const ChunkRange& range) {
  return std::string(root) + "_t" + std::to_string(range.tier);
}

// Equal times stay in the order they have.
void sort_by_time(Samples& samples) {
  const auto& times = samples.times_ms;
  if (std::is_sorted(times.begin(), times.end())) return;
  std::vector<std::size_t> order(times.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return times[a] < times[b]; });
  Samples sorted;
  sorted.times_ms.reserve(order.size());
  sorted.values.reserve(order.size());
  for (const auto at : order) {
    sorted.times_ms.push_back(samples.times_ms[at]);
    sorted.values.push_back(samples.values[at]);
  }
  samples = std::move(sorted);
}

}  // namespace

HeldChunk HeldChunk::of(BinaryRow& row) {
  HeldChunk chunk;
  chunk.series = row.int32();
  chunk.start_ms = row.time_ms();
  chunk.finish_ms = row.time_ms();
  chunk.part = row.int64();
  chunk.count = row.int32();
  if (const auto id = row.bytes()) {
    // An id of eight bytes, network order, as int64() reads them; NULL is none.
    std::int64_t number = 0;
    for (const char byte : *id) number = number << 8 | static_cast<unsigned char>(byte);
    chunk.times_id = number;
  }
  if (const auto times = row.bytes()) chunk.times = std::string(*times);
  chunk.data = std::string(row.bytes().value_or(""));
  return chunk;
}

Result<void> SharedTimes::load(Session& session, const ChunkRange& range,
                               const std::vector<HeldChunk>& chunks,
                               const std::set<std::int32_t>& sources) {
  times_.clear();
  std::set<std::int64_t> ids;
  for (const auto& chunk : chunks) {
    if (chunk.times_id) ids.insert(*chunk.times_id);
  }
  if (ids.empty()) return {};
  ArrayText wanted, of_sources;
  for (const auto id : ids) wanted.add(id);
  for (const auto source : sources) of_sources.add(source);
  // By the index, which is on (source_id, id).
  const auto by_source =
      sources.empty() ? "" : " AND source_id = ANY ('" + of_sources.str() + "'::integer[])";
  return session.copy_out("COPY (SELECT id, times FROM " + table("chunk_times", range) + " WHERE " +
                              within(range) + by_source + " AND id = ANY ('" + wanted.str() +
                              "'::bigint[])) TO STDOUT (FORMAT binary)",
                          [&](BinaryRow& row) {
                            auto& times = times_[row.int64()];
                            return decode_times(row.bytes().value_or(""), times);
                          });
}

const std::vector<std::int64_t>& SharedTimes::of(const HeldChunk& chunk) const {
  static const std::vector<std::int64_t> none;
  if (!chunk.times_id) return none;
  const auto found = times_.find(*chunk.times_id);
  return found == times_.end() ? none : found->second;
}

Result<SeriesRun> join_chunks(std::span<HeldChunk> chunks, const SharedTimes& times) {
  SeriesRun run;
  // In the order of storing, which is the order of time too if nothing came late.
  std::sort(chunks.begin(), chunks.end(), [](const HeldChunk& a, const HeldChunk& b) {
    return std::tie(a.part, a.start_ms, a.finish_ms) < std::tie(b.part, b.start_ms, b.finish_ms);
  });
  Samples samples;
  for (const auto& chunk : chunks) {
    run.series = chunk.series;
    const StoredChunk stored{.count = static_cast<std::size_t>(chunk.count),
                             .shared = chunk.times_id.has_value(),
                             .times = chunk.times,
                             .data = chunk.data};
    auto done = decode_chunk(stored, times.of(chunk), samples);
    if (!done) return fail(done.error().in("series " + std::to_string(chunk.series)));
  }
  sort_by_time(samples);
  run.times_ms = std::move(samples.times_ms);
  run.values = std::move(samples.values);
  return run;
}

Result<void> ChunkGroups::run(const ChunkRange& range, const Visit& visit) {
  if (auto done = learn_sources(range); !done) return done;
  auto done = reading_.copy_out(std::string("COPY (SELECT ") + HeldChunk::kColumns + " FROM " +
                                    table("chunks", range) + " WHERE " + within(range) +
                                    " ORDER BY series_id, start) TO STDOUT (FORMAT binary)",
                                [&](BinaryRow& row) { return take(row, range, visit); });
  return done ? give(range, visit) : done;
}

Result<void> ChunkGroups::learn_sources(const ChunkRange& range) {
  sources_.clear();
  return reading_.copy_out("COPY (SELECT id, source_id FROM series WHERE class = " +
                               std::to_string(Tier::of(range.tier).retention_class) +
                               " ORDER BY id) TO STDOUT (FORMAT binary)",
                           [&](BinaryRow& row) -> Result<void> {
                             const auto id = row.int32();
                             sources_.emplace_back(id, row.int32());
                             return {};
                           });
}

std::int32_t ChunkGroups::source_of(std::int32_t series) const {
  const auto found =
      std::lower_bound(sources_.begin(), sources_.end(), std::pair(series, std::int32_t{0}));
  return found != sources_.end() && found->first == series ? found->second : 0;
}

Result<void> ChunkGroups::take(BinaryRow& row, const ChunkRange& range, const Visit& visit) {
  auto chunk = HeldChunk::of(row);
  parts_.insert(chunk.part);
  ++chunks_;
  if (held_samples_ >= max_samples_ && held_.back().series != chunk.series) {
    if (auto done = give(range, visit); !done) return done;
  }
  held_samples_ += static_cast<std::size_t>(std::max(chunk.count, 0));
  held_.push_back(std::move(chunk));
  return {};
}

Result<void> ChunkGroups::give(const ChunkRange& range, const Visit& visit) {
  SharedTimes times;
  std::set<std::int32_t> sources;
  for (const auto& chunk : held_) sources.insert(source_of(chunk.series));
  if (sources.contains(0)) sources.clear();  // whose it was is not known any more
  if (auto done = times.load(asking_, range, held_, sources); !done) return done;
  std::vector<SeriesRun> runs;
  for (auto at = held_.begin(); at != held_.end();) {
    const auto series = at->series;
    const auto end = std::find_if(at, held_.end(),
                                  [&](const HeldChunk& chunk) { return chunk.series != series; });
    auto run = join_chunks({at, end}, times);
    at = end;
    if (!run) return fail(run.error());
    if (!run->times_ms.empty()) runs.push_back(std::move(*run));
    const auto source = source_of(series);
    if (runs.empty() || (at != held_.end() && source_of(at->series) == source)) continue;
    if (auto done = visit(source, runs); !done) return done;
    runs.clear();
  }
  held_.clear();
  held_samples_ = 0;
  return {};
}

}  // namespace monitron::series
