#include "series/late_samples.hpp"

#include "series/chunk_groups.hpp"
#include "series/fresh_partitions.hpp"
#include "series/rollup_merge.hpp"
#include "series/sql_text.hpp"
#include "series/stored_rollups.hpp"

namespace monitron::series {
namespace {

constexpr std::chrono::hours kPatience{6};  // for one statement

std::int64_t width_of(const Partition& rollups) {
  return Tier::of(rollups.tier).resolution == Resolution::one_hour ? kHourMs : kFiveMinutesMs;
}

class Adding {
 public:
  Adding(const RewriterConfig& config, const Fence& fence, const RewriteJob& job, Instant now)
      : config_(config), fence_(fence), job_(job), now_(now) {}

  Result<void> open();
  // The rollups that the day has, if its raw samples are gone.
  Result<bool> look();
  Result<Rewritten> run();

 private:
  Result<void> run(const std::string& sql) {
    auto done = writing_->run(sql.c_str());
    if (!done) return fail(done.error());
    return {};
  }
  Result<void> add(std::int32_t source, const std::vector<SeriesRun>& runs);
  Result<void> add(const Partition& rollups, std::int32_t source,
                   const std::vector<SeriesRun>& runs);
  Result<void> drop_raw();

  const RewriterConfig& config_;
  const Fence& fence_;
  const RewriteJob& job_;
  Instant now_;
  std::optional<Session> reading_, writing_;
  std::vector<Partition> rollups_;
  std::int64_t part_ = 0;
  Rewritten result_;
};

Result<void> Adding::open() {
  for (auto* session : {&reading_, &writing_}) {
    auto opened = Session::open(config_.database_url, config_.application_name);
    if (!opened) return fail(opened.error());
    *session = std::move(*opened);
    if (auto done = (*session)->allow(kPatience); !done) return done;
  }
  return {};
}

Result<bool> Adding::look() {
  auto whole = raw_is_whole(*writing_, job_.tier, job_.lower_ms);
  if (!whole || *whole) return whole ? Result<bool>(false) : whole;
  const Tier raw = Tier::of(job_.tier);
  for (const auto resolution : {Resolution::five_minutes, Resolution::one_hour}) {
    const Tier tier{raw.retention_class, resolution};
    auto there = partitions_in(*writing_, tier.number(), job_.lower_ms, job_.upper_ms);
    if (!there) return fail(there.error());
    for (auto& one : *there) {
      // A month is there for other days too.
      auto some = writing_->run(("SELECT EXISTS (SELECT FROM " + one.chunks() +
                                 " WHERE start >= " + sql_time(job_.lower_ms) + " AND start < " +
                                 sql_time(job_.upper_ms) + ")")
                                    .c_str());
      if (!some) return fail(some.error());
      if (some->text(0, 0) == "t") rollups_.push_back(std::move(one));
    }
  }
  return !rollups_.empty();
}

Result<void> Adding::add(std::int32_t source, const std::vector<SeriesRun>& runs) {
  if (config_.stopping && *config_.stopping) return fail(Fault::unavailable, "it was stopped");
  for (const auto& run : runs) result_.samples += run.times_ms.size();
  for (const auto& one : rollups_) {
    if (auto done = add(one, source, runs); !done) return done;
  }
  return {};
}

// A series that comes in pieces comes in whole hours: each finds what the one before has written.
Result<void> Adding::add(const Partition& rollups, std::int32_t source,
                         const std::vector<SeriesRun>& runs) {
  const auto width = width_of(rollups);
  std::vector<SeriesRollup> late;
  std::vector<std::int32_t> series;
  for (const auto& run : runs) {
    auto buckets = roll_up(run.times_ms, run.values, width);
    if (buckets.empty()) continue;
    series.push_back(run.series);
    late.push_back({run.series, std::move(buckets)});
  }
  if (late.empty()) return {};
  auto stored = stored_rollups(*writing_, rollups.tier, job_.lower_ms, source, series);
  if (!stored) return fail(stored.error());
  std::vector<std::int32_t> replaced;  // rows that cannot be read stay as they are
  for (auto& one : late) {
    const auto found = stored->find(one.series);
    if (found == stored->end()) continue;
    one.buckets = with_late(found->second, one.buckets, width);
    replaced.push_back(one.series);
  }
  if (!replaced.empty()) {
    auto done =
        run("DELETE FROM " + rollups.chunks() + " WHERE series_id " + sql_is_one_of(replaced) +
            " AND start >= " + sql_time(job_.lower_ms) + " AND start < " + sql_time(job_.upper_ms));
    if (!done) return done;
  }
  result_.rollups += late.size();
  return write_rollups(*writing_, rollups, part_, source, late);
}

Result<void> Adding::drop_raw() {
  auto old = partitions_in(*writing_, job_.tier, job_.lower_ms, job_.upper_ms);
  if (!old) return fail(old.error());
  result_.old_partitions = old->size();
  auto done = run("SET LOCAL lock_timeout = " + std::to_string(config_.lock_timeout.count()));
  if (done) done = lock_tier(*writing_, job_.tier);
  for (const auto& one : *old) {
    if (done) done = drop(*writing_, one);
  }
  return done;
}

Result<Rewritten> Adding::run() {
  auto done = fenced(*writing_, fence_, "BEGIN; SET LOCAL lock_timeout = '5s'", [&] {
    auto held = hold_chunks(*writing_);
    if (!held) return held;
    auto part = writing_->run("SELECT nextval('chunk_parts')");
    if (!part) return Result<void>(fail(part.error()));
    part_ = part->number(0, 0);
    ChunkGroups groups(*reading_, *writing_, config_.group_samples);
    held = groups.run(
        {job_.tier, job_.lower_ms, job_.upper_ms},
        [&](std::int32_t source, std::vector<SeriesRun>& runs, bool) { return add(source, runs); });
    result_.old_chunks = groups.chunks();
    result_.damaged = groups.damaged().size();
    result_.first_damaged = first_of(groups.damaged());
    for (const auto& one : rollups_) {
      if (held) held = note_added(*writing_, one, 0, now_);
    }
    return held ? drop_raw() : held;
  });
  if (!done) return fail(done.error());
  return result_;
}

}  // namespace

Result<bool> raw_is_whole(Session& session, int tier, std::int64_t day_ms) {
  auto whole = session.run(
      "SELECT EXISTS (SELECT FROM chunk_partitions WHERE tier = $1 AND lower = $2 "
      "AND upper - lower = interval '1 day' AND rewritten_at IS NOT NULL)",
      {std::to_string(tier), to_rfc3339(from_ms(day_ms))});
  if (!whole) return fail(whole.error());
  return whole->text(0, 0) == "t";
}

Result<std::optional<Rewritten>> add_late_samples(const RewriterConfig& config, const Fence& fence,
                                                  const RewriteJob& job, Instant now) {
  if (!FreshPartitions::has_rollups(job.lower_ms, job.upper_ms)) return std::nullopt;
  Adding adding(config, fence, job, now);
  if (auto done = adding.open(); !done) return fail(done.error());
  const auto late = adding.look();
  if (!late) return fail(late.error());
  if (!*late) return std::nullopt;
  auto done = adding.run();
  if (!done) return fail(done.error());
  return std::optional<Rewritten>(std::move(*done));
}

}  // namespace monitron::series
