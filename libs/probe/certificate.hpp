#pragma once
// Certificates as facts for people and rules. Who made the certificate may have meant harm: texts
// are bounded, and nothing is taken for granted.

#include "base/clock.hpp"
#include "base/result.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct x509_st;

namespace monitron::probe {

struct Certificate {
  std::string subject;
  std::string issuer;
  std::string common_name;
  std::vector<std::string> names;  // of the subject: hosts and addresses
  std::string serial;              // hex
  std::string sha256;              // hex
  std::string key;                 // "EC prime256v1, 256 bits"
  std::string signature;           // "ecdsa-with-SHA256"
  Instant not_before;
  Instant not_after;
};

Certificate read_certificate(x509_st* certificate);
// Of DER. Fault: invalid.
Result<Certificate> parse_certificate(std::string_view der);

struct CertificateProblem {
  std::string word;  // "self_signed": the same whoever reads it
  std::string text;
};

// What stays true of a chain as it was sent, whenever it is looked at.
struct SentChain {
  std::vector<Certificate> certificates;     // leaf first
  Instant earliest_expiry;                   // of all that were sent
  std::vector<CertificateProblem> problems;  // of trust: neither dates nor names
  std::vector<Certificate> verified;         // leaf to root, as far as verification has come
  std::string json;                          // the certificates, for people and programs
};

// What a peer has shown, judged now.
struct PeerCertificate {
  std::shared_ptr<const SentChain> sent;     // null: none
  std::vector<CertificateProblem> problems;  // all but dates: issuer, name, revoked …
  bool expired = false;
  bool not_yet_valid = false;
  std::string date_problem;  // the certificate that is not valid now, and since or until when
  std::string protocol;
  std::string cipher;
  std::string ocsp;  // what the stapled answer says; empty: none came

  bool good() const { return !expired && !not_yet_valid && problems.empty(); }
  std::string complaint() const;  // for people; empty when good
  std::string words() const;      // "expired, wrong_name"
};

// Adds what the dates of the verified chain say at `now`.
void judge_dates(PeerCertificate& peer, Instant now);

}  // namespace monitron::probe
