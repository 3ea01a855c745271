// TLS: up when the certificate is valid for the name now; near expiry shows as a value and a
// reason.

#include "probe/certificate_report.hpp"
#include "probe/run.hpp"

#include <algorithm>
#include <optional>

namespace monitron::probe {

using domain::CheckStatus;

namespace {

class TlsRun : public StreamRun {
 public:
  using StreamRun::StreamRun;

 private:
  void start() override {
    const auto target = host_port();
    if (!target) return finish(CheckStatus::unknown, target.error().text);
    name_ = check_.as<domain::TlsSettings>().tls.server_name.empty()
                ? target->host
                : check_.as<domain::TlsSettings>().tls.server_name;
    dial(target->host, target->port);
  }

  void connected() override {
    stage_ = "TLS handshake";
    handshake_begun_ = std::chrono::steady_clock::now();
    tls_ = std::make_unique<TlsClient>(context_.trust, name_, false);
    received("");
  }

  void received(std::string_view bytes) override {
    auto step = tls_->receive(bytes);
    connection_.write(std::move(step.to_send));
    if (tls_->established()) return judge();
    if (step.closed || !step.error.empty()) {
      finish(CheckStatus::down, "TLS handshake: " + step.error);
    }
  }

  void ended_by_peer(int error) override {
    finish(CheckStatus::down, "TLS handshake: connection closed" +
                                  (error == 0 ? std::string() : ": " + uv_error_text(error)));
  }

  void judge() {
    add_time(outcome_.phases.tls, handshake_begun_);
    const PeerCertificate peer = tls_->certificate();
    report_certificate(peer, outcome_);
    const auto left = peer.earliest_expiry - system_clock().now();
    const auto days = std::chrono::duration_cast<std::chrono::hours>(left).count() / 24;
    // The narrowest of the warning marks that has been passed; 0: none.
    std::optional<int> mark;
    for (const int warning : check_.as<domain::TlsSettings>().warning_days) {
      if (days < warning && (!mark || warning < *mark)) mark = warning;
    }
    add_value("probe_ssl_expiry_warning_days", mark.value_or(0));
    if (!peer.good()) return finish(CheckStatus::down, peer.complaint());
    finish(CheckStatus::up,
           mark ? "certificate expires in " + std::to_string(days) + " days" : std::string());
  }

  std::string name_;
  std::unique_ptr<TlsClient> tls_;
  SteadyInstant handshake_begun_;
};

}  // namespace

void start_tls(Context& context, domain::CheckDefinition check, Done done) {
  std::make_shared<TlsRun>(context, std::move(check), std::move(done))->begin();
}

}  // namespace monitron::probe
