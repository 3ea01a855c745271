#include "notifier/sends.hpp"

#include "base/log.hpp"
#include "notifier/own_samples.hpp"
#include "store/alerts.hpp"
#include "store/drills.hpp"

#include <cmath>

namespace monitron::notifier {
namespace {

using namespace std::chrono_literals;

// Rules forget what they look at after five minutes.
constexpr auto kPublishedAgain = 1min;
const Uuid kReport = *Uuid::parse("00000000-0000-7000-8000-000000000049");

}  // namespace

Sends::Sends(Config config, db::Pool& database, mq::Publisher& publisher, service::Runtime& runtime)
    : config_(std::move(config)),
      database_(database),
      publisher_(publisher),
      metrics_(runtime.metrics()),
      clock_(runtime.clock()) {
  if (!config_.peers.empty()) runtime.every(config_.every, [this] { look(); });
}

void Sends::look() {
  if (!config_.leading()) return;
  const auto began = clock_.steady_now();
  bool all = true;
  for (const auto& peer : config_.peers) {
    const auto counts = peer.sends();
    note_unread(peer.url(), counts ? nullptr : &counts.error());
    if (counts && !note(peer.url(), *counts)) all = false;
  }
  std::vector<store::Sending> sending;
  const auto read = database_.transact([&](pqxx::work& tx) {
    sending = store::sending(tx);
    return store::clock_of(tx);
  });
  if (!read) return;  // that PostgreSQL is away is said elsewhere
  if (all) {
    const auto took = clock_.steady_now() - began;
    looked_at_ = *read - std::chrono::ceil<std::chrono::milliseconds>(took);
  }
  publish(sending);
}

Result<void> Sends::note(const std::string& peer,
                         const alertmanager::SendCountsByIntegration& counts) {
  std::vector<store::CountedSends> counted;
  for (const auto& [integration, sends] : counts) {
    counted.push_back({integration, sends.tried, sends.failed});
  }
  std::vector<store::FailedSends> failed;
  const auto noted = database_.transact([&](pqxx::work& tx) {
    failed = store::note_sends(tx, peer, counted);
    for (const auto& one : failed) note_in_incidents(tx, peer, one);
  });
  if (!noted) return fail(noted.error());
  for (const auto& one : failed) {
    metrics_
        .counter("monitron_notifier_alertmanager_send_failures_total",
                 "Notifications that Alertmanager could not send.",
                 {{"integration", one.integration}})
        .add(one.count);
    log::error("alertmanager.cannot_send", "Alertmanager could not send notifications",
               {{"peer", peer}, {"integration", one.integration}, {"failures", one.count}});
  }
  return {};
}

void Sends::note_in_incidents(pqxx::work& tx, const std::string& peer,
                              const store::FailedSends& failed) {
  const auto count = std::llround(failed.count);
  const auto text = "Alertmanager could not send by " + failed.integration + ": " +
                    std::to_string(count) + (count == 1 ? " failure" : " failures") + " since " +
                    to_rfc3339(failed.since);
  for (const auto& incident : store::note_unsent(tx, peer, failed)) {
    store::note_incident(tx, incident, "notified", text);
  }
}

// Once, until it is read again.
void Sends::note_unread(const std::string& peer, const Error* problem) {
  if (problem == nullptr) {
    unread_.erase(peer);
  } else if (unread_.insert(peer).second) {
    log::warning("alertmanager.sends_unknown",
                 "whether Alertmanager can send is not known: " + problem->text, {{"peer", peer}});
  }
}

void Sends::publish(const std::vector<store::Sending>& all) {
  const auto now = clock_.steady_now();
  if (all == published_ && (all.empty() || now - published_at_ < kPublishedAgain)) return;
  published_ = all;
  published_at_ = now;
  std::vector<contracts::Series> series;
  std::vector<double> values;
  for (const auto& [integration, failing] : all) {
    series.push_back({"monitron_alertmanager_sends_failing", {{"integration", integration}}});
    values.push_back(failing ? 1 : 0);
  }
  publish_own(publisher_, own_batch(kReport, contracts::pack_dictionary(series), clock_.now(),
                                    std::move(values)));
}

}  // namespace monitron::notifier
