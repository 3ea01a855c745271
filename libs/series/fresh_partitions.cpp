#include "series/fresh_partitions.hpp"

#include "series/rollup_merge.hpp"
#include "series/stored_rollups.hpp"

#include <algorithm>

namespace monitron::series {
namespace {

// Six hours of a sample every 10 s: rows of which several fill a page well (measured: 1,440 and
// 2,880 take 4 to 6 of 100 bytes more).
constexpr std::size_t kChunkSamples = 2160;

Result<void> run(Session& session, const std::string& sql,
                 const std::vector<Session::Parameter>& parameters = {}) {
  auto done = session.run(sql.c_str(), parameters);
  if (!done) return fail(done.error());
  return {};
}

int tier_of(int raw, Resolution resolution) {
  return Tier{Tier::of(raw).retention_class, resolution}.number();
}

}  // namespace

Result<void> FreshPartitions::prepare(Session& session, int tier, std::int64_t time_ms,
                                      Instant now) {
  auto done = make_tier(session, tier_of(tier, Resolution::five_minutes));
  if (!done) return done;
  auto month =
      partitions_for(session, Tier::of(tier_of(tier, Resolution::one_hour)), time_ms, time_ms, now);
  if (!month) return fail(month.error());
  return {};
}

Result<FreshPartitions> FreshPartitions::make(Session& session, int tier, std::int64_t lower_ms,
                                              std::int64_t upper_ms, std::int64_t part,
                                              Instant now) {
  FreshPartitions fresh(session, part, now);
  auto made = make_tables(session, tier, lower_ms, upper_ms);
  if (!made) return fail(made.error());
  fresh.raw_ = std::move(*made);
  if (has_rollups(lower_ms, upper_ms)) {
    if (auto done = fresh.make_rollups(); !done) return fail(done.error());
  }
  return fresh;
}

Result<void> FreshPartitions::make_rollups() {
  const auto five = tier_of(raw_.tier, Resolution::five_minutes);
  auto made = make_tables(*session_, five, raw_.lower_ms, raw_.upper_ms);
  if (!made) return fail(made.error());
  five_.emplace(FreshRollups{std::move(*made), kFiveMinutesMs, RollUp(kFiveMinutesMs)});
  // It is there since prepare(), and nobody waits for this transaction to end, which may be long.
  auto months = partitions_in(*session_, tier_of(raw_.tier, Resolution::one_hour), raw_.lower_ms,
                              raw_.upper_ms);
  if (!months) return fail(months.error());
  if (months->empty()) return fail(Fault::conflict, "the partition of 1 h is gone");
  hour_.emplace(FreshRollups{months->front(), kHourMs, RollUp(kHourMs)});
  auto id = session_->run("SELECT nextval('chunk_times_ids')");
  if (!id) return fail(id.error());
  first_times_id_ = id->number(0, 0);
  return {};
}

// A month is a table for all its days: the old rows of a day that is made again are deleted.
Result<void> FreshPartitions::clear_hours() {
  const auto& month = hour_->partition;
  const auto clear = [&](const std::string& table, const char* column, std::int64_t first_new) {
    return run(*session_,
               "DELETE FROM " + table + " WHERE start >= $1 AND start < $2 AND " + column + " < $3",
               {to_rfc3339(from_ms(raw_.lower_ms)), to_rfc3339(from_ms(raw_.upper_ms)),
                std::to_string(first_new)});
  };
  auto done = clear(month.chunks(), "part", part_);
  return done ? clear(month.times(), "id", first_times_id_) : done;
}

Result<void> FreshPartitions::roll_up(FreshRollups& rolled, std::int32_t source,
                                      const std::vector<SeriesRun>& runs, bool goes_on,
                                      const std::vector<std::int32_t>& damaged) {
  std::map<std::int32_t, std::vector<Bucket>> old;
  if (!damaged.empty()) {
    auto found = stored_rollups(*session_, rolled.partition.tier, raw_.lower_ms, source, damaged);
    if (!found) return fail(found.error());
    old = std::move(*found);
  }
  rolled.held.clear();
  for (const auto& run : runs) {
    rolled.rolling.add(run.times_ms, run.values);
    if (goes_on && &run == &runs.back()) break;
    auto buckets = rolled.rolling.finish();
    const auto before = old.find(run.series);
    if (before != old.end()) buckets = fuller(before->second, buckets, rolled.width_ms);
    if (!buckets.empty()) rolled.held.push_back({run.series, std::move(buckets)});
  }
  if (!rolled.rows) rolled.rows.emplace(rolled.partition.tier, part_);
  rolled.rows->add(source, rolled.held, [this] { return ids_.next(); });
  rollups_ += rolled.held.size();
  return {};
}

Result<void> FreshPartitions::add(std::int32_t source, std::vector<SeriesRun>& runs, bool goes_on,
                                  const std::vector<DamagedChunk>& damaged) {
  std::vector<std::int32_t> lacking;
  for (const auto& run : runs) {
    const bool lacks = std::any_of(damaged.begin(), damaged.end(), [&](const DamagedChunk& one) {
      return one.series == run.series;
    });
    if (lacks) lacking.push_back(run.series);
  }
  for (auto* rolled : {&five_, &hour_}) {
    if (!*rolled) continue;
    if (auto done = roll_up(**rolled, source, runs, goes_on, lacking); !done) return done;
  }
  std::erase_if(runs, [](const SeriesRun& run) { return run.times_ms.empty(); });
  if (!rows_)
    rows_.emplace(ChunkRowsConfig{.tier = raw_.tier, .part = part_, .max_samples = kChunkSamples});
  rows_->add(source, runs, [this] { return ids_.next(); });
  return ids_.reserved();
}

std::size_t FreshPartitions::bytes() const {
  std::size_t sum = rows_ ? rows_->bytes() : 0;
  for (const auto* rolled : {&five_, &hour_}) {
    if (*rolled && (*rolled)->rows) sum += (*rolled)->rows->bytes();
  }
  return sum;
}

Result<void> FreshPartitions::copy(const Partition& partition, const std::string& times,
                                   const std::string& chunks, bool frozen) {
  const std::string form =
      frozen ? " FROM STDIN (FORMAT binary, FREEZE)" : " FROM STDIN (FORMAT binary)";
  auto done =
      session_->copy_in("COPY " + partition.times() + " " + ChunkRows::kTimesColumns + form, times);
  if (!done) return done;
  return session_->copy_in("COPY " + partition.chunks() + " " + ChunkRows::kChunkColumns + form,
                           chunks);
}

Result<void> FreshPartitions::copy() {
  if (!rows_) return {};
  samples_ += rows_->samples();
  const auto times = rows_->finish_times();
  auto done = copy(raw_, times, rows_->finish_chunks(), true);
  chunks_ += session_->copied();
  rows_.reset();
  for (auto* rolled : {&five_, &hour_}) {
    if (!done || !*rolled || !(*rolled)->rows) continue;
    auto& rows = *(*rolled)->rows;
    const auto shared = rows.finish_times();
    done = copy((*rolled)->partition, shared, rows.finish_chunks(), rolled == &five_);
    (*rolled)->rows.reset();
  }
  return done;
}

Result<void> FreshPartitions::finish() {
  if (auto done = copy(); !done) return done;
  if (auto done = index_tables(*session_, raw_); !done) return done;
  if (!five_) return {};
  if (auto done = clear_hours(); !done) return done;
  return index_tables(*session_, five_->partition);
}

Result<void> FreshPartitions::note(const Partition& partition, Instant written,
                                   std::int64_t loose) {
  return run(*session_,
             "UPDATE chunk_partitions SET written_at = greatest(written_at, $3), loose = $4, "
             "rewritten_at = $5 WHERE tier = $1 AND lower = $2",
             {std::to_string(partition.tier), to_rfc3339(from_ms(partition.lower_ms)),
              to_rfc3339(written), std::to_string(loose), to_rfc3339(now_)});
}

Result<void> FreshPartitions::attach_all(Instant written, std::int64_t carried,
                                         std::size_t damaged) {
  auto done = attach(*session_, raw_, written);
  if (done) done = note(raw_, written, carried);
  if (!done || !five_) return done;
  auto old = partitions_in(*session_, five_->partition.tier, raw_.lower_ms, raw_.upper_ms);
  if (!old) return fail(old.error());
  if (!old->empty()) done = lock_tier(*session_, five_->partition.tier);
  for (const auto& one : *old) {
    if (done) done = drop(*session_, one);
  }
  if (done) done = attach(*session_, five_->partition, written);
  if (done) done = note(five_->partition, written, static_cast<std::int64_t>(damaged));
  if (done) done = note(hour_->partition, written, 0);
  return done;
}

}  // namespace monitron::series
