#include "probe/http_visit.hpp"

#include "base/bytes.hpp"
#include "probe/http_judge.hpp"
#include "probe/legible.hpp"

#include <ctime>

namespace monitron::probe {

using domain::CheckStatus;
using domain::HttpSettings;

namespace {

constexpr std::size_t kShown = 4096;  // of a head and of a body

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// Servers echo what they are sent; what is secret must not be read back from a result.
void mask(const std::string& secret, std::string& text) {
  if (secret.size() < 4) return;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3)) {
    text.replace(at, secret.size(), "***");
  }
}

void mask(const HttpSettings& settings, domain::ProbeOutcome& outcome) {
  std::vector<std::string> secrets{settings.password.text, settings.bearer_token.text};
  if (!settings.username.empty()) {
    secrets.push_back(to_base64(settings.username + ":" + settings.password.text));
  }
  for (const auto& [name, secret] : settings.secret_headers) secrets.push_back(secret.text);
  for (const auto& secret : secrets) {
    mask(secret, outcome.reason);
    for (auto& [name, text] : outcome.details) mask(secret, text);
  }
}

std::optional<double> seconds_of_date(std::string_view text) {
  std::tm parts{};
  const std::string copy(text);
  if (strptime(copy.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts) == nullptr) return std::nullopt;
  return static_cast<double>(timegm(&parts));
}

void report_response(const HttpResponse& response, domain::ProbeOutcome& outcome) {
  const auto add = [&](const char* name, double value) {
    outcome.values.push_back({name, {}, value});
  };
  add("probe_http_status_code", response.status);
  add("probe_http_version", response.version);
  add("probe_http_content_length", static_cast<double>(response.content_length));
  add("probe_http_uncompressed_body_length", static_cast<double>(response.body.bytes()));
  if (const auto date = response.header("last-modified")) {
    if (const auto time = seconds_of_date(*date)) {
      add("probe_http_last_modified_timestamp_seconds", *time);
    }
  }
  auto& details = outcome.details;
  if (auto head = legible(response.head, kShown); !head.empty()) {
    details["response_head"] = std::move(head);
  }
  if (response.body.cut()) {
    details["body_cut_at_bytes"] = std::to_string(response.body.limit());
  }
  if (outcome.status == CheckStatus::up) return;
  if (auto body = legible(response.body.text(), kShown); !body.empty()) {
    details["response_body"] = std::move(body);
  }
}

}  // namespace

Result<HttpVisit> HttpVisit::begin(const std::string& target, const HttpSettings& settings) {
  auto url = parse_http_url(target);
  if (!url) return fail(url.error());
  HttpVisit visit;
  visit.request_ = HttpRequest::of(settings, std::move(*url));
  return visit;
}

domain::TlsOptions HttpVisit::tls(const HttpSettings& settings) const {
  domain::TlsOptions options = settings.tls;
  if (!request_.at_home) {
    options.server_name.clear();
    options.client_certificate.clear();
    options.client_key = {};
  }
  return options;
}

std::string HttpVisit::key_of_connection(const std::string& id,
                                         const HttpSettings& settings) const {
  const HttpUrl& url = request_.url;
  std::string key = id + (url.https ? " https " : " http ") + url.host + " " +
                    std::to_string(url.port) + " " + settings.ip_version + " " + settings.proxy;
  if (!url.https) return key;
  const domain::TlsOptions options = tls(settings);
  std::string terms = options.verify ? "verified" : "as it is";
  for (const auto* part : {&options.server_name, &options.ca_certificate, &options.min_version,
                           &options.client_certificate, &options.client_key.text}) {
    terms.append("\n").append(*part);
  }
  return key + " " + sha256(terms);
}

HttpVisit::Step HttpVisit::take(const HttpSettings& settings, const HttpResponse& response,
                                Expressions& expressions) {
  const auto location = is_redirect(response.status) ? response.header("location") : std::nullopt;
  if (settings.follow_redirects && location && !location->empty()) {
    if (redirects_ >= settings.max_redirects) {
      return {false, CheckStatus::down, "more than " + std::to_string(redirects_) + " redirects"};
    }
    ++redirects_;
    auto next = follow(request_.url, *location);
    if (!next) return {false, CheckStatus::down, "redirect: " + next.error().text};
    request_.redirect(response.status, std::move(*next));
    return {.again = true, .reason = {}};
  }
  HttpVerdict verdict = judge(settings, response, expressions);
  series_ = std::move(verdict.series);
  expressions_fit_ = verdict.expressions_fit;
  notes_ = std::move(verdict.notes);
  const bool up = verdict.reason.empty();
  return {false, up ? CheckStatus::up : CheckStatus::down, std::move(verdict.reason)};
}

void HttpVisit::report(const HttpSettings& settings, const HttpResponse* response,
                       domain::ProbeOutcome& outcome) const {
  const auto add = [&](const char* name, double value) {
    outcome.values.push_back({name, {}, value});
  };
  add("probe_http_ssl", request_.url.https ? 1 : 0);
  add("probe_http_redirects", redirects_);
  if (expressions_fit_) add("probe_failed_due_to_regex", *expressions_fit_ ? 0 : 1);
  if (response != nullptr && response->status != 0) report_response(*response, outcome);
  if (redirects_ > 0) outcome.details["url"] = request_.url.str();
  if (!notes_.empty()) outcome.details["not_extracted"] = notes_;
  outcome.values.insert(outcome.values.end(), series_.begin(), series_.end());
  mask(settings, outcome);
}

}  // namespace monitron::probe
