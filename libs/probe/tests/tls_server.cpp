#include "tls_server.hpp"

#include <array>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

namespace monitron::probe {

namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Bio reader_of(const std::string& pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free};
}

Certificate certificate_of(const std::string& pem) {
  return {PEM_read_bio_X509(reader_of(pem).get(), nullptr, nullptr, nullptr), X509_free};
}

Key key_of(const Keys& keys) {
  return {PEM_read_bio_PrivateKey(reader_of(keys.key_pem).get(), nullptr, nullptr, nullptr),
          EVP_PKEY_free};
}

template <class Thing, class Encode>
std::string encoded(Thing* thing, Encode encode) {
  unsigned char* bytes = nullptr;
  const int size = encode(thing, &bytes);
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

int staple(SSL* ssl, void* text) {
  const auto& der = *static_cast<const std::string*>(text);
  if (der.empty()) return SSL_TLSEXT_ERR_NOACK;
  auto* copy = static_cast<unsigned char*>(OPENSSL_memdup(der.data(), der.size()));
  SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(der.size()));
  return SSL_TLSEXT_ERR_OK;
}

void prepare(SSL_CTX* context, const TlsManner& manner) {
  SSL_CTX_use_certificate(context, certificate_of(manner.keys.certificate_pem).get());
  SSL_CTX_use_PrivateKey(context, key_of(manner.keys).get());
  for (const auto& link : manner.chain) {
    SSL_CTX_add1_chain_cert(context, certificate_of(link.certificate_pem).get());
  }
  if (manner.old_only) {
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
  }
  SSL_CTX_set_tlsext_status_cb(context, staple);
  SSL_CTX_set_tlsext_status_arg(context, const_cast<std::string*>(&manner.ocsp));
  if (!manner.client_ca_pem.empty()) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context),
                        certificate_of(manner.client_ca_pem).get());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
}

}  // namespace

bool serve_tls(int fd, const TlsManner& manner, const Talk& talk) {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()),
                                                                  SSL_CTX_free);
  prepare(context.get(), manner);
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
  SSL_set_fd(ssl.get(), fd);
  if (SSL_accept(ssl.get()) != 1) return false;
  std::array<char, 4096> buffer{};
  for (int size = 0; (size = SSL_read(ssl.get(), buffer.data(), buffer.size())) > 0;) {
    const std::string answer = talk(std::string(buffer.data(), static_cast<std::size_t>(size)));
    if (answer.empty()) break;
    SSL_write(ssl.get(), answer.data(), static_cast<int>(answer.size()));
  }
  SSL_shutdown(ssl.get());
  return true;
}

std::string make_ocsp(const Keys& leaf, const Keys& authority, bool revoked) {
  const Certificate subject = certificate_of(leaf.certificate_pem);
  const Certificate issuer = certificate_of(authority.certificate_pem);
  const Key signer = key_of(authority);
  OCSP_BASICRESP* basic = OCSP_BASICRESP_new();
  OCSP_CERTID* id = OCSP_cert_to_id(EVP_sha1(), subject.get(), issuer.get());
  ASN1_TIME* now = ASN1_TIME_adj(nullptr, time(nullptr), 0, 0);
  ASN1_TIME* later = ASN1_TIME_adj(nullptr, time(nullptr), 1, 0);
  OCSP_basic_add1_status(basic, id, revoked ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD, 0,
                         revoked ? now : nullptr, now, later);
  OCSP_basic_sign(basic, issuer.get(), signer.get(), EVP_sha256(), nullptr, 0);
  OCSP_RESPONSE* response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
  std::string der = encoded(response, i2d_OCSP_RESPONSE);
  OCSP_RESPONSE_free(response);
  OCSP_BASICRESP_free(basic);
  OCSP_CERTID_free(id);
  ASN1_TIME_free(now);
  ASN1_TIME_free(later);
  return der;
}

std::string der_of(const Keys& keys) {
  return encoded(certificate_of(keys.certificate_pem).get(), i2d_X509);
}

}  // namespace monitron::probe
