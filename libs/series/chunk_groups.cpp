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

// False, and nothing, when that cannot be.
bool append(const HeldChunk& chunk, std::span<const std::int64_t> shared_times, Samples& samples) {
  const auto before = samples.times_ms.size();
  const StoredChunk stored{.count = static_cast<std::size_t>(chunk.count),
                           .shared = chunk.times_id.has_value(),
                           .times = chunk.times,
                           .data = chunk.data};
  if (!decode_chunk(stored, shared_times, samples)) return false;
  const auto own = std::span(samples.times_ms).subspan(before);
  if (!own.empty() && own.front() == chunk.start_ms && own.back() == chunk.finish_ms &&
      std::is_sorted(own.begin(), own.end())) {
    return true;
  }
  samples.times_ms.resize(before);
  samples.values.resize(before);
  return false;
}

// Of the samples from place `begin` on, those in the window are left.
void cut(Samples& samples, std::size_t begin, const Window& window) {
  const auto first = samples.times_ms.begin();
  const auto place = [&](std::int64_t time_ms) {
    return std::lower_bound(first + static_cast<std::ptrdiff_t>(begin), samples.times_ms.end(),
                            time_ms) -
           first;
  };
  const auto from = place(window.from_ms), to = place(window.before_ms);
  samples.times_ms.resize(static_cast<std::size_t>(to));
  samples.values.resize(static_cast<std::size_t>(to));
  const auto at = static_cast<std::ptrdiff_t>(begin);
  samples.times_ms.erase(samples.times_ms.begin() + at, samples.times_ms.begin() + from);
  samples.values.erase(samples.values.begin() + at, samples.values.begin() + from);
}

}  // namespace

HeldChunk HeldChunk::of(BinaryRow& row) {
  HeldChunk chunk;
  chunk.series = row.int32();
  chunk.start_ms = row.time_ms();
  chunk.finish_ms = row.time_ms();
  chunk.part = row.int64();
  chunk.count = row.int32();
  chunk.times_id = row.optional_int64();
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
                          [&](BinaryRow& row) -> Result<void> {
                            auto& times = times_[row.int64()];
                            if (!decode_times(row.bytes().value_or(""), times)) times.clear();
                            return {};
                          });
}

const std::vector<std::int64_t>& SharedTimes::of(const HeldChunk& chunk) const {
  static const std::vector<std::int64_t> none;
  if (!chunk.times_id) return none;
  const auto found = times_.find(*chunk.times_id);
  return found == times_.end() ? none : found->second;
}

JoinedChunks join_chunks(std::span<HeldChunk> chunks, const SharedTimes& times,
                         const Window& window) {
  JoinedChunks joined;
  // In the order of storing, which is the order of time too if nothing came late.
  std::sort(chunks.begin(), chunks.end(), [](const HeldChunk& a, const HeldChunk& b) {
    return std::tie(a.part, a.start_ms, a.finish_ms) < std::tie(b.part, b.start_ms, b.finish_ms);
  });
  Samples samples;
  for (const auto& chunk : chunks) {
    joined.run.series = chunk.series;
    const auto before = samples.times_ms.size();
    if (!append(chunk, times.of(chunk), samples)) {
      joined.damaged.push_back({chunk.series, chunk.start_ms, chunk.part, chunk.times_id});
    }
    cut(samples, before, window);
  }
  sort_by_time(samples);
  joined.run.times_ms = std::move(samples.times_ms);
  joined.run.values = std::move(samples.values);
  return joined;
}

std::string first_of(const std::vector<DamagedChunk>& damaged) {
  constexpr std::size_t kTold = 10;
  std::string text;
  for (std::size_t i = 0; i < std::min(kTold, damaged.size()); ++i) {
    text += (i > 0 ? "; " : "") + ("series " + std::to_string(damaged[i].series)) + " from " +
            to_rfc3339(from_ms(damaged[i].start_ms));
  }
  return text;
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
  ++chunks_;
  if (auto done = make_room(chunk, range, visit); !done) return done;
  const auto samples = static_cast<std::size_t>(std::max(chunk.count, 0));
  held_samples_ += samples;
  series_samples_ += samples;
  held_.push_back(std::move(chunk));
  return {};
}

// A series that is too long is cut at a whole hour: no bucket of a rollup is divided. Chunks come
// by their start, so that all of it before `next` is held.
Result<void> ChunkGroups::make_room(const HeldChunk& next, const ChunkRange& range,
                                    const Visit& visit) {
  if (held_.empty()) return {};
  if (held_.back().series != next.series) {
    series_samples_ = 0;
    return held_samples_ < max_samples_ ? Result<void>{} : give(range, visit);
  }
  if (series_samples_ < max_samples_) return {};
  const auto hour = next.start_ms / kHourMs * kHourMs;
  const auto first = std::find_if(held_.begin(), held_.end(), [&](const HeldChunk& chunk) {
    return chunk.series == next.series;
  });
  const bool is_ahead = first->start_ms < hour && (first != held_.begin() || given_ms_ < hour);
  return is_ahead ? give(range, visit, hour) : Result<void>{};
}

SeriesRun ChunkGroups::join(std::span<HeldChunk> chunks, const SharedTimes& times,
                            const Window& window) {
  auto joined = join_chunks(chunks, times, window);
  for (const auto& one : joined.damaged) {
    // What reaches over a cut comes again.
    if (one.start_ms >= window.from_ms && one.start_ms < window.before_ms) damaged_.push_back(one);
  }
  return std::move(joined.run);
}

Result<void> ChunkGroups::give(const ChunkRange& range, const Visit& visit,
                               std::optional<std::int64_t> cut_ms) {
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
    Window window;
    const bool began_before = given_ms_ && at == held_.begin();
    if (began_before) window.from_ms = *given_ms_;
    const bool goes_on = cut_ms && end == held_.end();
    if (goes_on) window.before_ms = *cut_ms;
    const auto damaged = damaged_.size();
    auto run = join({at, end}, times, window);
    at = end;
    run.series = series;
    const bool some = !run.times_ms.empty() || damaged_.size() > damaged;
    if (began_before || goes_on || some) runs.push_back(std::move(run));
    const auto source = source_of(series);
    if (runs.empty() || (at != held_.end() && source_of(at->series) == source)) continue;
    if (auto done = visit(source, runs, goes_on); !done) return done;
    runs.clear();
  }
  given_ms_ = cut_ms;
  cut_ms ? keep_from(*cut_ms) : held_.clear();
  held_samples_ = series_samples_ = 0;
  return {};
}

// Of the last series, what reaches over the cut.
void ChunkGroups::keep_from(std::int64_t cut_ms) {
  const auto series = held_.back().series;
  std::erase_if(held_, [&](const HeldChunk& chunk) {
    return chunk.series != series || chunk.finish_ms < cut_ms;
  });
}

}  // namespace monitron::series
