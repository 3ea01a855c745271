// Domain: until when it is registered. RDAP is asked first, WHOIS when that has no date. Whatever
// keeps the date from us, the check is unknown; it is never up without one.

#include "base/text.hpp"
#include "probe/http_response.hpp"
#include "probe/http_url.hpp"
#include "probe/rdap.hpp"
#include "probe/run.hpp"
#include "probe/whois.hpp"

#include <algorithm>

namespace monitron::probe {

using domain::CheckStatus;
using std::chrono::hours;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t kBodyLimit = 1 << 20;
constexpr int kRedirects = 3;
constexpr int kWhoisPort = 43;
constexpr int kWhoisServers = 3;  // root, registry, registrar

domain::HostPort whois_server_of(const std::string& text) {
  if (auto both = domain::parse_host_port(text)) return *both;
  return {text, kWhoisPort};
}

std::string joined(const std::vector<std::string>& texts, const char* with) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : with) + text;
  return all;
}

class DomainRun : public StreamRun {
 public:
  using StreamRun::StreamRun;

 private:
  enum class Step { bootstrap, rdap, whois_root, whois };

  const domain::DomainSettings& settings() const { return check_.as<domain::DomainSettings>(); }

  void start() override {
    domain_ = to_lower(check_.target);
    if (domain_.ends_with('.')) domain_.pop_back();
    if (!settings().rdap_server.empty()) return ask_rdap(settings().rdap_server);
    if (context_.registries.known().fresh) return ask_listed_server();
    step_ = Step::bootstrap;
    if (!get(context_.registries.bootstrap_url())) ask_whois();
  }

  // The list may be an old one if a new one could not be read.
  void ask_listed_server() {
    const auto servers = context_.registries.known().servers;
    if (!servers) return ask_whois();
    const std::string server = servers->server_of(domain_);
    if (!server.empty()) return ask_rdap(server);
    note_failure("RDAP: no server is listed for it");
    ask_whois();
  }

  void ask_rdap(const std::string& server) {
    step_ = Step::rdap;
    if (!get(rdap_url(server, domain_))) ask_whois();
  }

  // HTTP, as much of it as these servers need.

  bool get(const std::string& text) {
    auto url = parse_http_url(text);
    if (!url) {
      note_failure(text + ": " + url.error().text);
      return false;
    }
    redirects_ = 0;
    source_ = text;
    go_to(std::move(*url));
    return true;
  }

  void go_to(HttpUrl url) {
    url_ = std::move(url);
    reader_ = std::make_unique<HttpResponseReader>(false, kBodyLimit);
    limit_step();
    dial(url_.host, url_.port);
  }

  bool by_http() const { return step_ == Step::bootstrap || step_ == Step::rdap; }

  void connected() override {
    if (!by_http()) {
      stage_ = "waiting for the answer of " + source_;
      return send(whois_query(whois_.host, step_ == Step::whois_root ? top_level() : domain_) +
                  "\r\n");
    }
    if (url_.https) return start_tls({}, url_.host, [this] { send_request(); });
    send_request();
  }

  void send_request() {
    stage_ = "waiting for the answer of " + url_.host;
    send("GET " + url_.path + " HTTP/1.1\r\nHost: " + url_.host_header() +
         "\r\nAccept: application/rdap+json, application/json\r\nUser-Agent: Monitron/0.1\r\n"
         "Connection: close\r\n\r\n");
  }

  void received(std::string_view bytes) override {
    if (by_http()) return take_http(reader_->feed(bytes));
    text_ += bytes.substr(0, kWhoisLimit - text_.size());
    if (text_.size() == kWhoisLimit) take_whois();
  }

  void ended_by_peer(int error) override {
    if (by_http()) return take_http(reader_->end());
    if (text_.empty()) return failed(CheckStatus::unknown, "closed without an answer");
    if (error != 0) return failed(CheckStatus::unknown, uv_error_text(error));
    take_whois();
  }

  void take_http(HttpResponseReader::State state) {
    if (state == HttpResponseReader::State::more) return;
    if (state == HttpResponseReader::State::broken) {
      return failed(CheckStatus::unknown, "HTTP: " + reader_->error());
    }
    const HttpResponse& response = reader_->response();
    const auto location = response.header("location");
    if (response.status >= 301 && response.status <= 308 && location) {
      return redirect(std::string(*location));
    }
    if (step_ == Step::bootstrap) return take_bootstrap(response);
    take_rdap(response);
  }

  void redirect(const std::string& location) {
    if (++redirects_ > kRedirects) return failed(CheckStatus::unknown, "too many redirects");
    auto next = follow(url_, location);
    if (!next) return failed(CheckStatus::unknown, "redirect: " + next.error().text);
    if (url_.https && !next->https) {
      return failed(CheckStatus::unknown, "redirect to plain HTTP");
    }
    go_to(std::move(*next));
  }

  void take_bootstrap(const HttpResponse& response) {
    auto servers = RdapServers::parse(response.body.text());
    if (response.status != 200 || !servers) {
      return failed(CheckStatus::unknown, "status " + std::to_string(response.status) +
                                              (servers ? "" : ", " + servers.error().text));
    }
    context_.registries.learn(std::move(*servers));
    ask_listed_server();
  }

  void take_rdap(const HttpResponse& response) {
    if (response.status == 404) {
      unknown_to_rdap_ = true;
      return failed(CheckStatus::unknown, "it has no such domain");
    }
    if (response.status == 429) return failed(CheckStatus::unknown, "asked too often (status 429)");
    if (response.status != 200) {
      return failed(CheckStatus::unknown, "status " + std::to_string(response.status));
    }
    const auto registration = parse_rdap_domain(response.body.text(), domain_);
    if (!registration) return failed(CheckStatus::unknown, registration.error().text);
    known_to_rdap_ = true;
    learn(*registration);
    if (registration_.expires) return judge();
    failed(CheckStatus::unknown, "it tells no expiry date");
  }

  // WHOIS.

  std::string top_level() const {
    const auto dot = domain_.rfind('.');
    return dot == std::string::npos ? domain_ : domain_.substr(dot + 1);
  }

  void ask_whois() {
    const bool named = !settings().whois_server.empty();
    ask_whois_server(named ? settings().whois_server : context_.registries.whois_root(),
                     named ? Step::whois : Step::whois_root);
  }

  void ask_whois_server(const std::string& server, Step step) {
    step_ = step;
    whois_ = whois_server_of(server);
    asked_servers_.push_back(server);
    source_ = "WHOIS " + server;
    text_.clear();
    limit_step();
    dial(whois_.host, whois_.port);
  }

  void take_whois() {
    const auto answer = parse_whois(text_);
    const auto& asked = asked_servers_;
    const bool more = !answer.referral.empty() && asked.size() < kWhoisServers &&
                      std::find(asked.begin(), asked.end(), answer.referral) == asked.end();
    if (step_ == Step::whois_root) {
      if (more) return ask_whois_server(answer.referral, Step::whois);
      return failed(CheckStatus::unknown, "it names no server for ." + top_level());
    }
    const bool found = answer.registration.expires.has_value();
    if (found || !answer.not_registered) learn(answer.registration);
    if (found) return judge();
    if (more && !answer.not_registered) return ask_whois_server(answer.referral, Step::whois);
    unknown_to_whois_ = answer.not_registered;
    failed(CheckStatus::unknown, answer.refused          ? "asked too often"
                                 : answer.not_registered ? "it has no such domain"
                                                         : "it tells no expiry date");
  }

  // What was learnt first stays: RDAP's word comes before that of WHOIS.
  void learn(const Registration& registration) {
    if (registration.expires) {
      registration_.expires = registration.expires;
      answered_by_ = source_;
    }
    if (registration_.registrar.empty()) registration_.registrar = registration.registrar;
    if (registration_.statuses.empty()) registration_.statuses = registration.statuses;
  }

  void judge() {
    const auto left = *registration_.expires - system_clock().now();
    const auto days = std::chrono::floor<std::chrono::days>(left).count();
    std::optional<int> mark;
    for (const int warning : settings().warning_days) {
      if (days < warning && (!mark || warning < *mark)) mark = warning;
    }
    add_value("probe_domain_expiry_timestamp_seconds",
              static_cast<double>(to_ms(*registration_.expires)) / 1000);
    add_value("probe_domain_days_left", static_cast<double>(days));
    add_value("probe_domain_expiry_warning_days", mark.value_or(0));
    outcome_.details["expires"] = to_rfc3339(*registration_.expires);
    if (left.count() <= 0) {
      return finish(CheckStatus::down, "expired on " + to_rfc3339(*registration_.expires));
    }
    std::vector<std::string> reasons;
    if (mark) reasons.push_back("expires in " + std::to_string(days) + " days");
    for (const auto& status : registration_.statuses) {
      if (is_alarming_status(status)) reasons.push_back("status " + status);
    }
    finish(CheckStatus::up, joined(reasons, "; "));
  }

  // One way to the date after the other.
  void failed(CheckStatus, std::string reason) override {
    note_failure(source_ + ": " + reason);
    switch (step_) {
      case Step::bootstrap:
        return ask_listed_server();
      case Step::rdap:
        return ask_whois();
      case Step::whois_root:
      case Step::whois:
        return give_up();
    }
  }

  void note_failure(std::string text) { failures_.push_back(std::move(text)); }

  void give_up() {
    const bool known =
        known_to_rdap_ || !registration_.registrar.empty() || !registration_.statuses.empty();
    // A server that a person has named may be the wrong one: its word alone is not enough.
    const bool unknown_to_registry = unknown_to_rdap_ && settings().rdap_server.empty();
    if (!known && (unknown_to_registry || unknown_to_whois_)) {
      return finish(CheckStatus::down, domain_ + " is not registered: " + joined(failures_, "; "));
    }
    finish(CheckStatus::unknown, "no expiry date: " + joined(failures_, "; "));
  }

  // A silent server must leave time to ask the next.
  void limit_step() {
    step_limit_ = context_.loop.after(check_.timeout / 4, [this] {
      const auto self = shared_from_this();
      StreamRun::release();
      failed(CheckStatus::unknown, "no answer (" + stage_ + ")");
    });
  }

  void timed_out() override {
    note_failure(source_ + ": no answer (" + stage_ + ")");
    give_up();
  }

  void release() override {
    step_limit_.stop();
    StreamRun::release();
  }

  // The certificate and the connection are those of a registry, not of the target.
  void last_words() override {
    if (!answered_by_.empty()) outcome_.details["source"] = answered_by_;
    if (!registration_.registrar.empty()) outcome_.details["registrar"] = registration_.registrar;
    if (!registration_.statuses.empty()) {
      outcome_.details["domain_status"] = joined(registration_.statuses, ", ");
    }
  }

  std::string domain_;
  Step step_ = Step::rdap;
  std::string source_;  // who is asked, for people
  loop::Timer step_limit_;

  HttpUrl url_;
  int redirects_ = 0;
  std::unique_ptr<HttpResponseReader> reader_;

  domain::HostPort whois_;
  std::vector<std::string> asked_servers_;
  std::string text_;

  bool known_to_rdap_ = false;
  bool unknown_to_rdap_ = false;
  bool unknown_to_whois_ = false;
  Registration registration_;
  std::string answered_by_;
  std::vector<std::string> failures_;
};

}  // namespace

void start_domain(Context& context, domain::CheckDefinition check, Done done) {
  std::make_shared<DomainRun>(context, std::move(check), std::move(done))->begin();
}

}  // namespace monitron::probe
