#include "checker/scheduler.hpp"

#include "base/log.hpp"
#include "contracts/check_definition.hpp"
#include "contracts/check_slice.hpp"
#include "contracts/check_wanted.hpp"
#include "store/leases.hpp"

#include <algorithm>
#include <utility>

namespace monitron::checker {

using namespace std::chrono_literals;

namespace {

constexpr auto kLeaseTime = 5s;
constexpr auto kRenewal = 1s;
constexpr auto kLook = 1s;  // for changes, when nobody tells of them: states
// The parts of a window's own slices begin with 0.
constexpr std::uint32_t kRetryParts = 500'000;
constexpr std::uint32_t kAtOnceParts = 1'000'000;
constexpr std::uint32_t kWantedParts = 1'500'000;

domain::CheckStatus status_of(const std::string& text) {
  return domain::parse_check_status(text).value_or(domain::CheckStatus::unknown);
}

// One success shows that it works; one failure is a failure like any other.
std::string text_for_at_once(domain::CheckDefinition check) {
  check.successes_before_up = 1;
  return contracts::members_text(check);
}

mq::ConsumerConfig tap_of_wishes(const mq::Endpoint& broker, const std::string& location) {
  mq::ConsumerConfig tap;
  tap.endpoint = broker;
  tap.queue = "wanted." + Uuid::make().str();
  tap.name = "checker wishes";
  tap.no_ack = true;
  tap.topology =
      contracts::tap_topology(tap.queue, {contracts::wanted_binding(tap.queue, location)});
  return tap;
}

}  // namespace

Scheduler::Scheduler(Config config, db::Pool& database, mq::Publisher& broker,
                     service::Metrics& metrics)
    : database_(database),
      location_(std::move(config.location)),
      instance_(std::move(config.instance)),
      lease_("checker.scheduler." + location_),
      leading_(metrics.gauge("monitron_checker_scheduler_leads", "1 while it holds the lease.")),
      checks_count_(metrics.gauge("monitron_checker_checks", "Checks of this location.")),
      wanted_runs_(metrics.counter("monitron_checker_wanted_runs_total",
                                   "Runs beside the schedule that somebody waited for.",
                                   {{"location", location_}})),
      slices_(
          [&broker](contracts::Message message, SliceSender::Completion done) {
            return broker.publish(std::move(message), std::move(done));
          },
          location_, instance_, metrics),
      definitions_(database, location_, [this](const DefinitionsRead& read) { take(read); }),
      asking_([this] { ask(); }),
      sending_([this] { send(); }),
      listener_(config.database_url, "checks_changed",
                [this] {
                  {
                    const std::lock_guard lock(mutex_);
                    changed_ = true;
                  }
                  wake_.notify_all();
                }),
      wishes_(tap_of_wishes(config.broker, location_),
              [this](const mq::Delivery& delivery) { return hear(delivery.message); }) {}

Scheduler::~Scheduler() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  asking_.join();
  sending_.join();
  if (!leadership_.leads()) return;
  (void)database_.transact([&](pqxx::work& tx) {
    if (sent_) store::note_schedule_sent(tx, location_, slices_.settled(*sent_));
    store::release_lease(tx, lease_, instance_);
  });
}

void Scheduler::ask() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const bool changed = std::exchange(changed_, false);
    lock.unlock();
    // Only who knows the checks can lead.
    if (definitions_.complete() && std::chrono::steady_clock::now() >= next_renewal_) renew();
    const bool more = read(changed);
    lock.lock();
    if (more) continue;
    const auto next = definitions_.complete() ? std::min(next_look_, next_renewal_) : next_look_;
    wake_.wait_until(lock, next, [&] { return stopping_ || changed_; });
  }
}

void Scheduler::renew() {
  next_renewal_ = std::chrono::steady_clock::now() + kRenewal;
  std::optional<Instant> sent;
  bool led = false;
  {
    const std::lock_guard lock(mutex_);
    led = leadership_.leads();
    sent = sent_;
  }
  if (sent) sent = slices_.settled(*sent);
  std::optional<Instant> sent_until;
  const auto fence = database_.transact([&](pqxx::work& tx) {
    const auto held = store::hold_lease(tx, lease_, instance_, kLeaseTime);
    if (held && !led) sent_until = store::schedule_sent_until(tx, location_);
    if (held && led && sent) store::note_schedule_sent(tx, location_, *sent);
    return held;
  });
  note_leadership(fence, sent_until);
}

void Scheduler::note_leadership(const Result<std::optional<std::int64_t>>& fence,
                                std::optional<Instant> sent_until) {
  const std::lock_guard lock(mutex_);
  const bool led = leadership_.leads();
  if (!fence) {
    leadership_.unreachable();
  } else if (*fence) {
    leadership_.held(**fence);
  } else {
    leadership_.lost();
  }
  if (led == leadership_.leads()) return;
  resume_ = sent_until;
  sent_.reset();
  leading_.set(leadership_.leads() ? 1 : 0);
  log::info("scheduler.lease", leadership_.leads() ? "lease taken" : "lease lost",
            {{"location", location_}, {"fence", leadership_.fence()}});
}

// True: there is more to read now.
bool Scheduler::read(bool changed) {
  const auto now = std::chrono::steady_clock::now();
  Result<void> done;
  if (changed || now >= next_look_) {
    next_look_ = now + kLook;
    done = definitions_.look();
  }
  if (done) done = definitions_.read_some();
  if (done) return definitions_.more();
  log::warning("scheduler.read", "definitions could not be read; going on with those known",
               {{"error", done.error().text}});
  return false;
}

void Scheduler::take(const DefinitionsRead& read) {
  const Instant now = system_clock().now();
  std::vector<domain::CheckDefinition> checks;
  std::vector<KnownState> states;
  std::vector<Uuid> found;
  for (const auto& row : read.rows) {
    auto check = store::definition_of(row.check, *read.types);
    if (!check) {
      log::error("scheduler.read", "a check cannot be run",
                 {{"check_id", row.check.id.str()}, {"error", check.error().text}});
    } else if (domain::info_of(check->kind()).active) {
      found.push_back(row.check.id);
      checks.push_back(std::move(*check));
      states.push_back({status_of(row.status), status_of(row.last_status), row.slot});
    }
  }
  std::sort(found.begin(), found.end());
  const std::lock_guard lock(mutex_);
  for (const auto& id : read.ids) {
    if (!std::binary_search(found.begin(), found.end(), id)) schedule_.remove(id);
  }
  if (read.ids.empty()) schedule_.keep(read.after, read.last, found);
  for (std::size_t i = 0; i < checks.size(); ++i) {
    // What was there before the start is not new; nor is anything to who does not lead.
    const bool news = schedule_.put(checks[i], states[i], now);
    if (!news || !leadership_.leads() || at_once_.size() >= kAtOnce) continue;
    const Uuid id = checks[i].id.value;
    schedule_.run_at_once(id, now);
    at_once_.emplace_back(id, text_for_at_once(std::move(checks[i])));
  }
  checks_count_.set(static_cast<double>(schedule_.size()));
  if (!at_once_.empty()) wake_.notify_all();
}

void Scheduler::send() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    send_due();
    lock.lock();
    // Until the next window is to be sent, by the wall clock, which may jump.
    auto pause = kWindow;
    if (windows_.next()) {
      const auto left = *windows_.next() - kAhead - system_clock().now();
      pause = std::clamp<std::chrono::milliseconds>(left, 1ms, kWindow);
    }
    wake_.wait_for(lock, pause, [&] { return stopping_ || !at_once_.empty(); });
  }
}

void Scheduler::send_due() {
  const Instant now = system_clock().now();
  slices_.look(now);
  const std::lock_guard lock(mutex_);
  const auto at_once = std::exchange(at_once_, {});
  if (!leadership_.leads()) {
    windows_.start({});
    fence_ = 0;
    (void)schedule_.take_retries(now, now + kAhead);
    wanted_.clear();
    return;
  }
  if (fence_ == 0) windows_.start(resume_);
  fence_ = leadership_.fence();
  std::vector<DueCheck> first;
  for (const auto& [id, text] : at_once) {
    first.push_back({now, domain::CheckStatus::unknown, id, text});
  }
  send_slices(now, kAtOnceParts, first);
  const auto due = windows_.due(now);
  if (due.missed) slices_.miss(*due.missed, schedule_.slots_in(due.missed->from, due.missed->to));
  for (const Instant window : due.begins) send_slices(window, 0, schedule_.due(window));
  sent_ = windows_.next();
  send_slices(now, kRetryParts, schedule_.take_retries(now, *sent_));
  send_wanted(now);
}

// With the mutex held. What is late by then is of no use any more: it is not sent twice.
void Scheduler::send_wanted(Instant now) {
  std::vector<DueCheck> due;
  for (const auto& id : wanted_.take(kAtOnce)) {
    if (const auto one = schedule_.take_wanted(id, now)) due.push_back(*one);
  }
  wanted_runs_.add(static_cast<double>(due.size()));
  send_slices(now, kWantedParts, due);
}

Result<void> Scheduler::hear(const contracts::Message& message) {
  const auto wanted = contracts::decode_check_wanted(message.body);
  if (!wanted) return fail(wanted.error());
  const std::lock_guard lock(mutex_);
  // They are sent with the next window: that is soon.
  if (leadership_.leads()) wanted_.add(wanted->checks);
  return {};
}

void Scheduler::send_slices(Instant window, std::uint32_t part, const std::vector<DueCheck>& due) {
  const auto share = due.size() / kSlicesPerWindow + 1;
  const auto jobs = std::min(share, kJobsPerSlice);
  for (std::size_t i = 0; i < due.size(); i += jobs) {
    contracts::SliceText text({location_, window, part++, fence_, {}});
    const auto end = std::min(due.size(), i + jobs);
    for (std::size_t j = i; j < end; ++j) {
      text.add(due[j].slot, due[j].status, due[j].id, due[j].members);
    }
    slices_.send(window, std::move(text).message(), end - i);
  }
}

}  // namespace monitron::checker
