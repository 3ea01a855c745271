#include "notifier/receipts.hpp"

#include "base/log.hpp"
#include "contracts/alertmanager_notified.hpp"
#include "contracts/email_requested.hpp"
#include "notifier/active_silences.hpp"
#include "store/alerts.hpp"
#include "store/deliveries.hpp"
#include "store/outbox.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace monitron::notifier {
namespace {

using store::DeliveryChannel;
using store::DeliveryState;

constexpr std::size_t kMostSuppressed = 10'000;

store::Delivery told_to(const std::string& receiver, const Uuid& incident, int transition) {
  store::Delivery delivery;
  delivery.key = "receiver." + incident.str() + "." + std::to_string(transition) + "." + receiver;
  delivery.incident_id = incident;
  delivery.transition = transition;
  delivery.channel = DeliveryChannel::alertmanager_receiver;
  delivery.target = receiver;
  delivery.state = DeliveryState::delivered;
  return delivery;
}

// Why an alert is not told, in words, and what makes the reason this one.
struct Reason {
  std::string key;
  std::string text;
};

Reason reason_of(const alertmanager::KnownAlert& alert,
                 const std::map<std::string, alertmanager::Silence>& silences,
                 const std::map<std::string, const alertmanager::KnownAlert*>& alerts) {
  if (!alert.silenced_by.empty()) {
    const auto& id = alert.silenced_by.front();
    const auto silence = silences.find(id);
    if (silence == silences.end()) return {id, "silenced"};
    return {id, told_of(silence->second)};
  }
  if (alert.inhibited_by.empty()) return {"unknown", "suppressed by Alertmanager"};
  const auto& fingerprint = alert.inhibited_by.front();
  const auto by = alerts.find(fingerprint);
  if (by == alerts.end()) return {fingerprint, "inhibited by another alert"};
  const auto named = [&](const char* label) {
    const auto found = by->second->labels.find(label);
    return found == by->second->labels.end() ? std::string() : found->second;
  };
  const auto title = by->second->annotations.find("title");
  const auto about = title == by->second->annotations.end() ? named("instance") : title->second;
  return {fingerprint, "inhibited by " + named("alertname") + (about.empty() ? "" : ": " + about)};
}

std::vector<store::Delivery> suppressions(const std::string& peer,
                                          const std::vector<alertmanager::KnownAlert>& alerts,
                                          const std::vector<alertmanager::Silence>& silences) {
  std::map<std::string, alertmanager::Silence> by_id;
  for (const auto& silence : silences) by_id.emplace(silence.id, silence);
  std::map<std::string, const alertmanager::KnownAlert*> by_fingerprint;
  for (const auto& alert : alerts) by_fingerprint.emplace(alert.fingerprint, &alert);
  std::vector<store::Delivery> found;
  for (const auto& alert : alerts) {
    const auto annotation = alert.annotations.find("incident_id");
    if (alert.state != "suppressed" || annotation == alert.annotations.end()) continue;
    const auto incident = Uuid::parse(annotation->second);
    if (!incident || found.size() >= kMostSuppressed) continue;
    const auto reason = reason_of(alert, by_id, by_fingerprint);
    store::Delivery delivery;
    delivery.key = "alertmanager." + incident->str() + ".suppressed." + reason.key;
    delivery.incident_id = *incident;
    delivery.transition = 1;
    delivery.channel = DeliveryChannel::alertmanager;
    delivery.target = peer;
    delivery.state = DeliveryState::suppressed;
    delivery.detail = reason.text;
    found.push_back(std::move(delivery));
  }
  return found;
}

contracts::EmailRequested missing_letter(const store::MissingResolve& missing,
                                         const std::string& to, const std::string& public_url) {
  contracts::EmailRequested letter;
  letter.delivery_key = "missing." + missing.incident_id.str() + "." + missing.receiver + "." + to;
  letter.thread = "alert." + missing.incident_id.str() + ".1." + to;
  letter.to = to;
  letter.subject = "[NOT TOLD] " + missing.title + " is over";
  letter.text = "It is over since " + to_rfc3339(missing.resolved_at) +
                ". Alertmanager has told its receiver " + missing.receiver +
                " that it fired, and not that it is over.\n\nIncident: " + public_url +
                "/incidents/" + missing.incident_id.str() + "\n";
  return letter;
}

}  // namespace

Receipts::Receipts(Config config, db::Pool& database, service::Metrics& metrics)
    : config_(std::move(config)),
      database_(database),
      missing_(metrics.counter("monitron_notifier_resolves_missing_total",
                               "Receivers of Alertmanager that were told of an incident and not, "
                               "in time, that it is over.")) {}

Result<void> Receipts::take(const mq::Delivery& delivery) {
  const auto notified = contracts::decode_alertmanager_notified(delivery.message.body);
  if (!notified) return fail(notified.error());
  return database_.transact([&](pqxx::work& tx) {
    for (const auto& one : notified->told) {
      auto row = told_to(notified->receiver, one.incident_id.value, one.firing ? 1 : 2);
      row.detail = notified->group_key;
      if (!store::note_delivery(tx, row)) continue;
      store::note_incident(
          tx, one.incident_id.value, "notified",
          "Alertmanager has told " + notified->receiver + (one.firing ? "" : " that it is over"));
    }
  });
}

void Receipts::note_suppressed() {
  for (const auto& peer : config_.peers) {
    const auto alerts = peer.alerts();
    if (!alerts) continue;  // that it is away is said where it is fed
    const bool silenced = std::any_of(alerts->begin(), alerts->end(),
                                      [](const auto& alert) { return !alert.silenced_by.empty(); });
    auto silences = silenced ? peer.silences() : Result<std::vector<alertmanager::Silence>>();
    const auto found = suppressions(peer.url(), *alerts,
                                    silences ? *silences : std::vector<alertmanager::Silence>());
    if (found.empty()) return;
    const auto noted =
        database_.transact([&](pqxx::work& tx) { store::note_deliveries(tx, found); });
    if (!noted) log::warning("ledger.waiting", noted.error().text, {{"rows", found.size()}});
    return;
  }
}

void Receipts::find_missing_resolves() {
  std::size_t found = 0;
  const auto done = database_.transact([&](pqxx::work& tx) {
    const auto all = store::missing_resolves(tx, config_.resolves_within);
    found = all.size();
    for (const auto& missing : all) {
      auto row = told_to(missing.receiver, missing.incident_id, 2);
      row.key = "receiver." + missing.incident_id.str() + ".missing." + missing.receiver;
      row.state = DeliveryState::failed;
      row.detail = "not told within " + std::to_string(config_.resolves_within.count()) +
                   " s that it is over";
      if (!store::note_delivery(tx, row)) continue;
      store::note_incident(tx, missing.incident_id, "notified",
                           "Alertmanager has not told " + missing.receiver + " that it is over");
      for (const auto& to : config_.recipients) {
        store::kNotifierOutbox.append(
            tx, contracts::to_alert_message(missing_letter(missing, to, config_.public_url)));
      }
    }
  });
  if (!done || found == 0) return;
  missing_.add(static_cast<double>(found));
  log::error("alertmanager.resolve_missing",
             "receivers were told that something fires and not that it is over",
             {{"receivers", found}});
}

}  // namespace monitron::notifier
