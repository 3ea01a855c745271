#include "checker/scheduler.hpp"

#include "base/log.hpp"
#include "contracts/check_definition.hpp"
#include "store/checks.hpp"
#include "store/leases.hpp"

#include <utility>

namespace monitron::checker {

using namespace std::chrono_literals;

namespace {

constexpr auto kLeaseTime = 6s;
constexpr auto kRenewal = 2s;
constexpr auto kReload = 10s;
constexpr auto kTick = 200ms;

Result<domain::CheckDefinition> definition_of(const store::Check& row) {
  domain::CheckDefinition check;
  check.id = CheckId{row.id};
  check.name = row.name;
  if (row.instance_id) check.instance_id = InstanceId{*row.instance_id};
  const auto kind = domain::parse_check_kind(row.kind);
  if (!kind) return fail(Fault::invalid, "kind " + row.kind);
  check.type = row.kind;
  check.target = row.target;
  check.interval = std::chrono::seconds(row.interval_seconds);
  check.timeout = std::chrono::seconds(row.timeout_seconds);
  check.retry_interval = std::chrono::seconds(row.retry_interval_seconds);
  check.locations = row.locations;
  check.quorum = row.quorum;
  check.enabled = row.enabled;
  check.labels.insert(row.labels.begin(), row.labels.end());
  check.failures_before_down = row.failures_before_down;
  check.successes_before_up = row.successes_before_up;
  const auto settings = contracts::parse_json_object(row.settings);
  if (!settings) return fail(settings.error());
  const auto problems = contracts::read_check_settings(*kind, *settings, check.settings);
  for (const auto& problem : problems) {
    if (problem.code != "unknown")
      return fail(Fault::invalid, problem.field + " " + problem.message);
  }
  if (check.interval < 1s) return fail(Fault::invalid, "interval under 1 s");
  return check;
}

}  // namespace

Scheduler::Scheduler(db::Pool& database, const std::string& database_url, mq::Publisher& broker,
                     service::Metrics& metrics, std::string location, std::string instance)
    : database_(database),
      broker_(broker),
      location_(std::move(location)),
      instance_(std::move(instance)),
      lease_("checker.scheduler." + location_),
      slices_(metrics.counter("monitron_checker_slices_sent_total", "Slices given to the broker.")),
      unsent_(metrics.counter("monitron_checker_slices_unsent_total",
                              "Slices that the broker did not confirm.")),
      leading_(metrics.gauge("monitron_checker_scheduler_leads", "1 while it holds the lease.")),
      checks_count_(metrics.gauge("monitron_checker_checks", "Checks of this location.")),
      asking_([this] { ask(); }),
      sending_([this] { send(); }),
      listener_(database_url, "checks_changed", [this] {
        {
          const std::lock_guard lock(mutex_);
          changed_ = true;
        }
        wake_.notify_all();
      }) {}

Scheduler::~Scheduler() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  asking_.join();
  sending_.join();
  if (!leadership_.leads()) return;
  (void)database_.transact([&](pqxx::work& tx) { store::release_lease(tx, lease_, instance_); });
}

void Scheduler::ask() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const bool changed = std::exchange(changed_, false);
    lock.unlock();
    const Time now = std::chrono::steady_clock::now();
    if (now >= next_renewal_) renew();
    if (changed || now >= next_reload_) reload();
    lock.lock();
    wake_.wait_for(lock, kTick, [&] { return stopping_ || changed_; });
  }
}

void Scheduler::renew() {
  next_renewal_ = std::chrono::steady_clock::now() + kRenewal;
  const auto fence = database_.transact(
      [&](pqxx::work& tx) { return store::hold_lease(tx, lease_, instance_, kLeaseTime); });
  const std::lock_guard lock(mutex_);
  const bool led = leadership_.leads();
  if (!fence) {
    leadership_.unreachable();
  } else if (*fence) {
    leadership_.held(**fence);
  } else {
    leadership_.lost();
  }
  leading_.set(leadership_.leads() ? 1 : 0);
  if (led != leadership_.leads()) {
    log::info("scheduler.lease", leadership_.leads() ? "lease taken" : "lease lost",
              {{"location", location_}, {"fence", leadership_.fence()}});
  }
}

void Scheduler::reload() {
  next_reload_ = std::chrono::steady_clock::now() + kReload;
  const auto rows =
      database_.transact([&](pqxx::work& tx) { return store::enabled_checks(tx, location_); });
  if (!rows) {
    log::warning("scheduler.reload", "definitions could not be read; going on with those known",
                 {{"error", rows.error().text}});
    next_reload_ = std::chrono::steady_clock::now() + 1s;
    return;
  }
  auto checks = std::make_shared<Checks>();
  for (const auto& row : *rows) {
    auto check = definition_of(row);
    if (check) {
      checks->push_back(std::move(*check));
    } else {
      log::error("scheduler.reload", "a check cannot be run",
                 {{"check_id", row.id.str()}, {"error", check.error().text}});
    }
  }
  checks_count_.set(static_cast<double>(checks->size()));
  const std::lock_guard lock(mutex_);
  // What was there before the start is not new; nor is anything to who does not lead.
  if (checks_ && leadership_.leads()) {
    for (auto& check : to_run_at_once(*checks_, *checks)) at_once_.push_back(std::move(check));
  }
  checks_ = std::move(checks);
}

void Scheduler::send() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    send_due();
    lock.lock();
    wake_.wait_for(lock, kTick, [&] { return stopping_; });
  }
}

void Scheduler::send_due() {
  std::unique_lock lock(mutex_);
  const auto leadership = leadership_;
  const auto checks = checks_;
  const auto at_once = std::exchange(at_once_, {});
  lock.unlock();
  if (!leadership.leads() || !checks) return seconds_.forget();
  for (const auto& slice :
       slices_at_once(at_once, location_, system_clock().now(), leadership.fence())) {
    publish(slice);
  }
  for (const Instant second : seconds_.due(system_clock().now())) {
    for (const auto& slice : slices_of(*checks, location_, second, leadership.fence())) {
      publish(slice);
    }
  }
}

void Scheduler::publish(const contracts::CheckSlice& slice) {
  slices_.add();
  // May be called after the scheduler is gone: the publisher ends later.
  const auto done = [unsent = unsent_](const Result<void>& sent) mutable {
    if (sent) return;
    unsent.add();
    log::warning("slice.unsent", "a slice was not confirmed", {{"error", sent.error().text}});
  };
  if (!broker_.publish(contracts::to_message(slice), done)) {
    unsent_.add();
  }
}

}  // namespace monitron::checker
