#include "notifier/alertmanager.hpp"

#include "base/log.hpp"
#include "domain/threshold.hpp"
#include "http/client.hpp"
#include "store/alerts.hpp"

#include <algorithm>
#include <future>
#include <nlohmann/json.hpp>

namespace monitron::notifier {
namespace {

constexpr std::chrono::minutes kEndsAfter{4};
constexpr std::chrono::minutes kTellResolved{15};
constexpr std::size_t kAtOnce = 500;

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

nlohmann::json alert_json(const contracts::AlertChanged& alert, Instant now,
                          const std::string& public_url) {
  auto labels = plain_names(alert.labels);
  labels["alertname"] = alert.rule_name;
  labels["severity"] = alert.severity;
  auto annotations = plain_names(alert.annotations);
  annotations["title"] = alert.title;
  annotations["description"] = alert.text;
  annotations.try_emplace("summary", alert.title);
  return {{"labels", labels},
          {"annotations", annotations},
          {"startsAt", to_rfc3339(alert.starts_at)},
          {"endsAt", to_rfc3339(alert.firing ? now + kEndsAfter : alert.at)},
          {"generatorURL", public_url + "/alerts"}};
}

}  // namespace

std::string alertmanager_body(std::span<const contracts::AlertChanged> alerts, Instant now,
                              const std::string& public_url) {
  auto body = nlohmann::json::array();
  for (const auto& alert : alerts) body.push_back(alert_json(alert, now, public_url));
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Alertmanager::Alertmanager(AlertmanagerConfig config, db::Pool& database, service::Metrics& metrics,
                           const Clock& clock)
    : config_(std::move(config)),
      database_(database),
      clock_(clock),
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
  if (status && *status / 100 == 4 && alerts.size() > 1) {
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

Result<void> Alertmanager::push_all() {
  const auto now = clock_.now();
  auto read = database_.transact(
      [&](pqxx::work& tx) { return store::current_incidents(tx, now - kTellResolved); });
  std::vector<contracts::AlertChanged> alerts;
  {
    const std::lock_guard lock(mutex_);
    if (read) last_known_ = std::move(*read);
    alerts = last_known_;
  }
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
  // A later try may be overtaken by what has happened since: then the state counts.
  if (delivery.message.attempt > 1 || delivery.redelivered) return push_all();
  return push({*alert});
}

}  // namespace monitron::notifier
