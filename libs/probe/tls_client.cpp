#include "probe/tls_client.hpp"

#include "probe/address.hpp"

#include <array>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace monitron::probe {

struct TlsClient::State {
  std::shared_ptr<TlsTrust> trust;  // may be forgotten by those who made it
  std::string name;
  SSL* ssl = nullptr;
  BIO* in = nullptr;   // owned by ssl
  BIO* out = nullptr;  // owned by ssl
};

namespace {

std::string last_error_text(const char* fallback) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return fallback;
  const char* reason = ERR_reason_error_string(code);
  return reason == nullptr ? fallback : reason;
}

}  // namespace

Result<std::shared_ptr<TlsTrust>> TlsTrust::bare() {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr) return fail(Fault::bug, last_error_text("no TLS context"));
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  // Chains are judged once the handshake is over, and the verdict is kept: see ChainJudge.
  SSL_CTX_set_cert_verify_callback(
      context, [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // Many servers close without close_notify; the length of the answer tells whether it is whole.
  SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
  return std::shared_ptr<TlsTrust>(new TlsTrust(context));
}

Result<std::shared_ptr<TlsTrust>> TlsTrust::make(const std::string& ca_file) {
  auto trust = bare();
  if (!trust) return trust;
  SSL_CTX* context = (*trust)->context();
  const int loaded = ca_file.empty()
                         ? SSL_CTX_set_default_verify_paths(context)
                         : SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr);
  if (loaded != 1) {
    return fail(Fault::invalid, ca_file + ": " + last_error_text("CAs cannot be read"));
  }
  return trust;
}

TlsTrust::~TlsTrust() { SSL_CTX_free(context_); }

TlsClient::TlsClient(std::shared_ptr<TlsTrust> trust, const std::string& name, bool http)
    : state_(new State{std::move(trust), name}) {
  State& state = *state_;
  state.ssl = SSL_new(state.trust->context());
  MONITRON_EXPECTS(state.ssl != nullptr);
  state.in = BIO_new(BIO_s_mem());
  state.out = BIO_new(BIO_s_mem());
  SSL_set_bio(state.ssl, state.in, state.out);
  SSL_set_connect_state(state.ssl);
  // Certificates are judged afterwards: none ends the handshake.
  SSL_set_verify(state.ssl, SSL_VERIFY_NONE, nullptr);
  SSL_set_tlsext_status_type(state.ssl, TLSEXT_STATUSTYPE_ocsp);
  if (!Address::parse(name)) SSL_set_tlsext_host_name(state.ssl, name.c_str());
  constexpr std::string_view kHttp = "\x08http/1.1";
  if (http) {
    SSL_set_alpn_protos(state.ssl, reinterpret_cast<const unsigned char*>(kHttp.data()),
                        static_cast<unsigned>(kHttp.size()));
  }
}

TlsClient::~TlsClient() { SSL_free(state_->ssl); }

TlsClient::Step TlsClient::receive(std::string_view bytes) {
  Step step;
  ERR_clear_error();
  if (!bytes.empty()) BIO_write(state_->in, bytes.data(), static_cast<int>(bytes.size()));
  int result = 1;
  if (!SSL_is_init_finished(state_->ssl)) result = SSL_do_handshake(state_->ssl);
  if (result == 1 && SSL_is_init_finished(state_->ssl)) {
    std::array<char, 16'384> buffer{};
    while ((result = SSL_read(state_->ssl, buffer.data(), buffer.size())) > 0) {
      step.plain.append(buffer.data(), static_cast<std::size_t>(result));
    }
  }
  const int why = SSL_get_error(state_->ssl, result);
  if (why == SSL_ERROR_ZERO_RETURN) {
    step.closed = true;
  } else if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
    step.error = last_error_text("TLS failed");
  }
  step.to_send = seal("");
  return step;
}

std::string TlsClient::seal(std::string_view plain) {
  if (!plain.empty()) SSL_write(state_->ssl, plain.data(), static_cast<int>(plain.size()));
  std::string sealed(BIO_ctrl_pending(state_->out), '\0');
  if (!sealed.empty()) BIO_read(state_->out, sealed.data(), static_cast<int>(sealed.size()));
  return sealed;
}

bool TlsClient::established() const { return SSL_is_init_finished(state_->ssl) == 1; }

PeerCertificate TlsClient::certificate() const {
  return certificate_of(state_->ssl, *state_->trust, state_->name);
}

PeerCertificate certificate_of(ssl_st* session, TlsTrust& trust, const std::string& name) {
  PeerCertificate peer;
  peer.protocol = SSL_get_version(session);
  peer.cipher = SSL_get_cipher_name(session);
  STACK_OF(X509)* certificates = SSL_get_peer_cert_chain(session);
  if (sk_X509_num(certificates) < 1) {
    peer.problems.push_back({"missing", "the server has shown no certificate"});
    return peer;
  }
  SSL_CTX* context = trust.context();
  peer.sent = trust.chains().look(context, certificates, std::chrono::steady_clock::now());
  peer.problems = peer.sent->problems;
  if (auto text = complain_about_name(sk_X509_value(certificates, 0), name); !text.empty()) {
    peer.problems.push_back({"wrong_name", std::move(text)});
  }
  const unsigned char* ocsp = nullptr;
  const long size = SSL_get_tlsext_status_ocsp_resp(session, &ocsp);
  if (ocsp != nullptr && size > 0) {
    const std::string_view der(reinterpret_cast<const char*>(ocsp), static_cast<std::size_t>(size));
    OcspWord word = read_ocsp(der, context, certificates);
    if (word.revoked) peer.problems.push_back({"revoked", "certificate: " + word.text});
    peer.ocsp = std::move(word.text);
  }
  judge_dates(peer, system_clock().now());
  return peer;
}

}  // namespace monitron::probe
