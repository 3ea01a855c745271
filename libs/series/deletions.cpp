#include "series/deletions.hpp"

#include "series/chunk_groups.hpp"
#include "series/late_samples.hpp"
#include "series/layouts.hpp"
#include "series/partitions.hpp"
#include "series/stored_rollups.hpp"
#include "series/times_ids.hpp"

#include <algorithm>
#include <iterator>
#include <map>

namespace monitron::series {
namespace {

constexpr std::size_t kBatch = 100;  // series whose samples are held at once

// Rows of slots that were opened after it was wanted came later. A slot with rows is waiting until
// it is compacted to its end.
constexpr const char* kOpen =
    "SELECT d.id, d.series_ids, "
    "(extract(epoch FROM greatest(d.from_time, '1900-01-01'::timestamptz)) * 1000)::bigint, "
    "(extract(epoch FROM least(d.to_time, '2200-01-01'::timestamptz)) * 1000)::bigint, "
    "NOT EXISTS (SELECT FROM staging_slots s WHERE s.compacted_at IS NULL "
    "AND s.opened_at <= d.requested_at AND CASE s.slot WHEN 0 THEN EXISTS (SELECT FROM staging_0) "
    "WHEN 1 THEN EXISTS (SELECT FROM staging_1) WHEN 2 THEN EXISTS (SELECT FROM staging_2) "
    "ELSE EXISTS (SELECT FROM staging_3) END) "
    "FROM series_deletions d WHERE NOT EXISTS (SELECT FROM series_deletions_done e "
    "WHERE e.id = d.id) ORDER BY d.requested_at, d.id";

// Some series of one source and one class.
struct Batch {
  std::int32_t source = 0;
  int retention_class = 0;
  std::vector<std::int32_t> series{};
  std::string list() const {
    ArrayText text;
    for (const auto one : series) text.add(one);
    return "'" + text.str() + "'::integer[]";
  }
};

std::string literal(std::int64_t ms) { return "'" + to_rfc3339(from_ms(ms)) + "'"; }

std::vector<std::int32_t> numbers_of(std::string_view array) {  // {1,2,3}
  std::vector<std::int32_t> numbers;
  std::int32_t number = 0;
  bool open = false;
  for (const char c : array) {
    if (c >= '0' && c <= '9') {
      number = number * 10 + (c - '0');
      open = true;
    } else if (open) {
      numbers.push_back(number);
      number = 0;
      open = false;
    }
  }
  return numbers;
}

class Deleting {
 public:
  Deleting(Session& session, const Fence& fence, const Deletion& deletion, Instant now)
      : session_(session), fence_(fence), wanted_(deletion), now_(now), ids_(session) {}

  Result<void> run();

 private:
  Result<void> divide();
  Result<void> release();
  Result<void> run(const std::string& sql, const std::vector<Session::Parameter>& given = {}) {
    auto done = session_.run(sql.c_str(), given);
    if (!done) return fail(done.error());
    return {};
  }
  using Work = Result<void> (Deleting::*)(const Partition&, const Batch&);
  Result<void> each_partition(Resolution resolution, Work work);
  Result<void> in_partition(const Partition& partition, Work work);
  Result<void> remove_raw(const Partition& partition, const Batch& batch);
  Result<void> remove_rolled(const Partition& partition, const Batch& batch);
  std::string touched(const Batch& batch) const;
  Result<std::vector<HeldChunk>> read(const std::string& table, const std::string& where);
  Result<std::vector<Bucket>> rolled_anew(const Partition& partition, const Batch& batch,
                                          const HeldChunk& row, const SharedTimes& times);
  Result<std::optional<std::vector<Bucket>>> from_raw(const Batch& batch, const HeldChunk& row,
                                                      std::int64_t width_ms);
  Result<void> copy(const Partition& partition, ChunkRows& rows);
  bool is_wanted(std::int64_t time_ms) const {
    return time_ms >= wanted_.from_ms && time_ms <= wanted_.to_ms;
  }

  Session& session_;
  const Fence& fence_;
  const Deletion& wanted_;
  Instant now_;
  std::vector<Batch> batches_;
  TimesIds ids_;
};

Result<void> Deleting::divide() {
  ArrayText ids;
  for (const auto id : wanted_.series) ids.add(id);
  auto rows = session_.run(
      "SELECT source_id, class, id FROM series WHERE id = ANY ($1::integer[]) ORDER BY 1, 2, 3",
      {ids.str()});
  if (!rows) return fail(rows.error());
  for (std::size_t i = 0; i < rows->size(); ++i) {
    const auto source = static_cast<std::int32_t>(rows->number(i, 0));
    const auto klass = static_cast<int>(rows->number(i, 1));
    if (batches_.empty() || batches_.back().source != source ||
        batches_.back().retention_class != klass || batches_.back().series.size() >= kBatch) {
      batches_.push_back({source, klass, {}});
    }
    batches_.back().series.push_back(static_cast<std::int32_t>(rows->number(i, 2)));
  }
  return {};
}

// Each in a transaction of its own.
Result<void> Deleting::each_partition(Resolution resolution, Work work) {
  std::set<int> classes;
  for (const auto& batch : batches_) classes.insert(batch.retention_class);
  for (const int klass : classes) {
    auto there = partitions_in(session_, Tier{klass, resolution}.number(), wanted_.from_ms,
                               wanted_.to_ms + 1);
    if (!there) return fail(there.error());
    for (const auto& partition : *there) {
      const auto all = [&] { return in_partition(partition, work); };
      if (auto done = fenced(session_, fence_, "BEGIN", all); !done) return done;
    }
  }
  return {};
}

Result<void> Deleting::in_partition(const Partition& partition, Work work) {
  const auto tier = Tier::of(partition.tier);
  // What is read and deleted here is the same: nobody adds between.
  if (tier.resolution == Resolution::raw) {
    if (auto done = hold_chunks(session_); !done) return done;
  }
  for (const auto& batch : batches_) {
    if (batch.retention_class != tier.retention_class) continue;
    if (auto done = (this->*work)(partition, batch); !done) return done;
  }
  return {};
}

std::string Deleting::touched(const Batch& batch) const {
  return "series_id = ANY (" + batch.list() + ") AND start <= " + literal(wanted_.to_ms) +
         " AND finish >= " + literal(wanted_.from_ms);
}

Result<std::vector<HeldChunk>> Deleting::read(const std::string& table, const std::string& where) {
  std::vector<HeldChunk> chunks;
  auto done = session_.copy_out(std::string("COPY (SELECT ") + HeldChunk::kColumns + " FROM " +
                                    table + " WHERE " + where +
                                    " ORDER BY series_id, start) TO STDOUT (FORMAT binary)",
                                [&](BinaryRow& row) -> Result<void> {
                                  chunks.push_back(HeldChunk::of(row));
                                  return {};
                                });
  if (!done) return fail(done.error());
  return chunks;
}

Result<void> Deleting::copy(const Partition& partition, ChunkRows& rows) {
  if (!ids_.reserved()) return ids_.reserved();
  const std::string form = " FROM STDIN (FORMAT binary)";
  auto done = session_.copy_in("COPY " + partition.times() + " " + ChunkRows::kTimesColumns + form,
                               rows.finish_times());
  if (!done) return done;
  return session_.copy_in("COPY " + partition.chunks() + " " + ChunkRows::kChunkColumns + form,
                          rows.finish_chunks());
}

Result<void> Deleting::remove_raw(const Partition& partition, const Batch& batch) {
  auto chunks = read(partition.chunks(), touched(batch));
  if (!chunks) return fail(chunks.error());
  if (chunks->empty()) return {};
  SharedTimes times;
  const ChunkRange range{partition.tier, partition.lower_ms, partition.upper_ms};
  if (auto done = times.load(session_, range, *chunks, {batch.source}); !done) return done;
  std::map<std::int64_t, std::vector<SeriesRun>> left;  // by part, which they keep
  bool any = false;                                     // to be removed
  for (auto& chunk : *chunks) {
    const auto joined = join_chunks({&chunk, 1}, times);
    // What cannot be read cannot be cut either, and was wanted gone.
    any = any || !joined.damaged.empty();
    const auto& run = joined.run;
    SeriesRun kept{chunk.series, {}, {}};
    for (std::size_t i = 0; i < run.times_ms.size(); ++i) {
      if (is_wanted(run.times_ms[i])) continue;
      kept.times_ms.push_back(run.times_ms[i]);
      kept.values.push_back(run.values[i]);
    }
    any = any || kept.times_ms.size() < run.times_ms.size();
    if (!kept.times_ms.empty()) left[chunk.part].push_back(std::move(kept));
  }
  if (!any) return {};
  auto done = run("DELETE FROM " + partition.chunks() + " WHERE " + touched(batch));
  for (auto& [part, runs] : left) {
    if (!done) return done;
    ChunkRows rows({.tier = partition.tier, .part = part});
    rows.add(batch.source, runs, [this] { return ids_.next(); });
    done = copy(partition, rows);
  }
  // It is rewritten before long, so that the bytes are gone too.
  return done ? note_added(session_, partition, chunks->size(), now_) : done;
}

// The buckets of a day as its raw samples give them; nothing when these are gone, all or
// but for what came late, or damaged.
Result<std::optional<std::vector<Bucket>>> Deleting::from_raw(const Batch& batch,
                                                              const HeldChunk& row,
                                                              std::int64_t width_ms) {
  const auto day = day_of(row.start_ms);
  const ChunkRange range{Tier{batch.retention_class, Resolution::raw}.number(), day, day + kDayMs};
  const auto whole = raw_is_whole(session_, range.tier, day);
  if (!whole) return fail(whole.error());
  if (!*whole) return std::nullopt;
  auto chunks = read("chunks_t" + std::to_string(range.tier),
                     "series_id = " + std::to_string(row.series) + " AND start >= " + literal(day) +
                         " AND start < " + literal(day + kDayMs));
  if (!chunks) return fail(chunks.error());
  SharedTimes times;
  if (auto done = times.load(session_, range, *chunks, {batch.source}); !done) {
    return fail(done.error());
  }
  const auto joined = join_chunks(*chunks, times);
  if (!joined.damaged.empty()) return std::nullopt;
  return roll_up(joined.run.times_ms, joined.run.values, width_ms);
}

Result<std::vector<Bucket>> Deleting::rolled_anew(const Partition& partition, const Batch& batch,
                                                  const HeldChunk& row, const SharedTimes& times) {
  const bool hours = Tier::of(partition.tier).resolution == Resolution::one_hour;
  auto anew = from_raw(batch, row, hours ? kHourMs : kFiveMinutesMs);
  if (!anew) return fail(anew.error());
  if (*anew) return std::move(**anew);
  std::vector<std::int64_t> own = times.of(row);
  std::vector<Bucket> buckets;
  // What cannot be read cannot be cut either, and was wanted gone.
  if (row.times && !decode_times(*row.times, own)) return buckets;
  if (!decode_rollup(own, row.data, buckets)) return buckets;
  std::erase_if(buckets, [&](const Bucket& bucket) {
    return bucket.first_ms <= wanted_.to_ms && bucket.last_ms >= wanted_.from_ms;
  });
  return buckets;
}

Result<void> Deleting::remove_rolled(const Partition& partition, const Batch& batch) {
  auto rows = read(partition.chunks(), touched(batch));
  if (!rows) return fail(rows.error());
  SharedTimes times;
  const ChunkRange range{partition.tier, partition.lower_ms, partition.upper_ms};
  auto done = times.load(session_, range, *rows, {batch.source});
  if (done) done = run("DELETE FROM " + partition.chunks() + " WHERE " + touched(batch));
  for (const auto& row : *rows) {
    if (!done) return done;
    auto buckets = rolled_anew(partition, batch, row, times);
    if (!buckets) return fail(buckets.error());
    if (buckets->empty()) continue;
    done = write_rollups(session_, partition, row.part, batch.source,
                         {{row.series, std::move(*buckets)}});
  }
  return done;
}

// When all of all time goes, they make room for others at once (series_limits.hpp); else after some
// days. Who goes on to store samples of one says so within hours: up to then it does not count.
Result<void> Deleting::release() {
  ArrayText ids;
  for (const auto id : wanted_.series) ids.add(id);
  return run(
      "UPDATE series SET turn = (SELECT turns FROM staging_ring) - $2::bigint - 1 WHERE id IN "
      "(SELECT id FROM series WHERE id = ANY ($1::integer[]) ORDER BY id FOR NO KEY UPDATE) "
      "AND NOT EXISTS (SELECT FROM chunk_partitions WHERE lower < " +
          literal(wanted_.from_ms) + " OR upper > " + literal(wanted_.to_ms) + ")",
      {ids.str(), std::to_string(kTurnsActive)});
}

Result<void> Deleting::run() {
  auto done = divide();
  if (done) done = each_partition(Resolution::raw, &Deleting::remove_raw);
  if (done) done = each_partition(Resolution::five_minutes, &Deleting::remove_rolled);
  if (done) done = each_partition(Resolution::one_hour, &Deleting::remove_rolled);
  if (!done) return done;
  return fenced(session_, fence_, "BEGIN", [&] {
    auto marked = release();
    if (!marked) return marked;
    return run("INSERT INTO series_deletions_done (id) VALUES ($1) ON CONFLICT DO NOTHING",
               {wanted_.id});
  });
}

}  // namespace

Result<std::vector<Deletion>> open_deletions(Session& session) {
  auto rows = session.run(kOpen);
  if (!rows) return fail(rows.error());
  std::vector<Deletion> found;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    found.push_back({rows->text(i, 0), numbers_of(rows->text(i, 1)), rows->number(i, 2),
                     rows->number(i, 3), rows->text(i, 4) == "t"});
  }
  return found;
}

Result<void> delete_samples(Session& session, const Fence& fence, const Deletion& deletion,
                            Instant now) {
  return Deleting(session, fence, deletion, now).run();
}

}  // namespace monitron::series
