#include "series/chunk_sink.hpp"

#include <algorithm>

namespace monitron::series {
namespace {

constexpr std::size_t kEmptyCopy = 21;  // head and end

}  // namespace

Result<void> ChunkSink::begin(Instant now) {
  open_.clear();
  last_source_ = 0;
  chunks_ = 0;
  ids_.forget_fault();
  now_ = now;
  return new_part();
}

Result<void> ChunkSink::new_part() {
  auto part = series::next_part(session_);
  if (!part) return fail(part.error());
  part_ = *part;
  return {};
}

Result<void> ChunkSink::add(std::int32_t source, StagedRuns& runs) {
  if (source == last_source_) {
    // Equal times in both pieces keep their order by the part.
    if (auto done = copy_all(); !done) return done;
    if (auto done = new_part(); !done) return done;
  }
  last_source_ = source;
  for (auto& run : runs.runs()) {
    if (run.samples.times_ms.empty()) continue;
    if (auto done = divide(runs, run); !done) return done;
  }
  for (auto& [key, open] : open_) encode(source, open, runs);
  if (!ids_.reserved()) return ids_.reserved();
  return bytes() < max_bytes_ ? Result<void>{} : copy_all();
}

// Whole, as nearly always, or a piece for each partition.
Result<void> ChunkSink::divide(StagedRuns& runs, StagedRuns::Run& run) {
  auto& times = run.samples.times_ms;
  for (std::size_t begin = 0; begin < times.size();) {
    const auto open = open_at(run.retention_class, times[begin]);
    if (!open) return fail(open.error());
    const auto upper = (*open)->partition.upper_ms;
    auto& pieces = (*open)->runs;
    if (begin == 0 && times.back() < upper) {
      pieces.push_back(std::move(run.samples));
      return {};
    }
    const auto from = static_cast<std::ptrdiff_t>(begin);
    const auto to = std::lower_bound(times.begin() + from, times.end(), upper) - times.begin();
    auto& values = run.samples.values;
    pieces.push_back({run.samples.series,
                      {times.begin() + from, times.begin() + to},
                      {values.begin() + from, values.begin() + to}});
    begin = static_cast<std::size_t>(to);
  }
  runs.reuse(std::move(run.samples));
  return {};
}

Result<ChunkSink::Open*> ChunkSink::open_at(std::int32_t retention_class, std::int64_t time_ms) {
  const Tier tier{retention_class, Resolution::raw};
  auto after = open_.upper_bound({tier.number(), time_ms});
  if (after != open_.begin()) {
    const auto found = std::prev(after);
    if (found->first.first == tier.number() && time_ms < found->second.partition.upper_ms) {
      return &found->second;
    }
  }
  auto made = known_partitions_for(session_, maker_, tier, time_ms, time_ms, now_);
  if (!made) return fail(made.error());
  if (made->size() != 1) return fail(Fault::bug, "a time is in several partitions");
  auto& open = open_[{tier.number(), made->front().lower_ms}];
  open.partition = std::move(made->front());
  return &open;
}

void ChunkSink::encode(std::int32_t source, Open& open, StagedRuns& runs) {
  if (open.runs.empty()) return;
  if (!open.rows) open.rows.emplace(ChunkRowsConfig{.tier = open.partition.tier, .part = part_});
  open.rows->add(source, open.runs, [this] { return ids_.next(); });
  for (auto& run : open.runs) runs.reuse(std::move(run));
  open.runs.clear();
}

std::size_t ChunkSink::bytes() const {
  std::size_t sum = 0;
  for (const auto& [key, open] : open_) sum += open.rows ? open.rows->bytes() : 0;
  return sum;
}

Result<void> ChunkSink::copy_all() {
  for (auto& [key, open] : open_) {
    if (auto done = copy(open); !done) return done;
  }
  return {};
}

Result<void> ChunkSink::copy(Open& open) {
  if (!open.rows) return {};
  const auto store = [&](const std::string& table, const char* columns, const std::string& rows) {
    if (rows.size() <= kEmptyCopy) return Result<void>{};
    return session_.copy_in("COPY " + table + " " + columns + " FROM STDIN (FORMAT binary)", rows);
  };
  const auto& partition = open.partition;
  auto done = store(partition.times(), ChunkRows::kTimesColumns, open.rows->finish_times());
  if (!done) return done;
  done = store(partition.chunks(), ChunkRows::kChunkColumns, open.rows->finish_chunks());
  if (!done) return done;
  open.rows.reset();
  open.copied += session_.copied();
  chunks_ += session_.copied();
  return {};
}

Result<void> ChunkSink::finish() {
  if (auto done = copy_all(); !done) return done;
  for (const auto& [key, open] : open_) {
    if (open.copied == 0) continue;
    if (auto done = note_added(session_, open.partition, open.copied, now_); !done) return done;
  }
  return {};
}

}  // namespace monitron::series
