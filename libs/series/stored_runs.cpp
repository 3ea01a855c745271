#include "series/stored_runs.hpp"

#include "series/sql_text.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>

namespace monitron::series {
namespace {

constexpr std::size_t kSlices = 6;

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
    const bool empty = left_.size() >= kHead && number32(left_.data()) == 0;
    bad_ = !empty && left_.size() < kHead + kDimension;
    left_.remove_prefix(empty || bad_ ? left_.size() : kHead + kDimension);
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

StoredRuns::StoredRuns(std::vector<WantedSeries> wanted, const StoredRange& range,
                       Resolution resolution)
    : StoredRuns(std::move(wanted), range, LayoutTable{}, UnknownLayouts::left_out) {
  resolution_ = resolution;
}

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

// Layouts are sorted into a few groups, each with the places from the first to the last one that
// somebody wants of its layouts: no more of a row is sent. A join would do as well, but for the
// planner, which might well put the rows into the hash table. A slice of one place is the value
// itself, without the making of an array.
std::vector<StoredRuns::Slice> StoredRuns::slices() {
  std::map<std::pair<std::int32_t, std::int32_t>, std::vector<std::int32_t>> by_places;
  for (const auto& [id, layout] : layouts_) {
    if (!layout.targets.empty()) by_places[{layout.first, layout.last}].push_back(id);
  }
  const auto each = by_places.size() / kSlices + 1;
  std::vector<Slice> slices;
  std::size_t in_last = each;
  for (const auto& [places, ids] : by_places) {
    if (in_last++ >= each) {
      slices.push_back({places.first, places.second, {}});
      in_last = 1;
    }
    auto& slice = slices.back();
    slice.last = std::max(slice.last, places.second);
    slice.layouts.insert(slice.layouts.end(), ids.begin(), ids.end());
  }
  for (const auto& slice : slices) {
    for (const auto id : slice.layouts) layouts_.at(id).first = slice.first;
  }
  return slices;
}

std::string StoredRuns::staged_statement() {
  std::string values;
  std::vector<std::int32_t> relevant, others;
  for (const auto& slice : slices()) {
    const auto first = std::to_string(slice.first);
    values += " WHEN g.layout_id = ANY (" + sql_array(slice.layouts) + ") THEN " +
              (slice.first == slice.last
                   ? "float8send(g.\"values\"[" + first + "])"
                   : "array_send(g.\"values\"[" + first + ":" + std::to_string(slice.last) + "])");
    relevant.insert(relevant.end(), slice.layouts.begin(), slice.layouts.end());
  }
  for (const auto& [id, layout] : layouts_) {
    if (layout.targets.empty()) others.push_back(id);
  }
  const std::string whole = "array_send(g.\"values\")";
  values = values.empty() ? whole : "CASE" + values + " ELSE " + whole + " END";
  std::string condition;
  if (unknown_layouts_ == UnknownLayouts::left_out) {
    condition = " AND g.layout_id = ANY (" + sql_array(relevant) + ")";
  } else if (!others.empty()) {
    condition = " AND g.layout_id <> ALL (" + sql_array(others) + ")";
  }
  return "SELECT g.layout_id, g.row_id, g.time, -2, NULL::bigint, NULL::bytea, " + values +
         " FROM (SELECT 1 AS slot, * FROM staging_0 UNION ALL SELECT 2, * FROM staging_1 "
         "UNION ALL SELECT 3, * FROM staging_2 UNION ALL SELECT 4, * FROM staging_3) AS g "
         "WHERE g.source_id > (ARRAY(SELECT compacted_through FROM staging_slots "
         "ORDER BY slot))[g.slot] AND g.source_id " +
         sql_is_one_of(sources_) + condition + " AND g.time >= " + sql_time(range_.from_ms) +
         " AND g.time <= " + sql_time(range_.to_ms);
}

// No chunk crosses the border of a UTC day nor of its partition, so that `start` has bounds on both
// sides: the planner leaves out the partitions of other days, and the executor those of the day
// that end before the range. (The statement's snapshot is taken after its locks: it sees the list
// as the tables are.)
std::string StoredRuns::chunk_statement() const {
  std::set<int> tiers;
  for (const auto& one : wanted_) tiers.insert(Tier{one.retention_class, resolution_}.number());
  const auto list = sql_numbers(tiers);
  std::vector<std::int32_t> ids;
  for (const auto& one : wanted_) ids.push_back(one.id);
  const auto day = std::max<std::int64_t>(range_.from_ms, 0) / kDayMs * kDayMs;
  const auto first = "(SELECT coalesce(min(lower), " + sql_time(day) +
                     ") FROM (SELECT max(lower) AS lower FROM chunk_partitions WHERE tier IN (" +
                     list + ") AND lower <= " + sql_time(range_.from_ms) +
                     " GROUP BY tier) AS first)";
  const auto range = " AND start >= " + sql_time(day) + " AND start >= " + first +
                     " AND start <= " + sql_time(range_.to_ms) +
                     " AND finish >= " + sql_time(range_.from_ms);
  // The tables in the order in which partitions are dropped, so that nobody waits in a circle.
  return "SELECT series_id AS id, part AS number, start, count, times_id, times, data FROM chunks "
         "WHERE tier IN (" +
         list + ") AND series_id " + sql_is_one_of(ids) + range +
         " UNION ALL SELECT source_id, id, start, -1, NULL::bigint, times, ''::bytea "
         "FROM chunk_times WHERE tier IN (" +
         list + ") AND source_id " + sql_is_one_of(sources_) + range;
}

std::string StoredRuns::statement() {
  if (resolution_ != Resolution::raw) return chunk_statement();
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
  if (row.count == StoredRow::kTimes) {
    shared_[row.number] = keep(row.times.value_or(""));
    return {};
  }
  if (row.count != StoredRow::kStaged) return add_chunk(row);
  const auto known = layouts_.find(row.id);
  if (known == layouts_.end()) {
    unknown_[row.id].push_back({row.time_ms, row.number, keep(row.data)});
    return {};
  }
  const auto& layout = known->second;
  return add_staged(layout, row.time_ms, row.number, row.data, layout.first);
}

Result<void> StoredRuns::add_chunk(const StoredRow& row) {
  const auto at = find(row.id);
  if (!at) return broken("a series that was not asked for");
  Chunk chunk{row.time_ms, row.number, row.times_id, row.count, std::nullopt, keep(row.data)};
  if (row.times) chunk.times = keep(*row.times);
  series_[*at].chunks.push_back(chunk);
  return {};
}

Result<void> StoredRuns::add_staged(const Layout& layout, std::int64_t time_ms, std::int64_t row,
                                    std::string_view data, std::int32_t first) {
  constexpr std::size_t kOneValue = 8;  // arrays are longer
  if (data.size() <= kOneValue) {
    if (data.size() < kOneValue) return data.empty() ? Result<void>() : broken("a value");
    for (const auto& target : layout.targets) {
      series_[target.series].staged.push_back({time_ms, row, double_at(data.data())});
    }
    return {};
  }
  Elements elements(data);
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

void StoredRuns::learn(std::int32_t id, const std::shared_ptr<const Places>& places) {
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
  if (!chunk.times_id) return std::span<const std::int64_t>();
  auto& times = decoded_[*chunk.times_id];
  if (times.empty()) {
    const auto shared = shared_.find(*chunk.times_id);
    if (shared == shared_.end()) return broken("the times of a chunk are not there");
    auto done = decode_times(piece(shared->second), times);
    if (!done) return fail(done.error());
  }
  return std::span<const std::int64_t>(times);
}

Result<void> StoredRuns::decode_one(const Chunk& chunk, Samples& samples) {
  const auto shared = shared_times(chunk);
  if (!shared) return fail(shared.error());
  StoredChunk stored{static_cast<std::size_t>(chunk.count), chunk.times_id.has_value(),
                     std::nullopt, piece(chunk.data)};
  if (chunk.times) stored.times = piece(*chunk.times);
  return decode_chunk(stored, *shared, samples);
}

// False when the samples of a chunk do not all come after those of the one before.
Result<bool> StoredRuns::decode_chunks(const std::vector<Chunk>& chunks, Samples& out) {
  bool in_order = true;
  for (const auto& chunk : chunks) {
    const auto begin = out.times_ms.size();
    if (auto done = decode_one(chunk, out); !done) return fail(done.error());
    if (begin > 0 && begin < out.times_ms.size()) {
      in_order = in_order && out.times_ms[begin - 1] < out.times_ms[begin];
    }
  }
  return in_order;
}

Result<void> StoredRuns::decode(std::size_t at, Samples& out) {
  auto& series = series_[at];
  out.times_ms.clear();
  out.values.clear();
  std::stable_sort(series.chunks.begin(), series.chunks.end(),
                   [](const auto& a, const auto& b) { return a.start_ms < b.start_ms; });
  auto in_order = decode_chunks(series.chunks, out);
  if (!in_order) return fail(in_order.error());
  if (!*in_order) {  // then in the order of storing; those of a part are in the order of time
    std::stable_sort(series.chunks.begin(), series.chunks.end(),
                     [](const auto& a, const auto& b) { return a.part < b.part; });
    out.times_ms.clear();
    out.values.clear();
    if (auto done = decode_chunks(series.chunks, out); !done) return fail(done.error());
  }
  std::stable_sort(series.staged.begin(), series.staged.end(),
                   [](const auto& a, const auto& b) { return a.row < b.row; });
  for (const auto& one : series.staged) {
    out.times_ms.push_back(one.time_ms);
    out.values.push_back(one.value);
  }
  sort_by_time(out);
  cut(out, range_);
  return {};
}

Result<void> StoredRuns::decode_rollups(std::size_t at, std::vector<Bucket>& out) {
  out.clear();
  for (const auto& chunk : series_[at].chunks) {
    std::vector<std::int64_t> own;
    auto times = shared_times(chunk);
    if (!times) return fail(times.error());
    if (!chunk.times_id) {
      if (!chunk.times) return broken("a rollup has no times");
      if (auto done = decode_times(piece(*chunk.times), own); !done) return done;
      times = own;
    }
    if (auto done = decode_rollup(*times, piece(chunk.data), out); !done) return done;
  }
  std::erase_if(out, [&](const Bucket& bucket) {
    return bucket.last_ms < range_.from_ms || bucket.first_ms > range_.to_ms;
  });
  std::sort(out.begin(), out.end(),
            [](const Bucket& a, const Bucket& b) { return a.first_ms < b.first_ms; });
  return {};
}

}  // namespace monitron::series
