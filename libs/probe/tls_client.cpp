#include "probe/tls_client.hpp"

#include "base/bytes.hpp"
#include "probe/address.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace monitron::probe {

struct TlsClient::State {
  SSL* ssl = nullptr;
  BIO* in = nullptr;   // owned by ssl
  BIO* out = nullptr;  // owned by ssl
  bool expired = false;
  bool not_yet_valid = false;
  std::vector<std::string> problems;
};

namespace {

// What the verify callback writes to; hangs on the SSL.
struct Notes {
  bool* expired;
  bool* not_yet_valid;
  std::vector<std::string>* problems;
};

int state_index() {
  static const int kIndex = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return kIndex;
}

void add_once(std::vector<std::string>& list, std::string text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(std::move(text));
}

std::string name_text(X509_NAME* name) {
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(std::max(size, 0L))};
}

std::string common_name_of(X509* certificate) {
  std::array<char, 256> text{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, text.data(),
                            text.size());
  return text.data();
}

Instant instant_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return from_ms(static_cast<std::int64_t>(timegm(&parts)) * 1000);
}

std::vector<std::string> alternative_names_of(X509* certificate) {
  std::vector<std::string> names;
  auto* list = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(list) && names.size() < 100; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(list, i);
    if (name->type == GEN_DNS) {
      names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                         static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    } else if (name->type == GEN_IPADD) {
      const auto* bytes = ASN1_STRING_get0_data(name->d.iPAddress);
      const bool v6 = ASN1_STRING_length(name->d.iPAddress) == 16;
      sockaddr_in6 v6_address{};
      v6_address.sin6_family = AF_INET6;
      sockaddr_in v4_address{};
      v4_address.sin_family = AF_INET;
      if (v6) std::copy_n(bytes, 16, reinterpret_cast<unsigned char*>(&v6_address.sin6_addr));
      if (!v6) std::copy_n(bytes, 4, reinterpret_cast<unsigned char*>(&v4_address.sin_addr));
      names.push_back(Address::of(v6 ? reinterpret_cast<sockaddr*>(&v6_address)
                                     : reinterpret_cast<sockaddr*>(&v4_address))
                          .str());
    }
  }
  GENERAL_NAMES_free(list);
  return names;
}

std::string serial_of(X509* certificate) {
  BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
  char* hex = number == nullptr ? nullptr : BN_bn2hex(number);
  std::string text = hex == nullptr ? "" : hex;
  OPENSSL_free(hex);
  BN_free(number);
  return text;
}

std::string fingerprint_of(X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  X509_digest(certificate, EVP_sha256(), digest.data(), &size);
  return to_hex({reinterpret_cast<const char*>(digest.data()), size});
}

std::string last_error_text(const char* fallback) {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return fallback;
  const char* reason = ERR_reason_error_string(code);
  return reason == nullptr ? fallback : reason;
}

// Says yes to everything and notes what was wrong, so that one fault does not hide the next.
int note_problem(int good, X509_STORE_CTX* store) {
  if (good == 1) return 1;
  auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const auto* notes = static_cast<const Notes*>(SSL_get_ex_data(ssl, state_index()));
  const int error = X509_STORE_CTX_get_error(store);
  if (error == X509_V_ERR_CERT_HAS_EXPIRED) {
    *notes->expired = true;
  } else if (error == X509_V_ERR_CERT_NOT_YET_VALID) {
    *notes->not_yet_valid = true;
  } else {
    add_once(*notes->problems, X509_verify_cert_error_string(error));
  }
  return 1;
}

}  // namespace

Result<std::shared_ptr<TlsTrust>> TlsTrust::bare() {
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  if (context == nullptr) return fail(Fault::bug, last_error_text("no TLS context"));
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
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

TlsClient::TlsClient(TlsTrust& trust, const std::string& name, bool http)
    : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.ssl = SSL_new(trust.context());
  MONITRON_EXPECTS(state.ssl != nullptr);
  state.in = BIO_new(BIO_s_mem());
  state.out = BIO_new(BIO_s_mem());
  SSL_set_bio(state.ssl, state.in, state.out);
  SSL_set_connect_state(state.ssl);
  SSL_set_ex_data(state.ssl, state_index(),
                  new Notes{&state.expired, &state.not_yet_valid, &state.problems});
  SSL_set_verify(state.ssl, SSL_VERIFY_NONE, note_problem);
  X509_VERIFY_PARAM* param = SSL_get0_param(state.ssl);
  if (Address::parse(name)) {
    X509_VERIFY_PARAM_set1_ip_asc(param, name.c_str());
  } else {
    X509_VERIFY_PARAM_set1_host(param, name.data(), name.size());
    SSL_set_tlsext_host_name(state.ssl, name.c_str());
  }
  constexpr std::string_view kHttp = "\x08http/1.1";
  if (http) {
    SSL_set_alpn_protos(state.ssl, reinterpret_cast<const unsigned char*>(kHttp.data()),
                        static_cast<unsigned>(kHttp.size()));
  }
}

TlsClient::~TlsClient() {
  delete static_cast<Notes*>(SSL_get_ex_data(state_->ssl, state_index()));
  SSL_free(state_->ssl);
}

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
  PeerCertificate peer;
  peer.expired = state_->expired;
  peer.not_yet_valid = state_->not_yet_valid;
  peer.trust_problems = state_->problems;
  peer.protocol = SSL_get_version(state_->ssl);
  peer.cipher = SSL_get_cipher_name(state_->ssl);
  STACK_OF(X509)* chain = SSL_get_peer_cert_chain(state_->ssl);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    const Instant end = instant_of(X509_get0_notAfter(sk_X509_value(chain, i)));
    if (i == 0 || end < peer.earliest_expiry) peer.earliest_expiry = end;
    ++peer.chain_length;
  }
  X509* leaf = SSL_get0_peer_certificate(state_->ssl);
  if (leaf == nullptr) {
    peer.trust_problems.emplace_back("no certificate");
    return peer;
  }
  peer.subject = name_text(X509_get_subject_name(leaf));
  peer.issuer = name_text(X509_get_issuer_name(leaf));
  peer.common_name = common_name_of(leaf);
  peer.alternative_names = alternative_names_of(leaf);
  peer.serial = serial_of(leaf);
  peer.sha256 = fingerprint_of(leaf);
  peer.not_before = instant_of(X509_get0_notBefore(leaf));
  peer.not_after = instant_of(X509_get0_notAfter(leaf));
  return peer;
}

std::string PeerCertificate::complaint() const {
  std::string text;
  const auto add = [&](const std::string& more) { text += (text.empty() ? "" : "; ") + more; };
  if (expired) add("certificate has expired, valid until " + to_rfc3339(not_after));
  if (not_yet_valid) add("certificate is not yet valid, only from " + to_rfc3339(not_before));
  for (const auto& problem : trust_problems) add("certificate: " + problem);
  return text;
}

}  // namespace monitron::probe
