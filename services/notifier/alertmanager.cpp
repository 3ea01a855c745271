#include "notifier/alertmanager.hpp"

#include "base/log.hpp"
#include "http/client.hpp"
#include "store/alerts.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace monitron::notifier {
namespace {

constexpr std::chrono::minutes kEndsAfter{4};
constexpr std::chrono::minutes kTellResolved{15};
constexpr std::size_t kAtOnce = 500;

nlohmann::json alert_json(const contracts::AlertChanged& alert, Instant now,
                          const std::string& public_url) {
  auto labels = alert.labels;
  labels["alertname"] = alert.rule_name;
  labels["severity"] = alert.severity;
  auto annotations = alert.annotations;
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

std::string alertmanager_body(const std::vector<contracts::AlertChanged>& alerts, Instant now,
                              const std::string& public_url) {
  auto body = nlohmann::json::array();
  for (const auto& alert : alerts) body.push_back(alert_json(alert, now, public_url));
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Alertmanager::Alertmanager(std::vector<std::string> urls, std::string public_url,
                           db::Pool& database, service::Metrics& metrics, const Clock& clock)
    : urls_(std::move(urls)),
      public_url_(std::move(public_url)),
      database_(database),
      clock_(clock),
      pushed_(
          metrics.counter("monitron_notifier_pushed_total", "Requests Alertmanager has taken.")),
      failed_(metrics.counter("monitron_notifier_push_failures_total",
                              "Requests Alertmanager has not taken.")) {}

Result<void> Alertmanager::push(const std::vector<contracts::AlertChanged>& alerts) {
  if (alerts.empty() || urls_.empty()) return {};
  const auto body = alertmanager_body(alerts, clock_.now(), public_url_);
  std::string trouble;
  bool taken = false;
  for (const auto& url : urls_) {
    http::ClientRequest request;
    request.method = http::Method::post;
    request.url = url;
    request.headers = {{"Content-Type", "application/json"}};
    request.body = body;
    request.timeout = std::chrono::seconds(5);
    const auto answer = http::fetch(request);
    if (answer && answer->status / 100 == 2) {
      pushed_.add();
      taken = true;
      continue;
    }
    failed_.add();
    trouble = answer ? "HTTP " + std::to_string(answer->status) : answer.error().text;
    log::warning("alertmanager.refused", trouble, {{"alerts", alerts.size()}});
  }
  if (taken) return {};
  return fail(Fault::unavailable, "Alertmanager: " + trouble);
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
