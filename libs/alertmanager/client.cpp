#include "alertmanager/client.hpp"

#include "alertmanager/read.hpp"
#include "base/text.hpp"
#include "http/client.hpp"
#include "http/target.hpp"

#include <nlohmann/json.hpp>

namespace monitron::alertmanager {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestAnswer = 32u << 20;
constexpr std::size_t kLongestReason = 300;

std::string text_of_json(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

Fault fault_of(int status) {
  switch (status) {
    case 400:
    case 413:
    case 422:
      return Fault::invalid;
    case 404:
      return Fault::not_found;
    case 401:
    case 403:
      return Fault::denied;
    default:
      return Fault::unavailable;
  }
}

std::string reason_of(const http::Response& answer) {
  std::string reason;
  for (const char c : answer.body.substr(0, kLongestReason)) {
    reason += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  const auto text = trim(reason);
  return "HTTP " + std::to_string(answer.status) + (text.empty() ? "" : ": ") + std::string(text);
}

json json_of(const Alert& alert) {
  json value = {{"labels", alert.labels},
                {"annotations", alert.annotations},
                {"startsAt", to_rfc3339(alert.starts_at)},
                {"endsAt", to_rfc3339(alert.ends_at)}};
  // An address that is none would have the alert refused.
  if (!alert.generator_url.empty()) value["generatorURL"] = alert.generator_url;
  return value;
}

json json_of(const Silence& silence) {
  json matchers = json::array();
  for (const auto& matcher : silence.matchers) {
    matchers.push_back({{"name", matcher.name},
                        {"value", matcher.value},
                        {"isRegex", matcher.regex},
                        {"isEqual", matcher.equal}});
  }
  json value = {{"matchers", std::move(matchers)},
                {"startsAt", to_rfc3339(silence.starts_at)},
                {"endsAt", to_rfc3339(silence.ends_at)},
                {"createdBy", silence.created_by},
                {"comment", silence.comment}};
  if (!silence.id.empty()) value["id"] = silence.id;
  return value;
}

}  // namespace

std::string body_of(std::span<const Alert> alerts) {
  auto body = json::array();
  for (const auto& alert : alerts) body.push_back(json_of(alert));
  return text_of_json(body);
}

std::string text_of(std::span<const Silence> silences) {
  auto list = json::array();
  for (const auto& silence : silences) {
    list.push_back(json_of(silence));
    list.back()["status"] = {{"state", silence.state}};
  }
  return text_of_json(list);
}

Client::Client(Peer peer, Credentials credentials, std::chrono::milliseconds timeout)
    : peer_(std::move(peer)), credentials_(std::move(credentials)), timeout_(timeout) {}

Result<std::string> Client::ask(How how, const std::string& path, std::string body) const {
  http::ClientRequest request;
  request.method = how == How::get    ? http::Method::get
                   : how == How::post ? http::Method::post
                                      : http::Method::delete_;
  request.url = peer_.url + path;
  request.timeout = timeout_;
  request.max_response_bytes = kLongestAnswer;
  request.ca_file = credentials_.ca_file;
  request.certificate_file = credentials_.certificate_file;
  request.key_file = credentials_.key_file;
  request.user = peer_.user.empty() ? credentials_.user : peer_.user;
  request.password = peer_.user.empty() ? credentials_.password : peer_.password;
  if (request.user.empty() && !credentials_.bearer_token.empty()) {
    request.headers.emplace_back("Authorization", "Bearer " + credentials_.bearer_token);
  }
  if (how == How::post) request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::move(body);
  auto answer = http::fetch(request);
  if (!answer) return fail(answer.error().in(peer_.url));
  if (answer->status / 100 != 2) {
    return fail(Error{fault_of(answer->status), reason_of(*answer)}.in(peer_.url));
  }
  return std::move(answer->body);
}

Result<void> Client::post(std::span<const Alert> alerts) const {
  const auto answer = ask(How::post, "/api/v2/alerts", body_of(alerts));
  if (!answer) return fail(answer.error());
  return {};
}

Result<std::vector<KnownAlert>> Client::alerts() const {
  const auto answer = ask(How::get, "/api/v2/alerts");
  if (!answer) return fail(answer.error());
  return read_alerts(*answer);
}

Result<std::vector<Silence>> Client::silences() const {
  const auto answer = ask(How::get, "/api/v2/silences");
  if (!answer) return fail(answer.error());
  return read_silences(*answer);
}

Result<std::string> Client::add_silence(const Silence& silence) const {
  const auto answer = ask(How::post, "/api/v2/silences", text_of_json(json_of(silence)));
  if (!answer) return fail(answer.error());
  return read_silence_id(*answer);
}

Result<void> Client::expire_silence(const std::string& id) const {
  const auto answer = ask(How::remove, "/api/v2/silence/" + http::percent_encode(id));
  if (!answer) return fail(answer.error());
  return {};
}

Result<bool> Client::clustered() const {
  const auto answer = ask(How::get, "/api/v2/status");
  if (!answer) return fail(answer.error());
  return read_clustered(*answer);
}

Result<SendCountsByIntegration> Client::sends() const {
  const auto answer = ask(How::get, "/metrics");
  if (!answer) return fail(answer.error());
  return read_sends(*answer);
}

}  // namespace monitron::alertmanager
