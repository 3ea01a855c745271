#include "series/caretaker.hpp"

#include "series/deletions.hpp"
#include "series/retention.hpp"

#include <algorithm>
#include <map>

namespace monitron::series {
namespace {

// Two hours that are over, of days that are not, with chunks to join: once when they are over, then
// what came late.
constexpr const char* kTwoHours =
    "SELECT tier, (extract(epoch FROM lower) * 1000)::bigint, "
    "(extract(epoch FROM upper) * 1000)::bigint FROM chunk_partitions "
    "WHERE tier % 4 = 0 AND loose > 0 AND upper <= $1::timestamptz "
    "AND date_trunc('day', lower, 'UTC') + interval '1 day' > $2::timestamptz "
    "AND (rewritten_at IS NULL OR rewritten_at < upper + $4::interval "
    "OR rewritten_at <= $3::timestamptz) ORDER BY lower, tier";

// Two hours that are not over. What is asked for most is of these, and a chunk of a few minutes
// lies on a page of its own for each series that a query reads.
constexpr const char* kRunning =
    "SELECT tier, (extract(epoch FROM lower) * 1000)::bigint, "
    "(extract(epoch FROM upper) * 1000)::bigint FROM chunk_partitions "
    "WHERE tier % 4 = 0 AND loose > 0 AND upper - lower < interval '1 day' AND upper > "
    "$1::timestamptz "
    "AND coalesce(rewritten_at, lower) <= $2::timestamptz ORDER BY lower, tier";

// Days that are over and not yet one partition, or with chunks that came late.
constexpr const char* kDays =
    "SELECT tier, (extract(epoch FROM day) * 1000)::bigint, "
    "(extract(epoch FROM day) * 1000)::bigint + 86400000 FROM "
    "(SELECT *, date_trunc('day', lower, 'UTC') AS day FROM chunk_partitions WHERE tier % 4 = 0) p "
    "WHERE day + interval '1 day' <= $1::timestamptz GROUP BY tier, day "
    "HAVING bool_or(upper - lower <> interval '1 day') OR (bool_or(loose > 0 OR rewritten_at IS "
    "NULL) AND (max(rewritten_at) IS NULL OR max(rewritten_at) <= $2::timestamptz)) "
    "ORDER BY day, tier";

std::string name_of(const RewriteJob& job) {
  return "tier " + std::to_string(job.tier) + ", " + to_rfc3339(from_ms(job.lower_ms)) + " to " +
         to_rfc3339(from_ms(job.upper_ms));
}

}  // namespace

struct Caretaker::State {
  explicit State(CaretakerConfig from) : config(std::move(from)) {
    config.rewriting.stopping = &stopping;
  }

  CaretakerConfig config;
  std::atomic<bool> stopping{false};
  std::optional<Session> session;

  struct Pause {
    Instant until{};
    std::chrono::milliseconds length{};
  };
  std::map<std::string, Pause> pauses;  // of jobs that failed

  Result<void> open();
  bool may_try(const std::string& job, Instant now) const;
  template <class Work>
  Result<Care> attempt(const std::string& job, Instant now, Work work);
  Result<Care> step(const Fence& fence, Instant now);
  Result<Care> remove(const Fence& fence, Instant now);
  Result<Care> expire(const Fence& fence, Instant now);
  Result<Care> join(const Fence& fence, Instant now, const Result<Rows>& due);
  Result<Rows> two_hours(Instant now);
  Result<Rows> days(Instant now);
  Result<Rows> running(Instant now);
};

Caretaker::Caretaker(CaretakerConfig config) : state_(std::make_unique<State>(std::move(config))) {}

Caretaker::~Caretaker() = default;

void Caretaker::stop() { state_->stopping = true; }

Result<Care> Caretaker::step(std::int64_t fence, Instant now) {
  auto& state = *state_;
  auto done = state.open();
  if (!done) return fail(done.error());
  auto care = state.step({state.config.lease, fence}, now);
  // A session in an unknown state is not used any more.
  if (!care) state.session.reset();
  return care;
}

Result<void> Caretaker::State::open() {
  if (session) return {};
  auto opened = Session::open(config.rewriting.database_url, config.rewriting.application_name);
  if (!opened) return fail(opened.error());
  // Days are UTC's, also where an interval is added to one.
  if (auto done = opened->run("SET TimeZone = 'UTC'"); !done) return fail(done.error());
  if (auto done = opened->allow(std::chrono::minutes(30)); !done) return done;
  session = std::move(*opened);
  return {};
}

bool Caretaker::State::may_try(const std::string& job, Instant now) const {
  const auto found = pauses.find(job);
  return found == pauses.end() || now >= found->second.until;
}

template <class Work>
Result<Care> Caretaker::State::attempt(const std::string& job, Instant now, Work work) {
  Result<Care> done = work();
  if (done) {
    pauses.erase(job);
    done->worked = true;
    return done;
  }
  auto& pause = pauses[job];
  pause.length = std::clamp(2 * pause.length, config.first_pause, config.last_pause);
  pause.until = now + pause.length;
  return fail(done.error());
}

Result<Care> Caretaker::State::step(const Fence& fence, Instant now) {
  auto care = remove(fence, now);
  const bool waits = care && care->waits_for_compaction;
  if (care && !care->worked) care = expire(fence, now);
  if (care && !care->worked) care = join(fence, now, two_hours(now));
  if (care && !care->worked) care = join(fence, now, days(now));
  if (care && !care->worked) care = join(fence, now, running(now));
  if (care) care->waits_for_compaction = waits;
  return care;
}

Result<Care> Caretaker::State::remove(const Fence& fence, Instant now) {
  auto wanted = open_deletions(*session);
  if (!wanted) return fail(wanted.error());
  bool waits = false;
  for (const auto& deletion : *wanted) {
    if (!may_try(deletion.id, now)) continue;
    if (!deletion.ready) {
      waits = true;
      continue;
    }
    auto care = attempt(deletion.id, now, [&]() -> Result<Care> {
      auto done = delete_samples(*session, fence, deletion, now);
      if (!done) return fail(done.error());
      return Care{.what = "deleted samples, as " + deletion.id + " wants"};
    });
    if (care) care->waits_for_compaction = waits;
    return care;
  }
  return Care{.waits_for_compaction = waits};
}

Result<Care> Caretaker::State::expire(const Fence& fence, Instant now) {
  auto due = next_expired(*session, now);
  if (!due) return fail(due.error());
  for (const auto& partition : *due) {
    const auto name = "drop of tier " + std::to_string(partition.tier);
    if (!may_try(name, now)) continue;
    return attempt(name, now, [&]() -> Result<Care> {
      auto dropped = drop_expired(*session, fence, partition, now, config.rewriting.lock_timeout);
      if (!dropped) return fail(dropped.error());
      return Care{.what = "dropped " + partition.chunks()};
    });
  }
  return Care{};
}

Result<Rows> Caretaker::State::two_hours(Instant now) {
  return session->run(kTwoHours,
                      {to_rfc3339(now - config.two_hours_rest), to_rfc3339(now - config.day_rest),
                       to_rfc3339(now - config.between_rewrites),
                       std::to_string(config.two_hours_rest.count()) + " min"});
}

Result<Rows> Caretaker::State::running(Instant now) {
  return session->run(
      kRunning, {to_rfc3339(now - config.two_hours_rest), to_rfc3339(now - config.between_joins)});
}

Result<Rows> Caretaker::State::days(Instant now) {
  return session->run(
      kDays, {to_rfc3339(now - config.day_rest), to_rfc3339(now - config.between_rewrites)});
}

Result<Care> Caretaker::State::join(const Fence& fence, Instant now, const Result<Rows>& due) {
  if (!due) return fail(due.error());
  for (std::size_t i = 0; i < due->size(); ++i) {
    const RewriteJob job{static_cast<int>(due->number(i, 0)), due->number(i, 1), due->number(i, 2)};
    const auto name = name_of(job);
    if (!may_try(name, now)) continue;
    return attempt(name, now, [&]() -> Result<Care> {
      auto done = rewrite(config.rewriting, fence, job, now);
      if (!done) return fail(done.error());
      return Care{.what = "rewrote " + name + ": " + std::to_string(done->old_chunks) +
                          " chunks into " + std::to_string(done->chunks) + ", " +
                          std::to_string(done->samples) + " samples, " +
                          std::to_string(done->rollups) + " rollups",
                  .damaged = done->damaged,
                  .first_damaged = std::move(done->first_damaged)};
    });
  }
  return Care{};
}

}  // namespace monitron::series
