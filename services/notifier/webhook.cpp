#include "notifier/webhook.hpp"

#include "base/bytes.hpp"
#include "notifier/digest.hpp"
#include "notifier/letters.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace monitron::notifier {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;
constexpr std::size_t kAnswerBytes = 64u << 10;
constexpr std::chrono::seconds kPatience{10};

// JSON has no numbers for all of them.
json number_or_null(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

json alert_json(const contracts::AlertChanged& alert, const std::string& public_url) {
  return {{"incident_id", alert.incident_id.str()},
          {"transition", alert.transition},
          {"state", contracts::state_of(alert)},
          {"rule_id", alert.rule_id.str()},
          {"rule_name", alert.rule_name},
          {"severity", alert.severity},
          {"title", alert.title},
          {"text", alert.text},
          {"labels", alert.labels},
          {"annotations", alert.annotations},
          {"value", number_or_null(alert.value)},
          {"starts_at", to_rfc3339(alert.starts_at)},
          {"resolved_at", alert.firing ? json(nullptr) : json(to_rfc3339(alert.at))},
          {"url", incident_url(alert, public_url)}};
}

bool is_passing(int status) {
  return status >= 500 || status == 408 || status == 425 || status == 429;
}

}  // namespace

std::string webhook_body(const WebhookMessage& message, const std::string& public_url) {
  json alerts = json::array();
  for (const auto& alert : message.alerts) alerts.push_back(alert_json(alert, public_url));
  if (message.kind == "digest") {
    const auto differences = differing_labels(message.alerts);
    for (std::size_t i = 0; i < alerts.size(); ++i) alerts[i]["differing_labels"] = differences[i];
  }
  const json body = {{"version", kVersion},
                     {"id", message.key},
                     {"event", message.kind},
                     {"alerts", std::move(alerts)}};
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string webhook_signature(std::string_view secret, Instant at, std::string_view body) {
  const auto time = std::to_string(to_ms(at) / 1000);
  return "t=" + time + ",v1=" + to_hex(hmac_sha256(secret, time + "." + std::string(body)));
}

http::ClientRequest webhook_request(const std::string& url, const WebhookMessage& message,
                                    const std::string& body, std::string_view signature) {
  http::ClientRequest request;
  request.method = http::Method::post;
  request.url = url;
  request.body = body;
  request.headers = {
      {"Content-Type", "application/json"},
      {"Idempotency-Key", message.key},
      {"X-Monitron-Event", message.kind},
      {"X-Monitron-Timestamp", std::string(signature.substr(2, signature.find(',') - 2))},
      {"X-Monitron-Signature", std::string(signature)}};
  request.timeout = kPatience;
  request.max_response_bytes = kAnswerBytes;
  request.wants_body = false;
  return request;
}

WebhookVerdict verdict_of(const Result<http::Response>& answer) {
  using Outcome = WebhookOutcome;
  if (!answer) {
    const auto& error = answer.error();
    const bool never = error.fault == Fault::denied || error.fault == Fault::invalid;
    return {never ? Outcome::failed : Outcome::unreachable, error.text};
  }
  const auto detail = "HTTP " + std::to_string(answer->status);
  if (answer->status / 100 == 2) return {Outcome::sent, detail};
  if (is_passing(answer->status)) return {Outcome::retry, detail};
  if (answer->status / 100 == 3) return {Outcome::failed, detail + ": redirects are not followed"};
  return {Outcome::failed, detail};
}

std::string without_path(const std::string& url) {
  const auto host = url.find("://");
  if (host == std::string::npos) return "(not a URL)";
  return url.substr(0, url.find_first_of("/?#", host + 3));
}

}  // namespace monitron::notifier
