#pragma once
// Messages of alerts to other programs by HTTP: what is sent, and what the answer means. Pure.
// docs/webhooks.md is its description for those who receive it.

#include "contracts/alert_changed.hpp"
#include "http/client.hpp"

#include <vector>

namespace monitron::notifier {

struct WebhookMessage {
  std::string key{};   // the same in every try: the Idempotency-Key
  std::string kind{};  // fired, reminder, resolved, digest, test
  std::vector<contracts::AlertChanged> alerts{};
};

// The same message is the same body, in every try.
std::string webhook_body(const WebhookMessage& message, const std::string& public_url);

// "t=<seconds since 1970>,v1=<hex of HMAC-SHA-256 over "<t>.<body>">"
std::string webhook_signature(std::string_view secret, Instant at, std::string_view body);

// Without where it may go (may_reach).
http::ClientRequest webhook_request(const std::string& url, const WebhookMessage& message,
                                    const std::string& body, std::string_view signature);

enum class WebhookOutcome {
  sent,         // 2xx
  retry,        // 408, 425, 429, 5xx
  failed,       // all else: what was sent, or where, is not what they want
  unreachable,  // no answer: nobody else of this channel gets one now
};
struct WebhookVerdict {
  WebhookOutcome outcome = WebhookOutcome::failed;
  std::string detail{};  // without URLs: these hold secrets
};
WebhookVerdict verdict_of(const Result<http::Response>& answer);

// The URL as others may see it: scheme and host. What follows them often is the secret.
std::string without_path(const std::string& url);

}  // namespace monitron::notifier
