#include "probe/tls_trusts.hpp"

#include "base/bytes.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

namespace monitron::probe {

namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Bio reader_of(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

Result<void> bad(const char* what) {
  ERR_clear_error();
  return fail(Fault::invalid, std::string("TLS: the ") + what + " cannot be read");
}

// A key in envelope of a pass phrase is none that we can open; without this OpenSSL would ask the
// terminal.
int no_pass_phrase(char*, int, int, void*) { return 0; }

Certificate next_certificate(BIO* bio) {
  return {PEM_read_bio_X509(bio, nullptr, no_pass_phrase, nullptr), X509_free};
}

Result<void> trust_authorities(SSL_CTX* context, const std::string& pem) {
  const Bio bio = reader_of(pem);
  int count = 0;
  while (const Certificate certificate = next_certificate(bio.get())) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get());
    ++count;
  }
  ERR_clear_error();  // the end of the text is an error to PEM
  return count > 0 ? Result<void>{} : bad("certificate of the authority");
}

Result<void> introduce(SSL_CTX* context, const domain::TlsOptions& options) {
  const Bio bio = reader_of(options.client_certificate);
  const Certificate leaf = next_certificate(bio.get());
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) {
    return bad("client's certificate");
  }
  while (const Certificate link = next_certificate(bio.get())) {
    SSL_CTX_add1_chain_cert(context, link.get());
  }
  ERR_clear_error();
  const Bio secret = reader_of(options.client_key.text);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(secret.get(), nullptr, no_pass_phrase, nullptr), EVP_PKEY_free);
  if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1) return bad("client's key");
  return {};
}

void allow_from(SSL_CTX* context, const std::string& version) {
  int least = TLS1_2_VERSION;
  if (version == "1.0") least = TLS1_VERSION;
  if (version == "1.1") least = TLS1_1_VERSION;
  if (version == "1.3") least = TLS1_3_VERSION;
  // What these old versions sign with is below the level that OpenSSL allows by itself.
  if (least < TLS1_2_VERSION) SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, least);
}

std::string key_of(const domain::TlsOptions& options) {
  std::string all;
  for (const auto* part : {&options.ca_certificate, &options.client_certificate,
                           &options.client_key.text, &options.min_version}) {
    all += std::to_string(part->size()) + ":" + *part;
  }
  return sha256(all);
}

}  // namespace

Result<std::shared_ptr<TlsTrust>> TlsTrusts::of(const domain::TlsOptions& options) {
  const domain::TlsOptions plain;
  if (options.ca_certificate.empty() && options.client_certificate.empty() &&
      options.min_version == plain.min_version) {
    return own_;
  }
  const std::string key = key_of(options);
  const std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return entries_.front().trust;
  }
  auto trust = TlsTrust::bare();
  if (!trust) return trust;
  SSL_CTX* context = (*trust)->context();
  if (options.ca_certificate.empty()) {
    SSL_CTX_set1_cert_store(context, SSL_CTX_get_cert_store(own_->context()));
  } else if (auto good = trust_authorities(context, options.ca_certificate); !good) {
    return fail(good.error());
  }
  if (!options.client_certificate.empty()) {
    if (auto good = introduce(context, options); !good) return fail(good.error());
  }
  allow_from(context, options.min_version);
  entries_.push_front({key, *trust});
  by_key_[key] = entries_.begin();
  if (entries_.size() > kMost) {
    by_key_.erase(entries_.back().key);
    entries_.pop_back();
  }
  return trust;
}

}  // namespace monitron::probe
