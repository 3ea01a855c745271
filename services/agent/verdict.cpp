#include "agent/verdict.hpp"

#include "host/scan.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace monitron::agent {
namespace {

constexpr std::chrono::seconds kLongestRetryAfter{300};
constexpr std::size_t kLongestReason = 500;

std::chrono::milliseconds retry_after(const http::Response& response) {
  for (const auto& [name, value] : response.headers) {
    if (name != "retry-after" && name != "Retry-After") continue;
    const auto seconds = host::number<std::int64_t>(value);
    if (!seconds || *seconds < 0) return {};
    return std::min(std::chrono::seconds(*seconds), kLongestRetryAfter);
  }
  return {};
}

std::string reason_of(const http::Response& response) {
  return "HTTP " + std::to_string(response.status) + ": " + response.body.substr(0, kLongestReason);
}

std::string configuration_in(const std::string& body) {
  const auto answer = nlohmann::json::parse(body, nullptr, false);
  if (!answer.is_object()) return {};
  const auto version = answer.find("configuration");
  return version != answer.end() && version->is_string() ? version->get<std::string>() : "";
}

// These say something about the sender, the address or the moment. A batch must not pay for a token
// that was revoked or a gateway that is set up wrongly: it waits until that is mended.
bool is_about_the_batch(int status) {
  switch (status) {
    case 401:
    case 403:
    case 404:
    case 405:
    case 407:
    case 408:
    case 421:
    case 425:
    case 426:
    case 429:
      return false;
    default:
      return status >= 400 && status < 500;
  }
}

}  // namespace

Verdict judge(const Result<http::Response>& answer) {
  if (!answer) return {Verdict::Action::retry, answer.error().text, {}};
  const auto& response = *answer;
  if (response.status == 202 || response.status == 200 || response.status == 204) {
    return {.action = Verdict::Action::done, .configuration = configuration_in(response.body)};
  }
  if (response.status == 409 && response.body.find("dictionary_unknown") != std::string::npos) {
    return {Verdict::Action::send_in_full, reason_of(response), {}};
  }
  if (is_about_the_batch(response.status)) {
    return {Verdict::Action::quarantine, reason_of(response), {}};
  }
  return {Verdict::Action::retry, reason_of(response), retry_after(response)};
}

std::chrono::milliseconds Backoff::next(double chance) {
  const auto factor = std::int64_t{1} << std::min(tries_, 20);
  const auto pause = std::min(first_ * factor, most_);
  ++tries_;
  const auto half = pause / 2;
  return half + std::chrono::milliseconds(
                    static_cast<std::int64_t>(static_cast<double>(half.count()) * chance));
}

}  // namespace monitron::agent
