#pragma once
// TLS over memory: bytes in, bytes out; the loop moves them. The handshake is never failed by the
// peer's certificate: what is wrong with it is reported, each fault by itself, so that an expired
// certificate can be told from an untrusted one.

#include "base/clock.hpp"
#include "base/result.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st;

namespace monitron::probe {

// The one SSL_CTX of a set of CAs: parsing a bundle of 145 roots takes 40 ms. Threads: any.
class TlsTrust {
 public:
  // Empty: the system's CAs. Fault: invalid.
  static Result<std::shared_ptr<TlsTrust>> make(const std::string& ca_file);
  // Trusts nobody yet. Fault: bug.
  static Result<std::shared_ptr<TlsTrust>> bare();
  ~TlsTrust();
  TlsTrust(const TlsTrust&) = delete;
  TlsTrust& operator=(const TlsTrust&) = delete;
  ssl_ctx_st* context() const { return context_; }

 private:
  explicit TlsTrust(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};

struct PeerCertificate {
  std::string subject;
  std::string issuer;
  std::string common_name;
  std::vector<std::string> alternative_names;
  std::string serial;
  std::string sha256;  // hex, of the leaf
  Instant not_before;
  Instant not_after;
  Instant earliest_expiry;  // of the chain as sent
  std::size_t chain_length = 0;
  bool expired = false;
  bool not_yet_valid = false;
  std::vector<std::string> trust_problems;  // all but dates: issuer, host name, signature …
  std::string protocol;
  std::string cipher;

  bool good() const { return !expired && !not_yet_valid && trust_problems.empty(); }
  std::string complaint() const;  // for people; empty when good
};

class TlsClient {
 public:
  // `name` is checked against the certificate and, unless an address, sent as SNI.
  TlsClient(TlsTrust& trust, const std::string& name, bool http);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  struct Step {
    std::string to_send;
    std::string plain;
    bool closed = false;  // the peer has ended the session in order
    std::string error;    // not empty: the session is over
  };
  // Takes bytes from the peer ("" starts the handshake).
  Step receive(std::string_view bytes);
  // The bytes to send for `plain`; only after the handshake.
  std::string seal(std::string_view plain);
  bool established() const;
  PeerCertificate certificate() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace monitron::probe
