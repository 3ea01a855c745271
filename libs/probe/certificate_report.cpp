#include "probe/certificate_report.hpp"

namespace monitron::probe {

namespace {

double seconds(Instant time) { return static_cast<double>(to_ms(time)) / 1000.0; }

// When the chain that was verified ends: with the first of its certificates.
Instant end_of(const std::vector<Certificate>& chain) {
  Instant end = chain.front().not_after;
  for (const auto& one : chain) end = std::min(end, one.not_after);
  return end;
}

void describe(const Certificate& leaf, std::map<std::string, std::string>& details) {
  std::string names;
  for (const auto& name : leaf.names) names += (names.empty() ? "" : ", ") + name;
  details["certificate_subject"] = leaf.subject;
  details["certificate_common_name"] = leaf.common_name;
  details["certificate_issuer"] = leaf.issuer;
  details["certificate_names"] = names;
  details["certificate_serial"] = leaf.serial;
  details["certificate_sha256"] = leaf.sha256;
  details["certificate_key"] = leaf.key;
  details["certificate_signature"] = leaf.signature;
  details["certificate_not_before"] = to_rfc3339(leaf.not_before);
  details["certificate_not_after"] = to_rfc3339(leaf.not_after);
}

}  // namespace

double days_left(const PeerCertificate& peer, Instant now) {
  if (!peer.sent) return 0;
  return (seconds(peer.sent->earliest_expiry) - seconds(now)) / 86'400.0;
}

void report_certificate(const PeerCertificate& peer, domain::ProbeOutcome& outcome) {
  auto& details = outcome.details;
  details["tls_version"] = peer.protocol;
  details["tls_cipher"] = peer.cipher;
  if (!peer.good()) details["certificate_problems"] = peer.words();
  if (!peer.ocsp.empty()) details["certificate_ocsp"] = peer.ocsp;
  const auto add = [&](const char* name, double value) {
    outcome.values.push_back({name, {}, value});
  };
  add("probe_ssl_verified", peer.problems.empty() ? 1 : 0);
  add("probe_ssl_expired", peer.expired || peer.not_yet_valid ? 1 : 0);
  if (!peer.sent) return;
  add("probe_ssl_earliest_cert_expiry", seconds(peer.sent->earliest_expiry));
  add("probe_ssl_leaf_cert_expiry", seconds(peer.sent->certificates.front().not_after));
  add("probe_ssl_expiry_days", days_left(peer, system_clock().now()));
  if (peer.sent->problems.empty()) {
    add("probe_ssl_last_chain_expiry_timestamp_seconds", seconds(end_of(peer.sent->verified)));
  }
  describe(peer.sent->certificates.front(), details);
  details["certificate_chain"] = peer.sent->json;
  details["certificate_chain_length"] = std::to_string(peer.sent->certificates.size());
}

}  // namespace monitron::probe
