#include "notifier/evaluator.hpp"

#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "contracts/check_results.hpp"
#include "notifier/personal_rules.hpp"
#include "store/channels.hpp"
#include "store/dependencies.hpp"
#include "store/leases.hpp"
#include "store/maintenance_windows.hpp"
#include "store/outbox.hpp"

#include <algorithm>

namespace monitron::notifier {
namespace {

using domain::AlertChange;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr const char* kLease = "notifier.rules";
constexpr auto kLeaseLife = 10s;
constexpr auto kRenewal = 3s;
constexpr auto kFirstTurn = 5s;  // enough for a renewal once PostgreSQL is back
constexpr auto kReload = 10s;
constexpr auto kTick = 1s;
constexpr auto kFeedBreak = 30s;  // not looked at for longer: it may have been broken
constexpr std::chrono::days kForeseen{400};
constexpr std::size_t kTimesForeseen = 8;
constexpr std::size_t kStoredAtOnce = 50;    // soon, also where PostgreSQL is far away
constexpr std::size_t kMaxWaiting = 50'000;  // changes, while PostgreSQL is away

mq::ConsumerConfig tap_config(const mq::Endpoint& broker) {
  const auto queue = "rules." + Uuid::make().str();
  mq::ConsumerConfig tap;
  tap.endpoint = broker;
  tap.queue = queue;
  tap.name = "notifier rules";
  tap.no_ack = true;
  tap.topology =
      contracts::tap_topology(queue, {{queue, std::string(contracts::kTelemetryExchange), "#"}});
  return tap;
}

// The next times of each: enough for as long as PostgreSQL may be away.
std::vector<domain::GateWindow> windows(pqxx::work& tx, Instant now) {
  std::vector<domain::GateWindow> all;
  for (const auto& one : store::maintenance_windows(tx)) {
    const auto times = domain::MaintenanceTimes::of(one);
    if (!times) continue;  // api lets none in
    for (const auto& [from, to] : times->between(now, now + kForeseen, kTimesForeseen)) {
      all.push_back({one.id, one.name, one.selector, one.everything, from, to});
    }
  }
  return all;
}

std::vector<domain::GateDependency> dependencies(pqxx::work& tx) {
  std::vector<domain::GateDependency> all;
  for (auto& one : store::dependencies(tx)) {
    all.push_back({one.id, std::move(one.name), std::move(one.children), one.child_check_id,
                   std::move(one.parents)});
  }
  return all;
}

}  // namespace

Evaluator::Evaluator(const Config& config, db::Pool& database, promql::Source& storage,
                     mq::Publisher& publisher, service::Runtime& runtime)
    : database_(database),
      clock_(runtime.clock()),
      fired_(
          runtime.metrics().counter("monitron_notifier_fired_total", "Alerts that began to fire.")),
      resolved_(runtime.metrics().counter("monitron_notifier_resolved_total",
                                          "Alerts that were resolved.")),
      active_(runtime.metrics().gauge("monitron_notifier_alerts", "Alerts pending or firing.")),
      refused_(runtime.metrics().gauge("monitron_notifier_alerts_refused",
                                       "Alerts not begun because there were too many at once.")),
      failing_(runtime.metrics().gauge("monitron_notifier_rules_failing",
                                       "Rules that cannot be evaluated.")),
      recorder_(publisher, runtime.metrics()),
      wishes_(publisher, runtime.metrics()),
      promql_rules_(config.head, storage, runtime.metrics(), runtime.clock(), links()),
      rules_changed_(config.database_url, "rules_changed",
                     [this] {
                       const std::lock_guard lock(mutex_);
                       definitions_changed_ = true;
                       wake_.notify_all();
                     }),
      checks_changed_(config.database_url, "checks_changed",
                      [this] {
                        const std::lock_guard lock(mutex_);
                        definitions_changed_ = true;
                        wake_.notify_all();
                      }),
      tap_(tap_config(config.broker),
           [this](const mq::Delivery& delivery) {
             take(delivery.message);
             return Result<void>{};
           }),
      thread_([this] { run(); }) {
  promql_rules_.start();
}

Evaluator::~Evaluator() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
  promql_rules_.stop();
  if (leading_) {
    (void)database_.transact([&](pqxx::work& tx) { store::release_lease(tx, kLease, instance_); });
  }
}

void Evaluator::take(const contracts::Message& message) {
  if (!leading_) return;
  if (message.type == contracts::CheckResults::contract.type) {
    auto results = contracts::decode_check_results(message.body);
    if (!results) return;
    {
      const std::lock_guard lock(mutex_);
      const auto now = look();
      std::erase_if(results->results, [&](const auto& result) {
        if (book_.refutes(result)) return true;
        add(book_.observe(result, now));
        return false;
      });
    }
    for (const auto& result : results->results) promql_rules_.take(result);
    for (const auto& report : results->reports) promql_rules_.take(report);
  } else if (contracts::is_telemetry(message.type)) {
    const auto envelope = contracts::decode_envelope(message.body);
    if (!envelope) return;
    for (const auto& batch : envelope->batches) promql_rules_.take(batch);
    const std::lock_guard lock(mutex_);
    const auto now = look();
    for (const auto& batch : envelope->batches) {
      const auto beat = drill_beat(batch);
      add(beat ? book_.observe(*beat, now) : book_.observe(batch, now));
    }
  }
}

PromqlRules::Links Evaluator::links() {
  return {[this] { return feed(); },
          [this](const auto& rule, const auto& result, Instant at, const auto* input) {
            return take_result(rule, result, at, input);
          },
          [this](contracts::Batch batch) { recorder_.send(std::move(batch)); },
          [this](const auto& rule, const auto& evaluation) { note(rule, evaluation); }};
}

Result<void> Evaluator::take_result(const store::Rule& rule,
                                    const std::vector<QueryElement>& result, Instant at,
                                    const QueryInput* input) {
  const std::lock_guard lock(mutex_);
  look();
  if (!leading_) return {};
  const auto refused = book_.refused();
  add(book_.observe(rule, result, at, input));
  if (book_.refused() == refused) return {};
  return fail(Fault::unavailable, "there are too many alerts: not all of this rule have begun");
}

// What waits says nothing; personal rules are evaluated as those that they are made of.
void Evaluator::note(const store::Rule& rule, const Evaluation& evaluation) {
  if (rule.derived_from) return;
  evaluations_.note(rule, evaluation);
  if (!evaluation.seconds && evaluation.problem.empty()) return;
  const std::lock_guard lock(mutex_);
  if (leading_) add(book_.observe_evaluation(rule, evaluation.problem, clock_.now()));
}

Result<void> Evaluator::store_evaluations() {
  const auto all = leading_ ? evaluations_.all() : store::RuleEvaluations{};
  failing_.set(static_cast<double>(std::count_if(
      all.begin(), all.end(), [](const auto& one) { return !one.second.problem.empty(); })));
  if (!leading_) return {};
  return database_.transact([&](pqxx::work& tx) { store::put_rule_evaluations(tx, all); });
}

// What arrives has come without a break for as long as this stays what it is; 0: it does not come.
std::uint64_t Evaluator::feed() const {
  if (!leading_ || !tap_.connected()) return 0;
  return tap_.connections() + leaderships_;
}

std::optional<std::vector<contracts::AlertChanged>> Evaluator::firing() {
  const std::lock_guard lock(mutex_);
  if (!leading_) return std::nullopt;
  std::vector<contracts::AlertChanged> firing;
  for (const auto& change : book_.firing(clock_.now())) {
    if (!change.rule.audience) firing.push_back(message_of(change));
  }
  return firing;
}

std::optional<std::uint64_t> Evaluator::term() const {
  const std::uint64_t term = leaderships_;
  if (!leading_ || clock_.steady_now() - looked_.load() >= kLeaseLife) return std::nullopt;
  return term;
}

void Evaluator::tell(Tell tell) {
  const std::lock_guard lock(tell_mutex_);
  tell_ = std::move(tell);
}

// The present, when all that comes next is decided. With the mutex held, as what follows.
Instant Evaluator::look() {
  const auto now = clock_.now();
  const auto unwatched = watched_.unwatched(now, clock_.steady_now());
  if (unwatched.count() == 0) return now;
  book_.pass_over(unwatched);
  log::warning("rules.unwatched", "the clock was set, or this program stood still",
               {{"ms", unwatched.count()}});
  return now;
}

void Evaluator::add(Changes changes) {
  if (changes.empty()) return;
  decided_ += changes.size();
  for (auto& change : changes) {
    if (change.change == AlertChange::fired) fired_.add();
    if (change.change == AlertChange::resolved) resolved_.add();
    changes_.push_back(std::move(change));
  }
  if (changes_.size() > kMaxWaiting) {
    // Too much to remember one by one: once PostgreSQL is back, what it knows is where we begin.
    changes_.clear();
    forgotten_ = true;
  }
  wake_.notify_all();
}

void Evaluator::run() {
  auto renewal = steady_clock::now();
  auto reload = renewal;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    // Before the lease: what another one decided meanwhile is read as he left it.
    look();
    const bool changed = std::exchange(definitions_changed_, false);
    const bool afresh = forgotten_;
    lock.unlock();
    const auto now = steady_clock::now();
    if (now >= renewal) {
      keep_lease();
      renewal = now + kRenewal;
    }
    if (leading_ && (changed || now >= reload)) {
      if (load(afresh)) reload = now + kReload;
    }
    lock.lock();
    AlertBook::ByLocation wanted;
    if (leading_) {
      const auto present = look();
      add(book_.tick(present, tap_.connected()));
      if (tap_.connected()) evaluations_.look(present);
      wanted = book_.take_wanted(present);
    }
    active_.set(static_cast<double>(book_.alerts()));
    refused_.set(static_cast<double>(book_.refused()));
    lock.unlock();
    wishes_.send(wanted);
    recorder_.send_again();
    const bool stored = remember();
    lock.lock();
    // What could not be stored waits for the next tick.
    wake_.wait_for(lock, kTick, [&, waiting = stored ? 0 : changes_.size()] {
      return stopping_ || definitions_changed_ || changes_.size() > waiting;
    });
  }
  lock.unlock();
  (void)remember();
}

void Evaluator::keep_lease() {
  const auto began = clock_.steady_now();
  if (!leading_ && lets_another_one_first(began)) return;
  std::optional<std::chrono::milliseconds> over_for;
  const auto held = database_.transact([&](pqxx::work& tx) {
    over_for = store::lease_over_for(tx, kLease);
    return store::hold_lease(tx, kLease, instance_, kLeaseLife);
  });
  database_away_ = !held && held.error().fault == Fault::unavailable;
  if (!held) looked_ = began;  // PostgreSQL is away: who led goes on
  if (!held) return;
  const auto& fence = *held;
  if (fence && fence_ != *fence && over_for) unwatched_ = std::max(unwatched_, *over_for);
  // A new fence: somebody else led in between, and the book knows nothing of what he decided.
  if (leading_ && fence != fence_) stop_leading();
  looked_ = began;
  if (!fence || leading_) return;
  if (const auto loaded = load(true); !loaded) {
    log::warning("rules.waiting", loaded.error().text);
    return;
  }
  fence_ = *fence;
  log::info("rules.leading", "this notifier decides about alerts now");
}

// Who led before PostgreSQL was away may know what is not stored yet, though its lease is over.
bool Evaluator::lets_another_one_first(SteadyInstant now) {
  if (!database_away_) return now < may_take_over_;
  if (!database_.ping()) return true;
  database_away_ = false;
  may_take_over_ = clock_.steady_now() + kFirstTurn;
  return true;
}

// Another one decides now.
void Evaluator::stop_leading() {
  const std::lock_guard lock(mutex_);
  leading_ = false;
  changes_.clear();
  log::info("rules.following", "another notifier decides about alerts now");
}

Result<void> Evaluator::load(bool afresh) {
  AlertBook::Definitions definitions;
  std::vector<store::Alert> alerts;
  store::RuleEvaluations evaluations;
  bool ingest_ready = false;
  auto read = database_.transact([&](pqxx::work& tx) {
    definitions = {store::enabled_rules(tx), store::watched_checks(tx),
                   store::watched_instances(tx)};
    definitions.windows = windows(tx, clock_.now());
    definitions.dependencies = dependencies(tx);
    auto personal = personal_rules(definitions.rules, store::active_subscriptions(tx));
    std::move(personal.begin(), personal.end(), std::back_inserter(definitions.rules));
    definitions.rules.push_back(drill_rule());
    if (afresh) {
      store::postpone_pending(tx, unwatched_);
      alerts = store::all_alerts(tx);
      evaluations = store::rule_evaluations(tx);
    }
    ingest_ready = store::ingest_is_ready(tx);
  });
  definitions.fed_for = note_feed(read && ingest_ready && tap_.connected());
  if (!read) return read;
  if (afresh) evaluations_.restore(std::move(evaluations));
  evaluations_.define(definitions.rules, definitions.fed_for);
  promql_rules_.define(definitions);
  const std::lock_guard lock(mutex_);
  if (afresh) {
    book_.restore(std::move(alerts));
    changes_.clear();  // of the book as it was
    forgotten_ = false;
    unwatched_ = {};
    if (!leading_) ++leaderships_;
    leading_ = true;
  }
  add(book_.define(std::move(definitions), clock_.now()));
  return {};
}

// How long what instances send has come all the way without a break, as far as was looked.
std::chrono::seconds Evaluator::note_feed(bool fed) {
  const auto now = clock_.steady_now();
  if (!fed || now - fed_at_ > kFeedBreak) fed_since_.reset();
  if (!fed) return {};
  fed_at_ = now;
  if (!fed_since_) fed_since_ = now;
  return std::chrono::duration_cast<std::chrono::seconds>(now - *fed_since_);
}

bool Evaluator::remember() {
  std::deque<Change> batch;
  std::uint64_t decided = 0;
  {
    const std::lock_guard lock(mutex_);
    decided = decided_;
    while (!changes_.empty() && batch.size() < kStoredAtOnce) {
      batch.push_back(std::move(changes_.front()));
      changes_.pop_front();
    }
  }
  if (batch.empty()) return true;
  auto stored = store(batch);
  if (!stored && !is_transient(stored.error().fault)) stored = store_one_by_one(batch);
  if (stored) return true;
  log::warning("alerts.waiting", stored.error().text, {{"changes", batch.size()}});
  {
    const std::lock_guard lock(mutex_);
    changes_.insert(changes_.begin(), std::make_move_iterator(batch.begin()),
                    std::make_move_iterator(batch.end()));
  }
  const std::lock_guard lock(tell_mutex_);
  if (std::exchange(told_waiting_, decided) != decided && tell_.waits) tell_.waits();
  return false;
}

// Under the lease: who was stopped for a while and lost it stores nothing, not even when nobody
// holds it by now.
Result<void> Evaluator::store(const std::deque<Change>& batch) {
  std::vector<contracts::AlertChanged> told;
  const auto held = database_.transact([&](pqxx::work& tx) {
    if (store::hold_lease(tx, kLease, instance_, kLeaseLife) != fence_) return false;
    told.clear();  // of a try before
    for (const auto& change : batch) {
      if (auto message = store_change(tx, change)) told.push_back(std::move(*message));
    }
    if (!told.empty()) failpoint("evaluator.before_commit");
    return true;
  });
  if (!told.empty()) failpoint("evaluator.after_commit");
  if (!held) return fail(held.error());
  if (!*held) stop_leading();
  const std::lock_guard lock(tell_mutex_);
  for (const auto& message : told) {
    if (*held && tell_.stored) tell_.stored(message);
  }
  return {};
}

// One that PostgreSQL does not take must not hold up the others; it is dropped, loudly. On trouble
// that passes, `batch` keeps what is not stored.
Result<void> Evaluator::store_one_by_one(std::deque<Change>& batch) {
  while (!batch.empty() && leading_) {
    auto stored = store({batch.front()});
    if (!stored && is_transient(stored.error().fault)) return stored;
    if (!stored) {
      log::error("alert.dropped", stored.error().text,
                 {{"rule", batch.front().rule.name}, {"subject", batch.front().alert.subject}});
    }
    batch.pop_front();
  }
  return {};
}

}  // namespace monitron::notifier
