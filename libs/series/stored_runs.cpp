#include "series/stored_runs.hpp"

#include "series/sql_text.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>

namespace monitron::series {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

std::int32_t number32(const char* data) {
  std::uint32_t bits = 0;
  std::memcpy(&bits, data, sizeof bits);
  return static_cast<std::int32_t>(__builtin_bswap32(bits));
}

double double_at(const char* data) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, data, sizeof bits);
  return std::bit_cast<double>(__builtin_bswap64(bits));
}

// The elements of a float8[] as array_send writes it.
class Elements {
 public:
  explicit Elements(std::string_view array) : left_(array) {
    constexpr std::size_t kHead = 12, kDimension = 8;
    if (left_.size() < kHead) {
      bad_ = true;
    } else if (number32(left_.data()) == 0) {
      left_ = {};
    } else if (left_.size() < kHead + kDimension) {
      bad_ = true;
    } else {
      left_.remove_prefix(kHead + kDimension);
    }
  }
  bool more() const { return !bad_ && !left_.empty(); }
  bool bad() const { return bad_; }
  std::optional<double> next() {
    const auto width = left_.size() < 4 ? -2 : number32(left_.data());
    if (width == -1) {
      left_.remove_prefix(4);
      return std::nullopt;
    }
    if (width != 8 || left_.size() < 12) {
      bad_ = true;
      return std::nullopt;
    }
    const double value = double_at(left_.data() + 4);
    left_.remove_prefix(12);
    return value;
  }

 private:
  std::string_view left_;
  bool bad_ = false;
};

tl::unexpected<Error> broken(const char* what) {
  return fail(Fault::bug, std::string("stored samples cannot be read: ") + what);
}

// Of equal times the one that was stored first stays first.
void sort_by_time(Samples& run) {
  if (std::is_sorted(run.times_ms.begin(), run.times_ms.end())) return;
  std::vector<std::pair<std::int64_t, double>> pairs(run.times_ms.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {run.times_ms[i], run.values[i]};
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    run.times_ms[i] = pairs[i].first;
    run.values[i] = pairs[i].second;
  }
}

void cut(Samples& run, const StoredRange& range) {
  auto& times = run.times_ms;
  const auto begin = std::lower_bound(times.begin(), times.end(), range.from_ms) - times.begin();
  const auto end = std::upper_bound(times.begin(), times.end(), range.to_ms) - times.begin();
  times.erase(times.begin() + end, times.end());
  times.erase(times.begin(), times.begin() + begin);
  run.values.erase(run.values.begin() + end, run.values.end());
  run.values.erase(run.values.begin(), run.values.begin() + begin);
}

}  // namespace

StoredRuns::StoredRuns(std::vector<WantedSeries> wanted, const StoredRange& range,
                       const LayoutTable& layouts, UnknownLayouts unknown)
    : wanted_(std::move(wanted)),
      range_(range),
      unknown_layouts_(unknown),
      series_(wanted_.size()) {
  std::sort(wanted_.begin(), wanted_.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  std::map<std::int32_t, std::vector<std::uint32_t>> by_source;
  for (std::uint32_t i = 0; i < wanted_.size(); ++i) by_source[wanted_[i].source].push_back(i);
  for (const auto& [source, of_source] : by_source) {
    sources_.push_back(source);
    const auto known = layouts.find(source);
    if (known == layouts.end()) continue;
    for (const auto& [id, places] : *known->second) note_layout(id, of_source, *places);
  }
}

void StoredRuns::note_layout(std::int32_t id, const std::vector<std::uint32_t>& of_source,
                             const Places& places) {
  Layout layout;
  for (const auto at : of_source) {
    for (const auto& [series, place] : places.of(wanted_[at].id)) {
      layout.targets.push_back({place, at});
    }
  }
  std::sort(layout.targets.begin(), layout.targets.end(),
            [](const auto& a, const auto& b) { return a.place < b.place; });
  if (!layout.targets.empty()) {
    layout.first = layout.targets.front().place;
    layout.last = layout.targets.back().place;
  }
  layouts_.emplace(id, std::move(layout));
}

std::optional<std::uint32_t> StoredRuns::find(std::int32_t series) const {
  const auto at = std::lower_bound(wanted_.begin(), wanted_.end(), series,
                                   [](const auto& one, std::int32_t id) { return one.id < id; });
  if (at == wanted_.end() || at->id != series) return std::nullopt;
  return static_cast<std::uint32_t>(at - wanted_.begin());
}

// Of each row only the places between the first and the last one that is wanted are sent; nothing
// of layouts that are known to have none (first = 0), all of those that nobody knows yet.
std::string StoredRuns::staged_statement() const {
  std::vector<std::int32_t> ids, firsts, lasts;
  for (const auto& [id, layout] : layouts_) {
    ids.push_back(id);
    firsts.push_back(layout.first);
    lasts.push_back(layout.last);
  }
  const bool one = sources_.size() == 1;
  return "SELECT 1::int2, g.layout_id, g.row_id, g.time, g.time, 0, 0::bigint, NULL::bytea, "
         "array_send(CASE WHEN w.first IS NULL THEN g.\"values\" "
         "ELSE g.\"values\"[w.first:w.last] END) "
         "FROM (SELECT 1 AS slot, * FROM staging_0 UNION ALL SELECT 2, * FROM staging_1 "
         "UNION ALL SELECT 3, * FROM staging_2 UNION ALL SELECT 4, * FROM staging_3) AS g "
         "LEFT JOIN unnest(" +
         sql_array(ids) + ", " + sql_array(firsts) + ", " + sql_array(lasts) +
         ") AS w (layout_id, first, last) ON w.layout_id = g.layout_id "
         "WHERE g.source_id > (ARRAY(SELECT compacted_through FROM staging_slots "
         "ORDER BY slot))[g.slot] AND g.source_id " +
         (one ? "= " + std::to_string(sources_.front()) : "= ANY (" + sql_array(sources_) + ")") +
         " AND g.time >= " + sql_time(range_.from_ms) + " AND g.time <= " + sql_time(range_.to_ms) +
         " AND " +
         (unknown_layouts_ == UnknownLayouts::kept ? "w.first IS DISTINCT FROM 0" : "w.first > 0");
}

// No chunk crosses the border of a UTC day, so that `start` has bounds on both sides, which leaves
// out the partitions of other days.
std::string StoredRuns::chunk_statement() const {
  std::set<int> tiers;
  for (const auto& one : wanted_) tiers.insert(4 * one.retention_class);
  const auto list = sql_numbers(tiers);
  std::vector<std::int32_t> ids;
  for (const auto& one : wanted_) ids.push_back(one.id);
  const auto day = std::max<std::int64_t>(range_.from_ms, 0) / kDayMs * kDayMs;
  const auto range = " AND start >= " + sql_time(day) + " AND start <= " + sql_time(range_.to_ms) +
                     " AND finish >= " + sql_time(range_.from_ms);
  return "SELECT 0::int2 AS kind, source_id AS id, id AS number, start, finish, 0 AS count, "
         "0::bigint AS times_id, times, ''::bytea AS data FROM chunk_times WHERE tier IN (" +
         list + ") AND source_id = ANY (" + sql_array(sources_) + ")" + range +
         " UNION ALL SELECT 2::int2, series_id, part, start, finish, count, "
         "COALESCE(times_id, 0), times, data FROM chunks WHERE tier IN (" +
         list + ") AND series_id = ANY (" + sql_array(ids) + ")" + range;
}

std::string StoredRuns::statement() const {
  return chunk_statement() + " UNION ALL " + staged_statement();
}

StoredRuns::Piece StoredRuns::keep(std::string_view bytes) {
  const Piece piece{held_.size(), bytes.size()};
  held_.append(bytes);
  return piece;
}

std::string_view StoredRuns::piece(const Piece& piece) const {
  return std::string_view(held_).substr(piece.at, piece.size);
}

Result<void> StoredRuns::add(const StoredRow& row) {
  if (row.kind == StoredRow::shared_times) {
    shared_[row.number] = keep(row.times.value_or(""));
    return {};
  }
  if (row.kind == StoredRow::chunk) {
    const auto at = find(row.id);
    if (!at) return broken("a series that was not asked for");
    Chunk chunk{row.start_ms, row.finish_ms, row.number,    row.times_id,
                row.count,    std::nullopt,  keep(row.data)};
    if (row.times) chunk.times = keep(*row.times);
    series_[*at].chunks.push_back(std::move(chunk));
    return {};
  }
  const auto known = layouts_.find(row.id);
  if (known == layouts_.end()) {
    unknown_[row.id].push_back({row.start_ms, row.number, keep(row.data)});
    return {};
  }
  const auto& layout = known->second;
  return add_staged(layout, row.start_ms, row.number, row.data, layout.first);
}

Result<void> StoredRuns::add_staged(const Layout& layout, std::int64_t time_ms, std::int64_t row,
                                    std::string_view array, std::int32_t first) {
  Elements elements(array);
  auto target = layout.targets.begin();
  for (auto place = first; target != layout.targets.end() && elements.more(); ++place) {
    const auto value = elements.next();
    for (; target != layout.targets.end() && target->place == place; ++target) {
      if (value) series_[target->series].staged.push_back({time_ms, row, *value});
    }
  }
  if (elements.bad()) return broken("values");
  return {};
}

std::size_t StoredRuns::bytes() const {
  std::size_t bytes = held_.capacity();
  for (const auto& one : series_) {
    bytes += one.chunks.capacity() * sizeof(Chunk) + one.staged.capacity() * sizeof(Staged);
  }
  return bytes;
}

std::size_t StoredRuns::samples() const {
  std::size_t samples = 0;
  for (const auto& one : series_) {
    samples += one.staged.size();
    for (const auto& chunk : one.chunks) samples += static_cast<std::size_t>(chunk.count);
  }
  return samples;
}

std::vector<std::int32_t> StoredRuns::unknown_layouts() const {
  std::vector<std::int32_t> ids;
  for (const auto& [id, rows] : unknown_) ids.push_back(id);
  return ids;
}

void StoredRuns::learn(std::int32_t id, std::shared_ptr<const Places> places) {
  const auto rows = unknown_.extract(id);
  if (rows.empty()) return;
  std::vector<std::uint32_t> all(wanted_.size());
  for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  note_layout(id, all, *places);
  for (const auto& row : rows.mapped()) {
    // What cannot be read as an array came from no server.
    (void)add_staged(layouts_.at(id), row.time_ms, row.row, piece(row.data), 1);
  }
}

Result<std::span<const std::int64_t>> StoredRuns::shared_times(const Chunk& chunk) {
  if (chunk.times_id == 0) return std::span<const std::int64_t>();
  auto& times = decoded_[chunk.times_id];
  if (times.empty()) {
    const auto shared = shared_.find(chunk.times_id);
    if (shared == shared_.end()) return broken("the times of a chunk are not there");
    auto done = decode_times(piece(shared->second), times);
    if (!done) return fail(done.error());
  }
  return std::span<const std::int64_t>(times);
}

Result<void> StoredRuns::add_chunk(const Chunk& chunk, Samples& samples) {
  const auto shared = shared_times(chunk);
  if (!shared) return fail(shared.error());
  StoredChunk stored{static_cast<std::size_t>(chunk.count), chunk.times_id != 0, std::nullopt,
                     piece(chunk.data)};
  if (chunk.times) stored.times = piece(*chunk.times);
  return decode_chunk(stored, *shared, samples);
}

// By time, if they do not overlap; else in the order of storing (those of one part are in the order
// of their times), and their samples are to be sorted.
void StoredRuns::order(std::vector<Chunk>& chunks) {
  std::stable_sort(chunks.begin(), chunks.end(), [](const auto& a, const auto& b) {
    return std::tie(a.start_ms, a.part) < std::tie(b.start_ms, b.part);
  });
  const auto overlap =
      std::adjacent_find(chunks.begin(), chunks.end(),
                         [](const auto& a, const auto& b) { return a.finish_ms >= b.start_ms; });
  if (overlap == chunks.end()) return;
  std::stable_sort(chunks.begin(), chunks.end(),
                   [](const auto& a, const auto& b) { return a.part < b.part; });
}

Result<void> StoredRuns::decode(std::size_t at, Samples& run) {
  auto& series = series_[at];
  run.times_ms.clear();
  run.values.clear();
  std::size_t count = series.staged.size();
  for (const auto& chunk : series.chunks) count += static_cast<std::size_t>(chunk.count);
  run.times_ms.reserve(count);
  run.values.reserve(count);
  order(series.chunks);
  for (const auto& chunk : series.chunks) {
    if (auto done = add_chunk(chunk, run); !done) return done;
  }
  std::stable_sort(series.staged.begin(), series.staged.end(),
                   [](const auto& a, const auto& b) { return a.row < b.row; });
  for (const auto& one : series.staged) {
    run.times_ms.push_back(one.time_ms);
    run.values.push_back(one.value);
  }
  sort_by_time(run);
  cut(run, range_);
  return {};
}

}  // namespace monitron::series
