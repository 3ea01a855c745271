// TLS: up when the certificate is valid for the name now; near expiry shows as a value and a
// reason.

#include "probe/certificate_report.hpp"
#include "probe/negotiated_run.hpp"

#include <cmath>

namespace monitron::probe {

using domain::CheckStatus;

namespace {

class TlsRun : public NegotiatedRun {
 public:
  using NegotiatedRun::NegotiatedRun;

 private:
  const domain::TlsSettings& settings() const { return check_.as<domain::TlsSettings>(); }

  void start() override { reach({settings().starttls, true, settings().tls}); }

  void ready() override {
    const PeerCertificate& peer = *certificate();
    const double days = days_left(peer, system_clock().now());
    const int mark = warning_mark(days);
    add_value("probe_ssl_expiry_warning_days", mark);
    if (!peer.good()) {
      return part(settings().tls.verify ? CheckStatus::down : CheckStatus::up, peer.complaint());
    }
    std::string reason;
    if (mark > 0) {
      const auto whole = std::to_string(static_cast<int>(std::floor(days)));
      reason = "certificate expires in " + whole + (whole == "1" ? " day" : " days");
    }
    part(CheckStatus::up, std::move(reason));
  }

  // The narrowest of the warning marks that has been passed; 0: none.
  int warning_mark(double days) const {
    int mark = 0;
    for (const int warning : settings().warning_days) {
      if (days < warning && (mark == 0 || warning < mark)) mark = warning;
    }
    return mark;
  }
};

}  // namespace

void start_tls(Context& context, domain::CheckDefinition check, Done done) {
  std::make_shared<TlsRun>(context, std::move(check), std::move(done))->begin();
}

}  // namespace monitron::probe
