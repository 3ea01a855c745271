#include "notifier/alertmanager.hpp"

#include "base/failpoint.hpp"
#include "base/log.hpp"
#include "store/alerts.hpp"

#include <algorithm>
#include <utility>

namespace monitron::notifier {
namespace {

constexpr std::chrono::minutes kTellResolved{15};
constexpr std::size_t kMostKept = 100'000;
constexpr std::size_t kNotedAtOnce = 1'000;

// Fires as long as somebody decides: where it is missing, nobody does.
contracts::AlertChanged watchdog(Instant since) {
  contracts::AlertChanged alert;
  alert.firing = true;
  alert.rule_name = "Watchdog";
  alert.severity = "info";
  alert.title = "Monitron decides about alerts";
  alert.text =
      "This alert always fires. When it stops, Monitron is dead, cut off from what is measured, or "
      "cannot reach Alertmanager.";
  alert.at = alert.starts_at = since;
  return alert;
}

std::string ledger_key(const contracts::AlertChanged& alert, const std::string& peer) {
  return "alertmanager." + alert.incident_id.str() + "." + std::to_string(alert.transition) + "." +
         peer;
}

KnownAlerts::iterator update(KnownAlerts& known, const contracts::AlertChanged& alert) {
  const auto one = known.try_emplace(alert.incident_id.value, alert).first;
  if (one->second.transition < alert.transition) one->second = alert;
  return one;
}

}  // namespace

KnownAlerts brought_up_to_date(KnownAlerts known,
                               const std::vector<contracts::AlertChanged>& firing, Instant now) {
  std::set<Uuid> going_on;
  for (const auto& alert : firing) {
    going_on.insert(alert.incident_id.value);
    known.try_emplace(alert.incident_id.value, alert);
  }
  for (auto& [incident, alert] : known) {
    if (!alert.firing || going_on.contains(incident)) continue;
    alert.firing = false;
    alert.transition = 2;
    alert.at = std::max(now, alert.starts_at);
  }
  return known;
}

Alertmanager::Alertmanager(AlertmanagerConfig config, db::Pool& database, service::Metrics& metrics,
                           const Clock& clock, Decided decided)
    : config_(std::move(config)),
      database_(database),
      clock_(clock),
      decided_(std::move(decided)),
      started_(clock.now()) {
  for (const auto& peer : config_.peers) {
    feeds_.push_back(std::make_unique<PeerFeed>(
        PeerFeed::Config{peer, config_.public_url, config_.resend, decided_.term}, metrics, clock,
        [this](const auto& url, const auto& alerts) { accepted(url, alerts); }));
  }
}

Alertmanager::~Alertmanager() {
  for (const auto& feed : feeds_) feed->stop();  // all at once, then one waits for the other
}

void Alertmanager::tell_everything(std::uint64_t term) {
  {
    const std::lock_guard lock(mutex_);
    told_meanwhile_.emplace();
  }
  const auto now = clock_.now();
  auto read = database_.transact(
      [&](pqxx::work& tx) { return store::current_incidents(tx, now - kTellResolved); });
  auto decided = decided_.firing();
  const bool able = decided_.able();
  const std::lock_guard lock(mutex_);
  if (read) {
    known_.clear();
    for (auto& alert : *read) known_[alert.incident_id.value] = std::move(alert);
  }
  // What was looked up is older, and must not take back an end that peers know by now.
  const auto told = *std::exchange(told_meanwhile_, std::nullopt);
  if (decided) {
    std::erase_if(*decided,
                  [&](const auto& alert) { return told.contains(alert.incident_id.value); });
  }
  for (const auto& [incident, alert] : told) {
    update(known_, alert);
    if (decided && alert.firing) decided->push_back(alert);
  }
  if (decided) known_ = brought_up_to_date(std::move(known_), *decided, now);
  std::vector<contracts::AlertChanged> all;
  all.reserve(known_.size() + 1);
  firing_.clear();
  for (const auto& [incident, alert] : known_) {
    all.push_back(alert);
    if (alert.firing) firing_[labels_told(alert)].insert(incident);
  }
  all = one_per_label_set(std::move(all));
  if (config_.watchdog && able) all.push_back(watchdog(started_));
  for (const auto& feed : feeds_) feed->tell_all(all, term);
}

bool Alertmanager::keep(const contracts::AlertChanged& alert) {
  const std::lock_guard lock(mutex_);
  if (known_.size() >= kMostKept) {  // the next look at PostgreSQL finds them all
    known_.clear();
    firing_.clear();
  }
  if (told_meanwhile_) update(*told_meanwhile_, alert);
  const auto known = update(known_, alert);
  const auto alike = firing_.try_emplace(labels_told(alert)).first;
  if (known->second.firing) {
    alike->second.insert(known->first);
    return true;
  }
  alike->second.erase(known->first);
  if (!alike->second.empty()) return false;
  firing_.erase(alike);
  return true;
}

void Alertmanager::tick(bool leading) {
  if (!leading) {
    // Who decides now tells; what waits here may not hold any more.
    if (std::exchange(told_term_, 0) != 0) {
      for (const auto& feed : feeds_) feed->tell_all({}, 0);
    }
    return;
  }
  const auto term = decided_.term();
  if (config_.peers.empty() || !term) return;
  const auto now = clock_.steady_now();
  const bool goes_on = told_term_ == *term && now - told_all_ < config_.resend;
  if (!soon_.exchange(false) && goes_on) return;
  told_all_ = now;
  told_term_ = *term;
  tell_everything(*term);
}

void Alertmanager::tell(const contracts::AlertChanged& alert) {
  if (alert.audience) return;  // one person's own
  if (!keep(alert)) return;
  failpoint("alertmanager.before_tell");
  const auto term = decided_.term();
  if (!term) return tell_all_soon();  // unless another one decides by now
  for (const auto& feed : feeds_) feed->tell(alert, *term);
}

// On the threads of the peers, which must not wait for PostgreSQL.
void Alertmanager::accepted(const std::string& peer,
                            std::span<const contracts::AlertChanged> alerts) {
  const std::lock_guard lock(mutex_);
  // Both are told of again: forgetting them costs a statement that changes nothing.
  if (noted_.size() >= kMostKept) noted_.clear();
  for (const auto& alert : alerts) {
    if (alert.incident_id.value.is_nil() || to_be_noted_.size() >= kMostKept) continue;
    auto key = ledger_key(alert, peer);
    if (!noted_.insert(key).second) continue;
    store::Delivery delivery;
    delivery.key = std::move(key);
    delivery.incident_id = alert.incident_id.value;
    delivery.transition = alert.transition;
    delivery.channel = store::DeliveryChannel::alertmanager;
    delivery.target = peer;
    delivery.state = store::DeliveryState::accepted;
    to_be_noted_.push_back({std::move(delivery), clock_.steady_now()});
  }
}

void Alertmanager::note_accepted() {
  while (note_some_accepted()) {
  }
}

// Whether there may be more.
bool Alertmanager::note_some_accepted() {
  std::vector<Accepted> batch;
  {
    const std::lock_guard lock(mutex_);
    const auto count = std::min(kNotedAtOnce, to_be_noted_.size());
    const auto end = to_be_noted_.begin() + static_cast<std::ptrdiff_t>(count);
    batch.assign(to_be_noted_.begin(), end);
    to_be_noted_.erase(to_be_noted_.begin(), end);
  }
  if (batch.empty()) return false;
  const auto now = clock_.steady_now();
  std::vector<store::Delivery> rows;
  for (const auto& [delivery, since] : batch) {
    rows.push_back(delivery);
    rows.back().ago = std::chrono::duration_cast<std::chrono::milliseconds>(now - since);
  }
  const auto noted = database_.transact([&](pqxx::work& tx) { store::note_deliveries(tx, rows); });
  if (noted) return true;
  log::warning("ledger.waiting", noted.error().text, {{"rows", batch.size()}});
  const std::lock_guard lock(mutex_);
  to_be_noted_.insert(to_be_noted_.begin(), batch.begin(), batch.end());
  return false;
}

}  // namespace monitron::notifier
