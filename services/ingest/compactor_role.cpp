#include "ingest/compactor_role.hpp"

#include "base/ids.hpp"
#include "base/log.hpp"
#include "store/leases.hpp"

namespace monitron::ingest {
namespace {

using namespace std::chrono_literals;

constexpr auto kLeaseLife = 30s;
constexpr auto kRenewal = 5s;
constexpr auto kPause = 500ms;  // with nothing to do
constexpr auto kAfterTrouble = 2s;
constexpr auto kCarePause = 1s;  // with nothing to look after
constexpr auto kLook = 5s;
constexpr auto kHeldLong = 10min;
constexpr auto kWarning = 1min;  // not more often

const std::vector<double> kSeconds = {0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};

db::Config lease_database(const series::CompactorConfig& config) {
  db::Config database;
  database.url = config.database_url;
  database.application_name = config.application_name + " lease";
  database.size = 1;
  database.statement_timeout = 5s;
  return database;
}

series::CaretakerConfig care_of(const series::CompactorConfig& config) {
  series::CaretakerConfig care;
  care.rewriting.database_url = config.database_url;
  care.rewriting.application_name = config.application_name;
  care.lease = config.lease;
  return care;
}

}  // namespace

CompactorRole::CompactorRole(const series::CompactorConfig& config, service::Metrics& metrics)
    : lease_(config.lease),
      holder_(Uuid::make().str()),
      database_(lease_database(config)),
      compactor_(config),
      caretaker_(care_of(config)),
      metrics_(metrics),
      samples_(metrics.counter("monitron_ingest_compacted_samples_total",
                               "Samples moved from staging into chunks.")),
      rows_(metrics.counter("monitron_ingest_compacted_rows_total",
                            "Staged rows moved into chunks.")),
      chunks_(metrics.counter("monitron_ingest_chunks_total", "Chunks made of staged rows.")),
      cared_(metrics.counter("monitron_ingest_partition_jobs_total",
                             "Partitions of chunks joined or dropped, and deletions done.")),
      damaged_(metrics.counter("monitron_ingest_damaged_chunks_total",
                               "Chunks that could not be read when their partition was rewritten; "
                               "they stay as they are, and count each time.")),
      seconds_(metrics.histogram("monitron_ingest_compaction_seconds",
                                 "Time of a step that compacted something.", kSeconds)),
      leading_(metrics.gauge("monitron_ingest_compactor_leading",
                             "1 while this process holds the compactor's lease.")),
      bytes_(metrics.gauge("monitron_ingest_staging_bytes",
                           "Size of the staging tables, emptied ones too.")),
      lag_(metrics.gauge("monitron_ingest_compaction_lag_seconds",
                         "Since the slot with the oldest row that is not in chunks was opened.")),
      slots_(metrics.gauge("monitron_ingest_staging_slots",
                           "Staging tables with rows that are not in chunks.")),
      held_(
          metrics.gauge("monitron_ingest_staging_held_seconds",
                        "Since a staging table that is all in chunks could have been emptied, but "
                        "for somebody who reads it or has an older snapshot.")),
      keeping_([this] { keep_lease(); }),
      working_([this] { work(); }),
      caring_([this] { care(); }) {}

CompactorRole::~CompactorRole() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  compactor_.stop();
  caretaker_.stop();
  wake_.notify_all();
  working_.join();
  caring_.join();
  keeping_.join();
  give_back();
}

bool CompactorRole::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, time, [&] { return stopping_; });
  return !stopping_;
}

std::optional<std::int64_t> CompactorRole::fence() const {
  const std::lock_guard lock(mutex_);
  return fence_;
}

void CompactorRole::keep_lease() {
  do renew();
  while (pause(kRenewal));
}

void CompactorRole::renew() {
  const auto held = database_.transact(
      [&](pqxx::work& tx) { return store::hold_lease(tx, lease_, holder_, kLeaseLife); });
  // PostgreSQL is away, so nobody compacts; each transaction asks for the fence anyhow.
  if (!held) return;
  {
    const std::lock_guard lock(mutex_);
    if (held->has_value() != fence_.has_value()) {
      log::info("compactor.lease", *held ? "this process compacts now" : "another one compacts");
    }
    fence_ = *held;
  }
  leading_.set(*held ? 1 : 0);
}

void CompactorRole::give_back() {
  if (!fence()) return;
  (void)database_.transact([&](pqxx::work& tx) { store::release_lease(tx, lease_, holder_); });
}

void CompactorRole::work() {
  auto rest = std::chrono::milliseconds(0);
  while (pause(rest)) {
    const auto held = fence();
    rest = held && work_once(*held) ? 0ms : std::chrono::milliseconds(kPause);
    if (held) look();
  }
}

// Whether there may be more to do at once.
bool CompactorRole::work_once(std::int64_t fence) {
  const auto begun = Clock::now();
  if (hurry_.exchange(false)) compactor_.hurry();
  const auto step = compactor_.step(fence);
  if (!step) {
    note_failure("compactor.waiting", step.error());
    return false;
  }
  if (step->compacted.transactions > 0) {
    seconds_.observe(std::chrono::duration<double>(Clock::now() - begun).count());
    samples_.add(static_cast<double>(step->compacted.samples));
    rows_.add(static_cast<double>(step->compacted.rows));
    chunks_.add(static_cast<double>(step->compacted.chunks));
  }
  return step->worked;
}

void CompactorRole::note_failure(const char* who, const Error& error) {
  metrics_
      .counter("monitron_ingest_compaction_failures_total",
               "Steps of the compactor that failed; what was not committed is done again.",
               {{"fault", std::string(to_string(error.fault))}})
      .add();
  log::warning(who, error.text);
  pause(kAfterTrouble);
}

void CompactorRole::care() {
  auto rest = std::chrono::milliseconds(0);
  while (pause(rest)) {
    const auto held = fence();
    rest = held && care_once(*held) ? 0ms : std::chrono::milliseconds(kCarePause);
  }
}

bool CompactorRole::care_once(std::int64_t fence) {
  const auto done = caretaker_.step(fence, system_clock().now());
  if (!done) {
    note_failure("caretaker.waiting", done.error());
    return false;
  }
  if (done->waits_for_compaction) hurry_ = true;
  if (done->damaged > 0) {
    damaged_.add(static_cast<double>(done->damaged));
    log::warning("caretaker.damaged",
                 done->what + ". " + std::to_string(done->damaged) +
                     " chunks cannot be read and stay as they are: " + done->first_damaged);
  }
  if (done->worked) {
    cared_.add();
    log::info("caretaker.done", done->what);
  }
  return done->worked;
}

void CompactorRole::look() {
  if (Clock::now() - looked_ < kLook) return;
  const auto backlog = compactor_.backlog();
  if (!backlog) return;
  looked_ = Clock::now();
  bytes_.set(static_cast<double>(backlog->bytes));
  lag_.set(std::chrono::duration<double>(backlog->oldest).count());
  slots_.set(backlog->slots);
  held_.set(std::chrono::duration<double>(backlog->held).count());
  warn(*backlog);
}

// Nobody's session is ended from here: it may be a backup, which takes its time.
void CompactorRole::warn(const series::Backlog& backlog) {
  if (backlog.held < kHeldLong || Clock::now() - warned_ < kWarning) return;
  warned_ = Clock::now();
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(backlog.held).count();
  log::warning("staging.held",
               (backlog.holder.empty() ? "somebody" : backlog.holder) +
                   " has kept a staging table from being emptied for " + std::to_string(minutes) +
                   " min by an open transaction. Nothing is lost, but what is stored meanwhile "
                   "stays staged and takes room until the transaction ends");
}

}  // namespace monitron::ingest
