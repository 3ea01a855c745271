// HTTP and HTTPS: a new connection for each request, HTTP/1.1, redirects followed within the
// limits.

#include "base/bytes.hpp"
#include "probe/certificate_report.hpp"
#include "probe/http_response.hpp"
#include "probe/http_url.hpp"
#include "probe/run.hpp"

#include <algorithm>
#include <strings.h>

namespace monitron::probe {

using domain::CheckStatus;

namespace {

bool has_header(const std::map<std::string, std::string>& headers, const char* name) {
  return std::any_of(headers.begin(), headers.end(), [&](const auto& header) {
    return strcasecmp(header.first.c_str(), name) == 0;
  });
}

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

class HttpRun : public StreamRun {
 public:
  using StreamRun::StreamRun;

 private:
  void start() override {
    auto url = parse_http_url(check_.target);
    if (!url) return finish(CheckStatus::unknown, url.error().text);
    method_ = check_.as<domain::HttpSettings>().method;
    body_ = check_.as<domain::HttpSettings>().body;
    headers_ = check_.as<domain::HttpSettings>().headers;
    if (!url->user_info.empty() && !has_header(headers_, "authorization")) {
      headers_["Authorization"] = "Basic " + to_base64(url->user_info);
    }
    go_to(std::move(*url));
  }

  void go_to(HttpUrl url) {
    url_ = std::move(url);
    tls_.reset();
    reader_ = std::make_unique<HttpResponseReader>(method_ == "HEAD");
    first_byte_seen_ = false;
    request_sent_ = false;
    dial(url_.host, url_.port);
  }

  void connected() override {
    step_begun_ = std::chrono::steady_clock::now();
    if (!url_.https) return send_request();
    stage_ = "TLS handshake";
    tls_ = std::make_unique<TlsClient>(context_.trust, url_.host, true);
    received("");
  }

  void received(std::string_view bytes) override {
    if (!tls_) return answer(bytes);
    const TlsClient* session = tls_.get();
    auto step = tls_->receive(bytes);
    connection_.write(std::move(step.to_send));
    if (!request_sent_ && tls_->established() && !certificate_accepted()) return;
    if (!request_sent_ && tls_->established()) send_request();
    if (!step.plain.empty()) answer(step.plain);
    if (ended() || tls_.get() != session) return;  // done, or on the way to a redirect's target
    if (!step.error.empty()) return finish(CheckStatus::down, "TLS: " + step.error);
    if (step.closed) ended_by_peer(0);
  }

  bool certificate_accepted() {
    add_time(outcome_.phases.tls, step_begun_);
    peer_ = tls_->certificate();
    if (!check_.as<domain::HttpSettings>().tls.verify || peer_->good()) return true;
    finish(CheckStatus::down, peer_->complaint());
    return false;
  }

  void send_request() {
    stage_ = "waiting for the answer";
    request_sent_ = true;
    std::string text = method_ + " " + url_.path + " HTTP/1.1\r\n";
    const auto add = [&](const std::string& name, const std::string& value) {
      text += name + ": " + value + "\r\n";
    };
    if (!has_header(headers_, "host")) add("Host", url_.host_header());
    if (!has_header(headers_, "user-agent")) add("User-Agent", "Monitron/0.1");
    if (!has_header(headers_, "accept")) add("Accept", "*/*");
    for (const auto& [name, value] : headers_) {
      const bool ours = strcasecmp(name.c_str(), "connection") == 0 ||
                        strcasecmp(name.c_str(), "content-length") == 0 ||
                        strcasecmp(name.c_str(), "transfer-encoding") == 0;
      if (!ours) add(name, value);
    }
    if (!body_.empty() || method_ == "POST" || method_ == "PUT" || method_ == "PATCH") {
      add("Content-Length", std::to_string(body_.size()));
    }
    text += "Connection: close\r\n\r\n" + body_;
    step_begun_ = std::chrono::steady_clock::now();
    connection_.write(tls_ ? tls_->seal(text) : text);
  }

  void answer(std::string_view bytes) {
    if (!first_byte_seen_) {
      first_byte_seen_ = true;
      add_time(outcome_.phases.first_byte, step_begun_);
      step_begun_ = std::chrono::steady_clock::now();
      stage_ = "reading the answer";
    }
    take(reader_->feed(bytes));
  }

  void ended_by_peer(int error) override {
    if (tls_ && !tls_->established()) {
      return finish(CheckStatus::down, "TLS handshake: connection closed");
    }
    if (error != 0) return finish(CheckStatus::down, stage_ + ": " + uv_error_text(error));
    take(reader_->end());
  }

  void take(HttpResponseReader::State state) {
    if (state == HttpResponseReader::State::more) return;
    if (state == HttpResponseReader::State::broken) {
      return finish(CheckStatus::down, "HTTP: " + reader_->error());
    }
    add_time(outcome_.phases.transfer, step_begun_);
    const HttpResponse& response = reader_->response();
    const bool elsewhere = is_redirect(response.status) && !response.location.empty();
    if (elsewhere && check_.as<domain::HttpSettings>().follow_redirects) return redirect(response);
    const CheckStatus status = judge(response);
    finish(status, reason_);
  }

  void redirect(const HttpResponse& response) {
    if (redirects_ >= check_.as<domain::HttpSettings>().max_redirects) {
      return finish(CheckStatus::down, "more than " + std::to_string(redirects_) + " redirects");
    }
    ++redirects_;
    auto next = follow(url_, response.location);
    if (!next) return finish(CheckStatus::down, "redirect: " + next.error().text);
    const bool becomes_get =
        response.status == 303 || (response.status <= 302 && method_ == "POST");
    if (becomes_get && method_ != "HEAD") {
      method_ = "GET";
      body_.clear();
    }
    // Credentials are for the host they were given for.
    if (!next->same_origin(url_)) drop_credentials();
    go_to(std::move(*next));
  }

  void drop_credentials() {
    for (auto it = headers_.begin(); it != headers_.end();) {
      const char* name = it->first.c_str();
      const bool secret = strcasecmp(name, "authorization") == 0 || strcasecmp(name, "host") == 0 ||
                          strcasecmp(name, "cookie") == 0 ||
                          strcasecmp(name, "proxy-authorization") == 0;
      it = secret ? headers_.erase(it) : std::next(it);
    }
  }

  CheckStatus judge(const HttpResponse& response) {
    bool expected = false;
    std::string wanted;
    for (const auto& text : check_.as<domain::HttpSettings>().expected_status) {
      wanted += (wanted.empty() ? "" : ", ") + text;
      const auto range = domain::parse_status_range(text);
      if (range && response.status >= range->first && response.status <= range->last) {
        expected = true;
      }
    }
    const auto& has = check_.as<domain::HttpSettings>().body_contains;
    const auto& lacks = check_.as<domain::HttpSettings>().body_not_contains;
    if (!expected) {
      reason_ = "status " + std::to_string(response.status) + ", expected " + wanted;
    } else if (!has.empty() && response.body.find(has) == std::string::npos) {
      reason_ = "the body does not contain the expected text";
    } else if (!lacks.empty() && response.body.find(lacks) != std::string::npos) {
      reason_ = "the body contains the unwanted text";
    }
    return reason_.empty() ? CheckStatus::up : CheckStatus::down;
  }

  void last_words() override {
    StreamRun::last_words();
    if (peer_) report_certificate(*peer_, outcome_);
    add_value("probe_http_ssl", peer_ ? 1 : 0);
    add_value("probe_http_redirects", redirects_);
    if (!reader_ || reader_->response().status == 0) return;
    const HttpResponse& response = reader_->response();
    add_value("probe_http_status_code", response.status);
    add_value("probe_http_version", response.version);
    add_value("probe_http_content_length", static_cast<double>(response.content_length));
    add_value("probe_http_uncompressed_body_length", static_cast<double>(response.body_bytes));
    if (is_valid_utf8(response.head)) outcome_.details["response_head"] = response.head;
    if (response.body_bytes > HttpResponseReader::kBodyLimit) {
      outcome_.details["body_cut_at_bytes"] = std::to_string(HttpResponseReader::kBodyLimit);
    }
  }

  HttpUrl url_;
  std::string method_;
  std::string body_;
  std::map<std::string, std::string> headers_;
  int redirects_ = 0;
  bool first_byte_seen_ = false;
  bool request_sent_ = false;
  SteadyInstant step_begun_;
  std::unique_ptr<TlsClient> tls_;
  std::unique_ptr<HttpResponseReader> reader_;
  std::optional<PeerCertificate> peer_;
  std::string reason_;
};

}  // namespace

void start_http(Context& context, domain::CheckDefinition check, Done done) {
  std::make_shared<HttpRun>(context, std::move(check), std::move(done))->begin();
}

}  // namespace monitron::probe
