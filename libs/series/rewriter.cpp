#include "series/rewriter.hpp"

#include "series/chunk_groups.hpp"
#include "series/fresh_partitions.hpp"
#include "series/late_samples.hpp"

#include <algorithm>
#include <thread>

namespace monitron::series {
namespace {

// Rows come in the order of the index, at once and without being sorted on disk.
constexpr const char* kReadInOrder =
    "SET enable_sort = off; SET enable_seqscan = off; SET enable_bitmapscan = off; "
    "SET max_parallel_workers_per_gather = 0; SET idle_in_transaction_session_timeout = '30min'";
constexpr const char* kWriteLong = "SET idle_in_transaction_session_timeout = '30min'";
constexpr std::chrono::hours kPatience{6};  // for one statement: a tier may be large

// A snapshot older than what was last added does not know that these samples are no longer staged,
// but would see frozen rows of them. Only READ COMMITTED statements take theirs after their locks.
// The compactor's own snapshots, of our name, look at staging alone.
constexpr const char* kOldReaders =
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' "
    "AND datname = current_database() AND application_name <> current_setting('application_name') "
    "AND age(backend_xmin) >= (SELECT min(age(xmin)) FROM chunk_partitions "
    "WHERE tier = $1 AND lower >= $2 AND upper <= $3))";

// Snapshots that outlive their statement. Rows that are carried over are not frozen: one from
// before the swap that reads the tier after it would find them neither there nor where they were.
// Our own services have none: all their transactions are READ COMMITTED.
constexpr const char* kLongReaders =
    "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' "
    "AND datname = current_database() AND application_name <> current_setting('application_name') "
    "AND application_name NOT LIKE 'monitron-%' AND backend_xmin IS NOT NULL "
    "AND (state <> 'active' OR xact_start < query_start))";

constexpr const char* kListed =
    "SELECT (extract(epoch FROM lower) * 1000)::bigint, (extract(epoch FROM upper) * "
    "1000)::bigint, name, loose, (extract(epoch FROM written_at) * 1000)::bigint "
    "FROM chunk_partitions WHERE tier = $1 AND lower >= $2 AND upper <= $3 ORDER BY lower";

struct Old {
  Partition partition{};
  std::int64_t loose = 0;
  std::int64_t written_ms = 0;
};

class Rewriting {
 public:
  Rewriting(const RewriterConfig& config, const Fence& fence, const RewriteJob& job, Instant now)
      : config_(config), fence_(fence), job_(job), now_(now) {}

  Result<Rewritten> run();

 private:
  Result<void> open();
  Result<void> run(Session& session, const std::string& sql) {
    auto done = session.run(sql.c_str());
    if (!done) return fail(done.error());
    return {};
  }
  std::vector<Session::Parameter> place() const;
  Result<void> look();
  Result<std::vector<Old>> listed(Session& session);
  Result<void> fill();
  Result<void> swap();
  Result<void> attempt(Result<void> (Rewriting::*work)());
  Result<void> try_swap();
  Result<void> refuse_long_readers();
  Result<void> keep_damaged(const std::vector<DamagedChunk>& damaged);
  Result<void> copy_damaged(std::span<const DamagedChunk> damaged);
  Result<void> catch_up();
  Result<std::int64_t> look_again(std::vector<Old>& there);
  Result<void> carry_over(const std::vector<Old>& there, std::int64_t last);
  Result<void> go_on() const {
    if (!config_.stopping || !*config_.stopping) return {};
    return fail(Fault::unavailable, "it was stopped");
  }
  Result<void> wait_up_to(std::chrono::milliseconds limit) {
    return run(*writing_, "SET LOCAL lock_timeout = " + std::to_string(limit.count()));
  }

  const RewriterConfig& config_;
  const Fence& fence_;
  const RewriteJob& job_;
  Instant now_;
  std::optional<Session> reading_, writing_;
  std::vector<Old> old_;              // as they were when last looked at
  std::int64_t part_ = 0;             // of all that is written here
  std::int64_t carried_through_ = 0;  // the last part that is read, or carried over
  std::int64_t carried_ = 0;          // chunks
  bool caught_up_ = false;
  std::optional<FreshPartitions> fresh_;
  Rewritten result_;
};

Result<void> Rewriting::open() {
  for (auto* session : {&reading_, &writing_}) {
    auto opened = Session::open(config_.database_url, config_.application_name);
    if (!opened) return fail(opened.error());
    *session = std::move(*opened);
    if (auto done = (*session)->allow(kPatience); !done) return done;
  }
  if (auto done = run(*reading_, kReadInOrder); !done) return done;
  return run(*writing_, kWriteLong);
}

std::vector<Session::Parameter> Rewriting::place() const {
  return {std::to_string(job_.tier), to_rfc3339(from_ms(job_.lower_ms)),
          to_rfc3339(from_ms(job_.upper_ms))};
}

Result<std::vector<Old>> Rewriting::listed(Session& session) {
  auto rows = session.run(kListed, place());
  if (!rows) return fail(rows.error());
  std::vector<Old> all;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    all.push_back({{job_.tier, rows->number(i, 0), rows->number(i, 1), rows->text(i, 2)},
                   rows->number(i, 3),
                   rows->number(i, 4)});
  }
  return all;
}

// Takes the snapshot, while nobody adds chunks: all that is not in it comes with a later part.
Result<void> Rewriting::look() {
  auto done = run(*writing_, "BEGIN; SET LOCAL lock_timeout = '5s'");
  if (done) done = hold_chunks(*writing_);
  if (done) done = check_fence(*writing_, fence_);
  if (!done) return done;
  auto old_readers = writing_->run(kOldReaders, place());
  if (!old_readers) return fail(old_readers.error());
  if (old_readers->text(0, 0) == "t") {
    return fail(Fault::timeout, "somebody still reads what was there before the last samples came");
  }
  auto part = writing_->run("SELECT nextval('chunk_parts')");
  if (!part) return fail(part.error());
  part_ = carried_through_ = part->number(0, 0);
  done = run(*reading_, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  if (!done) return done;
  auto seen = listed(*reading_);
  if (!seen) return fail(seen.error());
  old_ = std::move(*seen);
  if (FreshPartitions::has_rollups(job_.lower_ms, job_.upper_ms)) {
    done = FreshPartitions::prepare(*writing_, job_.tier, job_.lower_ms, now_);
  }
  if (!done) return done;
  return run(*writing_, "COMMIT");
}

Result<void> Rewriting::fill() {
  auto made =
      FreshPartitions::make(*writing_, job_.tier, job_.lower_ms, job_.upper_ms, part_, now_);
  if (!made) return fail(made.error());
  fresh_.emplace(std::move(*made));
  ChunkGroups groups(*reading_, *writing_, config_.group_samples);
  auto done = groups.run({job_.tier, job_.lower_ms, job_.upper_ms},
                         [&](std::int32_t source, std::vector<SeriesRun>& runs, bool goes_on) {
                           auto added = go_on();
                           if (added) added = fresh_->add(source, runs, goes_on, groups.damaged());
                           if (added && fresh_->bytes() >= config_.copy_bytes) {
                             added = fresh_->copy();
                           }
                           return added;
                         });
  if (!done) return done;
  result_.old_chunks = groups.chunks();
  result_.old_partitions = old_.size();
  if (done = run(*reading_, "COMMIT"); !done) return done;
  if (done = keep_damaged(groups.damaged()); !done) return done;
  if (done = fresh_->finish(); !done) return done;
  result_.samples = fresh_->samples();
  result_.chunks = fresh_->chunks();
  result_.rollups = fresh_->rollups();
  return {};
}

// As they are, with the times that they refer to.
Result<void> Rewriting::copy_damaged(std::span<const DamagedChunk> damaged) {
  ArrayText series, parts, starts, times;
  for (const auto& one : damaged) {
    series.add(one.series);
    parts.add(one.part);
    starts.add(one.start_ms);
    if (one.times_id) times.add(*one.times_id);
  }
  const auto& raw = fresh_->raw();
  const auto tier = std::to_string(job_.tier);
  const auto copy = [&](const std::string& to, const std::string& from, const std::string& which,
                        std::vector<Session::Parameter> given) -> Result<void> {
    auto where = place();
    given.insert(given.end(), {where[1], where[2]});
    const auto text =
        "INSERT INTO " + to + " SELECT * FROM " + from + "_t" + tier + " AS c WHERE " + which;
    auto done = writing_->run(text.c_str(), given);
    if (!done) return fail(done.error());
    return {};
  };
  auto done =
      copy(raw.chunks(), "chunks",
           "(series_id, part, start) IN (SELECT s, p, to_timestamp(0) + t * interval '1 ms' "
           "FROM unnest($1::integer[], $2::bigint[], $3::bigint[]) AS d (s, p, t)) "
           "AND start >= $4 AND start < $5",
           {series.str(), parts.str(), starts.str()});
  if (!done) return done;
  return copy(raw.times(), "chunk_times",
              "id = ANY ($1::bigint[]) AND start >= $2 AND start < $3 "
              "AND NOT EXISTS (SELECT FROM " +
                  raw.times() + " AS o WHERE o.id = c.id)",
              {times.str()});
}

Result<void> Rewriting::keep_damaged(const std::vector<DamagedChunk>& damaged) {
  constexpr std::size_t kAtOnce = 1000;
  for (std::size_t at = 0; at < damaged.size(); at += kAtOnce) {
    auto done =
        copy_damaged(std::span(damaged).subspan(at, std::min(kAtOnce, damaged.size() - at)));
    if (!done) return done;
  }
  result_.damaged = damaged.size();
  result_.first_damaged = first_of(damaged);
  return {};
}

// What was added to `there` since `old_` was looked at, with parts up to `last`.
Result<void> Rewriting::carry_over(const std::vector<Old>& there, std::int64_t last) {
  const auto& raw = fresh_->raw();
  for (const auto& one : there) {
    const bool unchanged = std::any_of(old_.begin(), old_.end(), [&](const Old& before) {
      return before.partition.name == one.partition.name && before.loose == one.loose;
    });
    if (unchanged) continue;
    auto moved = writing_->run(
        ("WITH moved AS (INSERT INTO " + raw.chunks() + " SELECT * FROM " + one.partition.chunks() +
         " WHERE part > $1 AND part <= $2 RETURNING times_id), "
         "times AS (INSERT INTO " +
         raw.times() + " SELECT * FROM " + one.partition.times() +
         " WHERE id IN (SELECT times_id FROM moved)) SELECT count(*) FROM moved")
            .c_str(),
        {std::to_string(carried_through_), std::to_string(last)});
    if (!moved) return fail(moved.error());
    carried_ += moved->number(0, 0);
  }
  return {};
}

// What there is, and the last part of it, while nobody adds. What is held ends with the savepoint.
Result<std::int64_t> Rewriting::look_again(std::vector<Old>& there) {
  auto done = wait_up_to(config_.adders_timeout);
  if (done) done = hold_chunks(*writing_);
  if (!done) return fail(done.error());
  auto seen = listed(*writing_);
  if (!seen) return fail(seen.error());
  there = std::move(*seen);
  auto last = writing_->run("SELECT last_value FROM chunk_parts");
  if (!last) return fail(last.error());
  return last->number(0, 0);
}

// Most of it before the swap, so that the compactor need not wait while much is copied.
Result<void> Rewriting::catch_up() {
  std::vector<Old> there;
  if (auto done = run(*writing_, "SAVEPOINT look"); !done) return done;
  const auto last = look_again(there);
  if (auto done = run(*writing_, "ROLLBACK TO SAVEPOINT look"); !done) return done;
  if (!last) return fail(last.error());
  if (auto done = carry_over(there, *last); !done) return done;
  carried_through_ = *last;
  old_ = std::move(there);
  caught_up_ = true;
  return {};
}

Result<void> Rewriting::refuse_long_readers() {
  auto there = writing_->run(kLongReaders);
  if (!there) return fail(there.error());
  if (there->text(0, 0) != "t") return {};
  return fail(Fault::timeout,
              "somebody has a snapshot that knows nothing of what was carried over");
}

Result<void> Rewriting::try_swap() {
  std::vector<Old> there;
  const auto last = look_again(there);
  if (!last) return fail(last.error());
  auto done = carry_over(there, *last);
  if (done) done = wait_up_to(config_.lock_timeout);
  if (done) done = lock_tier(*writing_, job_.tier);
  std::int64_t written_ms = 0;
  for (const auto& one : there) {
    written_ms = std::max(written_ms, one.written_ms);
    if (done) done = drop(*writing_, one.partition);
  }
  if (done) done = fresh_->attach_all(from_ms(written_ms), carried_, result_.damaged);
  // Late, so that there is no time for others to begin.
  return done && carried_ > 0 ? refuse_long_readers() : done;
}

Result<void> Rewriting::attempt(Result<void> (Rewriting::*work)()) {
  const auto before = carried_;
  if (auto done = run(*writing_, "SAVEPOINT swap"); !done) return done;
  auto done = (this->*work)();
  if (done) return done;
  carried_ = before;
  const auto fault = done.error().fault;
  if (fault != Fault::timeout && fault != Fault::conflict) return done;
  // Those who waited behind us go on.
  if (auto back = run(*writing_, "ROLLBACK TO SAVEPOINT swap"); !back) return back;
  return done;
}

Result<void> Rewriting::swap() {
  Result<void> done;
  for (int i = 0; i < config_.lock_tries; ++i) {
    if (i > 0) std::this_thread::sleep_for(config_.lock_pause);
    if (done = go_on(); !done) return done;
    if (!caught_up_) done = attempt(&Rewriting::catch_up);
    if (caught_up_) done = attempt(&Rewriting::try_swap);
    if (done) return done;
    const auto fault = done.error().fault;
    if (fault != Fault::timeout && fault != Fault::conflict) return done;
  }
  return done;
}

Result<Rewritten> Rewriting::run() {
  auto done = open();
  if (done) done = look();
  if (!done) return fail(done.error());
  if (old_.empty()) return Rewritten{};
  done = run(*writing_, "BEGIN");
  if (done) done = fill();
  if (done) done = swap();
  if (done) done = check_fence(*writing_, fence_);
  if (done) done = run(*writing_, "COMMIT");
  if (!done) return fail(done.error());
  return result_;
}

}  // namespace

Result<Rewritten> rewrite(const RewriterConfig& config, const Fence& fence, const RewriteJob& job,
                          Instant now) {
  auto late = add_late_samples(config, fence, job, now);
  auto done = !late   ? Result<Rewritten>(fail(late.error()))
              : *late ? Result<Rewritten>(std::move(**late))
                      : Rewriting(config, fence, job, now).run();
  if (!done) {
    return fail(done.error().in("rewriting tier " + std::to_string(job.tier) + " from " +
                                to_rfc3339(from_ms(job.lower_ms))));
  }
  return done;
}

}  // namespace monitron::series
