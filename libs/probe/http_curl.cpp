// HTTP and HTTPS over libcurl: for HTTP/2 and proxies. What is asked and how it is judged is the
// same as over connections of our own (http.cpp).

#include "http/transfers.hpp"
#include "probe/certificate_report.hpp"
#include "probe/curl_request.hpp"
#include "probe/http_visit.hpp"
#include "probe/run.hpp"

#include <algorithm>

namespace monitron::probe {

using domain::CheckStatus;
using std::chrono::duration_cast;
using std::chrono::milliseconds;

namespace {

class CurlRun : public Run {
 public:
  using Run::Run;

 private:
  const domain::HttpSettings& settings() const { return check_.as<domain::HttpSettings>(); }
  bool by_proxy() const { return !settings().proxy.empty(); }

  void start() override {
    auto visit = HttpVisit::begin(check_.target, settings());
    if (!visit) return finish(CheckStatus::unknown, visit.error().text);
    visit_ = std::move(*visit);
    if (by_proxy()) {
      auto proxy = parse_http_url(settings().proxy);
      if (!proxy || proxy->https)
        return finish(CheckStatus::unknown, "proxy: not http://host:port");
      proxy_ = std::move(*proxy);
    }
    ask();
  }

  void ask() {
    drop();
    const HttpUrl& url = visit_.request().url;
    if (!by_proxy()) return go_to(url.host, url.port);
    look_at_target(url.host, [this] { go_to(proxy_.host, proxy_.port); });
  }

  void go_to(const std::string& host, int port) {
    resolve(host, [this, port](std::vector<Address> addresses) {
      for (auto& address : addresses) address.set_port(port);
      addresses_ = std::move(addresses);
      next_ = 0;
      try_next();
    });
  }

  // A proxy resolves the name by itself, and would go wherever that leads: every address that the
  // name has must be allowed before it is asked.
  void look_at_target(const std::string& host, std::function<void()> then) {
    if (context_.denied.empty() && context_.allowed.empty()) return then();
    stage_ = "resolving " + host;
    our_stage_ = true;
    const auto self = shared_from_this();
    context_.resolver.resolve(host, [this, self, host, then = std::move(then)](auto found) {
      if (ended()) return;
      our_stage_ = false;
      if (!found) {
        return finish(CheckStatus::unknown, "before the proxy is asked: " + found.error().text);
      }
      for (const Address& address : *found) {
        if (context_.may_reach(address)) continue;
        return finish(CheckStatus::unknown, "address " + address.str() + " may not be checked");
      }
      then();
    });
  }

  void try_next() {
    const Address& address = addresses_.at(next_++);
    address_ = address.str();
    note(address);
    stage_ = (by_proxy() ? "connecting to the proxy " : "connecting to ") + address_;
    our_stage_ = by_proxy();
    const domain::TlsOptions tls = visit_.tls(settings());
    auto trust = context_.trusts.of(tls);
    if (!trust) return finish(CheckStatus::unknown, trust.error().text);
    const auto left =
        duration_cast<milliseconds>(started_ + check_.timeout - std::chrono::steady_clock::now());
    const auto share = left / static_cast<std::int64_t>(addresses_.size() - next_ + 1);
    transfer_ = std::make_unique<CurlRequest>(CurlRequest::Wishes{
        .request = visit_.request(),
        .settings = settings(),
        .tls = tls,
        .address = address,
        .trust = std::move(*trust),
        .connect_within = std::max(share, milliseconds(1)),
        .may_reach = [this](const Address& one) { return context_.may_reach(one); }});
    context_.transfers.add(transfer_->easy(), [this](int code) {
      const auto self = shared_from_this();
      ended_with(code);
    });
  }

  void ended_with(int code) {
    const auto told = transfer_->told(code);
    note_error(told.error);
    using End = CurlRequest::End;
    if (told.end == End::unconnected && next_ < addresses_.size()) return try_next();
    add_times();
    if (told.end == End::whole) return judge();
    const bool ours = told.end == End::denied || is_own_trouble(told.error) ||
                      (told.end == End::unconnected && by_proxy());
    finish(ours ? CheckStatus::unknown : CheckStatus::down, stage() + ": " + told.reason);
  }

  void judge() {
    auto step = visit_.take(settings(), transfer_->response(), context_.expressions);
    if (step.again) return ask();
    finish(step.status, std::move(step.reason));
  }

  void timed_out() override {
    add_times();
    stage_ = stage();
    Run::timed_out();
  }

  // How far it has come.
  std::string stage() {
    if (!transfer_) return stage_;
    const auto times = transfer_->times();
    our_stage_ = false;
    if (times.first_byte) return "reading the answer";
    if (transfer_->certificate()) return "waiting for the answer";
    if (transfer_->handshaking()) return "TLS handshake";
    if (times.connect) return "waiting for the answer";
    our_stage_ = by_proxy();
    return stage_;
  }

  void add_times() {
    if (!transfer_) return;
    const auto add = [](domain::Phases::Part& all, const domain::Phases::Part& one) {
      if (one) all = all.value_or(std::chrono::microseconds(0)) + *one;
    };
    const auto times = transfer_->times();
    add(outcome_.phases.connect, times.connect);
    add(outcome_.phases.tls, times.tls);
    add(outcome_.phases.first_byte, times.first_byte);
    add(outcome_.phases.transfer, times.transfer);
  }

  void last_words() override {
    if (!address_.empty()) {
      outcome_.details[by_proxy() ? "proxy_address" : "address"] = address_;
      add_value("probe_ip_protocol", address_.find(':') == std::string::npos ? 4 : 6);
    }
    if (transfer_ && transfer_->certificate()) {
      report_certificate(*transfer_->certificate(), outcome_);
    }
    if (transfer_ && transfer_->tcp_info()) {
      add_value("probe_tcp_rtt_seconds", transfer_->tcp_info()->rtt_seconds);
      add_value("probe_tcp_retransmits", transfer_->tcp_info()->retransmits);
      add_value("probe_tcp_lost_packets", transfer_->tcp_info()->lost);
    }
    visit_.report(settings(), transfer_ ? &transfer_->response() : nullptr, outcome_);
  }

  void drop() {
    if (transfer_) context_.transfers.remove(transfer_->easy());
    transfer_.reset();
  }

  void release() override { drop(); }

  HttpVisit visit_;
  HttpUrl proxy_;
  std::vector<Address> addresses_;
  std::size_t next_ = 0;
  std::string address_;
  std::unique_ptr<CurlRequest> transfer_;
};

}  // namespace

void start_http_by_curl(Context& context, domain::CheckDefinition check, Done done) {
  std::make_shared<CurlRun>(context, std::move(check), std::move(done))->begin();
}

}  // namespace monitron::probe
