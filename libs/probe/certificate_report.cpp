#include "probe/certificate_report.hpp"

namespace monitron::probe {

void report_certificate(const PeerCertificate& peer, domain::ProbeOutcome& outcome) {
  const auto seconds = [](Instant time) { return static_cast<double>(to_ms(time)) / 1000.0; };
  auto& values = outcome.values;
  values.push_back({"probe_ssl_earliest_cert_expiry", {}, seconds(peer.earliest_expiry)});
  values.push_back({"probe_ssl_verified", {}, peer.trust_problems.empty() ? 1.0 : 0.0});
  values.push_back({"probe_ssl_expired", {}, peer.expired || peer.not_yet_valid ? 1.0 : 0.0});
  auto& details = outcome.details;
  std::string names;
  for (const auto& name : peer.alternative_names) names += (names.empty() ? "" : ", ") + name;
  details["certificate_subject"] = peer.subject;
  details["certificate_common_name"] = peer.common_name;
  details["certificate_issuer"] = peer.issuer;
  details["certificate_names"] = names;
  details["certificate_serial"] = peer.serial;
  details["certificate_sha256"] = peer.sha256;
  details["certificate_not_before"] = to_rfc3339(peer.not_before);
  details["certificate_not_after"] = to_rfc3339(peer.not_after);
  details["certificate_chain_length"] = std::to_string(peer.chain_length);
  details["tls_version"] = peer.protocol;
  details["tls_cipher"] = peer.cipher;
}

}  // namespace monitron::probe
