#include "checker/watcher.hpp"

#include "base/log.hpp"
#include "store/alerts.hpp"
#include "store/leases.hpp"

namespace monitron::checker {

using namespace std::chrono_literals;

namespace {

const std::string kLease = "checker.watcher";
constexpr auto kLeaseTime = 6s;
constexpr auto kRenewal = 2s;
constexpr auto kReload = 10s;
constexpr auto kReloadAgain = 1s;  // after trouble, and after a change at the soonest
constexpr auto kTick = 100ms;
constexpr auto kGroups = 500ms;
constexpr auto kSilence = 5s;
constexpr std::size_t kUnconfirmed = 20'000;
constexpr mq::BatchConfig kPingBatch{.max_messages = 128, .max_bytes = 4u << 20, .linger = 5ms};

auto steady_now() { return std::chrono::steady_clock::now(); }

}  // namespace

Watcher::Watcher(WatcherConfig config, db::Pool& database, mq::Publisher& broker,
                 service::Metrics& metrics, const Clock& clock)
    : config_(std::move(config)),
      database_(database),
      broker_(broker),
      metrics_(metrics),
      clock_(clock),
      leading_(metrics.gauge("monitron_checker_watcher_leads", "1 while it holds the lease.")),
      sender_(config_.instance,
              [&broker](contracts::Message message, ResultSender::Completion done) {
                return broker.publish(std::move(message), std::move(done));
              }),
      thread_([this] { run(); }),
      listener_(config_.database_url, "checks_changed", [this] {
        {
          const std::lock_guard lock(mutex_);
          changed_ = true;
        }
        wake_.notify_all();
      }) {}

Watcher::~Watcher() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
  const bool led = office_ != nullptr;
  office_.reset();
  if (!led) return;
  (void)database_.transact([&](pqxx::work& tx) {
    if (store::hold_lease(tx, kLease, config_.instance, kLeaseTime) == fence_) {
      store::save_ping_outages(tx, outages_.all());
    }
    store::release_lease(tx, kLease, config_.instance);
  });
}

void Watcher::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (std::exchange(changed_, false)) {
      next_reload_ = std::min(next_reload_, steady_now() + kTick);
    }
    lock.unlock();
    tick();
    lock.lock();
    wake_.wait_for(lock, kTick, [&] { return stopping_; });
  }
}

void Watcher::tick() {
  const auto broker = broker_.stats();
  const Time now = steady_now();
  const bool jumped = outages_.jumped(clock_.now(), now);
  if (jumped && office_) office_->heartbeats.forget_marks();
  const bool connected = broker_.connected() && !broker.blocked;
  outages_.note(connected && ingest_ready_, broker.reconnects, clock_.now(),
                connected ? "ingest was away" : "the broker was away");
  if (now >= next_renewal_) renew();
  if (!office_) return;
  if (now >= next_reload_) reload();
  note("heartbeats", office_->heartbeats.tick(clock_.now(), outages_));
  if (now >= next_groups_) {
    next_groups_ = now + kGroups;
    note("groups", office_->groups.tick(clock_.now()));
  }
  if (now >= next_silence_) {
    next_silence_ = now + kSilence;
    note("silence", office_->silence.tick(clock_.now()));
  }
}

void Watcher::renew() {
  const Time asked = steady_now();
  next_renewal_ = asked + kRenewal;
  std::optional<Instant> seen;
  bool ready = ingest_ready_;
  const auto outages = outages_.all();
  std::vector<store::PingOutage> before;
  const auto fence = database_.transact([&](pqxx::work& tx) {
    if (!lease_seen_) seen = store::lease_end(tx, kLease);
    ready = store::ingest_is_ready(tx);
    const auto held = store::hold_lease(tx, kLease, config_.instance, kLeaseTime);
    if (held && *held != fence_) {
      before = store::ping_outages(tx);
    } else if (held && outages != saved_) {
      store::save_ping_outages(tx, outages);
    }
    return held;
  });
  // With the database away nothing can be decided; who led goes on when it is back, unless somebody
  // else may lead by then: that one is to get the pings.
  if (!fence) {
    if (office_ && steady_now() - renewed_ >= kLeaseTime) leave_office();
    return note("lease", fail(fence.error()));
  }
  renewed_ = asked;
  ingest_ready_ = ready;
  if (!std::exchange(lease_seen_, true) && seen) outages_.looked_before(*seen - kLeaseTime);
  const std::int64_t held = fence->value_or(0);
  if (held != 0 && held == fence_) saved_ = outages;
  if (held == fence_ && (held != 0) == (office_ != nullptr)) return;
  leave_office();
  outages_.restore(before);
  if (held != 0) take_office(held);
}

void Watcher::leave_office() {
  if (!office_) return;
  office_.reset();
  leading_.set(0);
  log::info("watcher.lease", "lease lost", {{"fence", std::exchange(fence_, 0)}});
}

void Watcher::take_office(std::int64_t fence) {
  const auto send_mark = [this](const contracts::HeartbeatMark& mark) {
    // One that is lost is sent again.
    (void)broker_.publish(contracts::to_message(mark), [](const Result<void>&) {});
  };
  const auto tell_result = [this](domain::CheckResult result) { return tell(std::move(result)); };
  const auto tell_missed = [this](domain::MissedSlots missed) {
    sender_.add(std::move(missed), {});
  };
  office_ = std::make_unique<Office>(*this, WatcherLease{kLease, config_.instance, fence},
                                     send_mark, tell_result, tell_missed);
  next_reload_ = next_groups_ = next_silence_ = {};
  fence_ = fence;
  leading_.set(1);
  log::info("watcher.lease", "lease taken", {{"fence", fence}});
}

void Watcher::reload() {
  auto done = office_->heartbeats.load();
  if (done) done = office_->groups.load();
  note("definitions", done);
  next_reload_ = steady_now() + (done ? std::chrono::milliseconds(kReload) : kReloadAgain);
  if (!done || office_->pings) return;
  office_->pings = std::make_unique<mq::BatchConsumer>(
      config_.pings, kPingBatch,
      [&heartbeats = office_->heartbeats](std::span<const mq::Delivery> got) {
        return heartbeats.take(got);
      });
}

bool Watcher::tell(domain::CheckResult result) {
  if (sender_.unconfirmed() >= kUnconfirmed) return false;
  sender_.add(std::move(result), {});
  return true;
}

void Watcher::note(const char* what, const Result<void>& done) {
  if (!done) log::warning("watcher.waiting", done.error().text, {{"part", what}});
}

}  // namespace monitron::checker
