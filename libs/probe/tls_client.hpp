#pragma once
// TLS over memory: bytes in, bytes out; the loop moves them. The handshake is never failed by the
// peer's certificate: what is wrong with it is reported, each fault by itself, so that an expired
// certificate can be told from an untrusted one.

#include "base/result.hpp"
#include "probe/certificate.hpp"
#include "probe/chain_judge.hpp"

#include <memory>
#include <string>
#include <string_view>

struct ssl_ctx_st;
struct ssl_st;

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
  ChainJudge& chains() { return chains_; }

 private:
  explicit TlsTrust(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
  ChainJudge chains_;
};

class TlsClient {
 public:
  // `name` is checked against the certificate and, unless an address, sent as SNI.
  TlsClient(std::shared_ptr<TlsTrust> trust, const std::string& name, bool http);
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
  // What the peer has shown, judged now; only after the handshake.
  PeerCertificate certificate() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The same of a session that somebody else leads.
PeerCertificate certificate_of(ssl_st* session, TlsTrust& trust, const std::string& name);

}  // namespace monitron::probe
