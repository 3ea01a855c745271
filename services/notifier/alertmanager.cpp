#include "notifier/alertmanager.hpp"

#include "base/log.hpp"
#include "contracts/topology.hpp"
#include "domain/threshold.hpp"
#include "http/client.hpp"
#include "notifier/letters.hpp"
#include "store/alerts.hpp"

#include <algorithm>
#include <future>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

namespace monitron::notifier {
namespace {

constexpr std::chrono::minutes kEndsAfter{4};
constexpr std::chrono::minutes kTellResolved{15};
constexpr std::size_t kAtOnce = 500;
constexpr std::size_t kMostKept = 100'000;

// Alertmanager refuses a whole request for one name that is not Prometheus's:
// [a-zA-Z_][a-zA-Z0-9_]*.
std::string plain_name(const std::string& name) {
  std::string plain = name;
  for (auto& c : plain) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!fine) c = '_';
  }
  if (plain.empty() || (plain[0] >= '0' && plain[0] <= '9')) plain.insert(0, "_");
  return plain;
}

domain::LabelSet plain_names(const std::map<std::string, std::string>& labels) {
  domain::LabelSet plain;
  for (const auto& [name, value] : labels) plain.try_emplace(plain_name(name), value);
  return plain;
}

domain::LabelSet labels_told(const contracts::AlertChanged& alert) {
  auto labels = plain_names(alert.labels);
  labels["alertname"] = alert.rule_name;
  labels["severity"] = alert.severity;
  return labels;
}

// What a part of the request may be the cause of. Anything else (no such path, no right, too many
// requests) would be answered to each part, too.
bool is_about_the_alerts(int status) { return status == 400 || status == 413 || status == 422; }

nlohmann::json alert_json(const contracts::AlertChanged& alert, Instant now,
                          const std::string& public_url) {
  auto annotations = plain_names(alert.annotations);
  annotations["title"] = alert.title;
  annotations["description"] = alert.text;
  annotations.try_emplace("summary", alert.title);
  return {{"labels", labels_told(alert)},
          {"annotations", annotations},
          {"startsAt", to_rfc3339(alert.starts_at)},
          {"endsAt", to_rfc3339(alert.firing ? now + kEndsAfter : alert.at)},
          {"generatorURL", incident_url(alert, public_url)}};
}

}  // namespace

std::string alertmanager_body(std::span<const contracts::AlertChanged> alerts, Instant now,
                              const std::string& public_url) {
  auto body = nlohmann::json::array();
  for (const auto& alert : alerts) body.push_back(alert_json(alert, now, public_url));
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<contracts::AlertChanged> one_per_label_set(
    std::vector<contracts::AlertChanged> alerts) {
  std::map<domain::LabelSet, contracts::AlertChanged> told;
  for (auto& alert : alerts) {
    auto& one = told.try_emplace(labels_told(alert), alert).first->second;
    if (std::tie(one.firing, one.at) < std::tie(alert.firing, alert.at)) one = std::move(alert);
  }
  std::vector<contracts::AlertChanged> all;
  all.reserve(told.size());
  for (auto& [labels, alert] : told) all.push_back(std::move(alert));
  return all;
}

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
      pushed_(
          metrics.counter("monitron_notifier_pushed_total", "Requests Alertmanager has taken.")),
      failed_(metrics.counter("monitron_notifier_push_failures_total",
                              "Requests Alertmanager has not taken.")) {}

Result<void> Alertmanager::push(const std::vector<contracts::AlertChanged>& alerts) {
  if (alerts.empty() || config_.urls.empty()) return {};
  // One that is slow does not hold up the others.
  std::vector<std::future<Result<void>>> others;
  for (std::size_t i = 1; i < config_.urls.size(); ++i) {
    others.push_back(std::async(std::launch::async,
                                [&, i] { return push_to(config_.urls[i], Alerts(alerts)); }));
  }
  auto done = push_to(config_.urls[0], Alerts(alerts));
  for (auto& other : others) {
    if (auto pushed = other.get(); pushed) done = pushed;
  }
  return done;
}

Result<void> Alertmanager::push_to(const std::string& url, Alerts alerts) {
  const auto status = post(url, alerts);
  if (status && *status / 100 == 2) {
    pushed_.add();
    return {};
  }
  if (status && is_about_the_alerts(*status) && alerts.size() > 1) {
    // Something in it is bad: the others must not suffer.
    const auto half = alerts.size() / 2;
    const auto first = push_to(url, alerts.first(half));
    const auto second = push_to(url, alerts.subspan(half));
    return first ? second : first;
  }
  failed_.add();
  const auto trouble = status ? "HTTP " + std::to_string(*status) : status.error().text;
  log::warning("alertmanager.refused", trouble,
               {{"url", http::without_credentials(url)}, {"alert", alerts[0].title}});
  return fail(Fault::unavailable, "Alertmanager: " + trouble);
}

Result<int> Alertmanager::post(const std::string& url, Alerts alerts) {
  http::ClientRequest request;
  request.method = http::Method::post;
  request.url = url;
  request.headers = {{"Content-Type", "application/json"}};
  request.body = alertmanager_body(alerts, clock_.now(), config_.public_url);
  request.ca_file = config_.ca_file;
  request.timeout = std::chrono::seconds(5);
  const auto answer = http::fetch(request);
  if (!answer) return fail(answer.error());
  return answer->status;
}

std::vector<contracts::AlertChanged> Alertmanager::known() {
  const auto now = clock_.now();
  auto read = database_.transact(
      [&](pqxx::work& tx) { return store::current_incidents(tx, now - kTellResolved); });
  const auto decided = read ? std::nullopt : decided_();
  const std::lock_guard lock(mutex_);
  if (read) {
    known_.clear();
    for (auto& alert : *read) known_[alert.incident_id.value] = std::move(alert);
  }
  if (decided) known_ = brought_up_to_date(std::move(known_), *decided, now);
  std::vector<contracts::AlertChanged> all;
  all.reserve(known_.size());
  for (const auto& [incident, alert] : known_) all.push_back(alert);
  return all;
}

void Alertmanager::keep(const contracts::AlertChanged& alert) {
  const std::lock_guard lock(mutex_);
  if (known_.size() >= kMostKept) known_.clear();  // the next look at PostgreSQL finds them all
  known_[alert.incident_id.value] = alert;
}

Result<void> Alertmanager::push_all() {
  const auto alerts = one_per_label_set(known());
  Result<void> done;
  for (std::size_t at = 0; at < alerts.size(); at += kAtOnce) {
    const auto end = std::min(alerts.size(), at + kAtOnce);
    const auto pushed =
        push({alerts.begin() + static_cast<long>(at), alerts.begin() + static_cast<long>(end)});
    if (!pushed) done = pushed;
  }
  return done;
}

Result<void> Alertmanager::take(const mq::Delivery& delivery) {
  const auto alert = contracts::decode_alert_changed(delivery.message.body);
  if (!alert) return fail(alert.error());
  keep(*alert);
  // A later try may be overtaken by what has happened since: then the state counts.
  const bool again = delivery.message.attempt > 1 || delivery.redelivered;
  auto done = again ? push_all() : push({*alert});
  // Nothing is lost with the message: all of it is told again and again anyway.
  if (delivery.message.attempt > static_cast<int>(contracts::retry_steps().size())) return {};
  return done;
}

}  // namespace monitron::notifier
