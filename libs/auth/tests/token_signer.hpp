#pragma once
// What an OpenID provider does: has keys, publishes them as JWKs and signs tokens.

#include "base/bytes.hpp"

#include <memory>
#include <nlohmann/json.hpp>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

namespace monitron::auth {

class TokenSigner {
 public:
  static TokenSigner rsa(unsigned bits = 2048) {
    return {EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits)), "RS256"};
  }
  static TokenSigner ec() { return {EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), "ES256"}; }

  const std::string& algorithm() const { return algorithm_; }

  nlohmann::json jwk(const std::string& kid) const {
    nlohmann::json jwk = {{"kid", kid}, {"use", "sig"}, {"alg", algorithm_}};
    if (algorithm_ == "RS256") {
      jwk["kty"] = "RSA";
      jwk["n"] = number(OSSL_PKEY_PARAM_RSA_N, 0);
      jwk["e"] = number(OSSL_PKEY_PARAM_RSA_E, 0);
    } else {
      jwk["kty"] = "EC";
      jwk["crv"] = "P-256";
      jwk["x"] = number(OSSL_PKEY_PARAM_EC_PUB_X, 32);
      jwk["y"] = number(OSSL_PKEY_PARAM_EC_PUB_Y, 32);
    }
    return jwk;
  }

  // As verifiers are often handed it.
  std::string public_pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PUBKEY(out.get(), key_.get());
    char* text = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }

  // As OpenSSL gives it: DER for EC.
  std::string raw_signature(std::string_view bytes) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    std::size_t size = 0;
    EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
    EVP_DigestSign(context.get(), nullptr, &size, data, bytes.size());
    std::string signature(size, '\0');
    EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, data,
                   bytes.size());
    signature.resize(size);
    return signature;
  }

  // As JWS has it.
  std::string signature(std::string_view bytes) const {
    auto raw = raw_signature(bytes);
    if (algorithm_ == "RS256") return raw;
    const auto* at = reinterpret_cast<const unsigned char*>(raw.data());
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> both(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(raw.size())), ECDSA_SIG_free);
    return padded(ECDSA_SIG_get0_r(both.get()), 32) + padded(ECDSA_SIG_get0_s(both.get()), 32);
  }

  // The parts are given as texts, so that they may be anything.
  std::string sign(std::string_view header, std::string_view payload) const {
    const auto is_signed = to_base64url(header) + "." + to_base64url(payload);
    return is_signed + "." + to_base64url(signature(is_signed));
  }

 private:
  TokenSigner(EVP_PKEY* key, std::string algorithm)
      : key_(key, EVP_PKEY_free), algorithm_(std::move(algorithm)) {}

  static std::string padded(const BIGNUM* number, int size) {
    std::string bytes(static_cast<std::size_t>(size > 0 ? size : BN_num_bytes(number)), '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()),
                 static_cast<int>(bytes.size()));
    return bytes;
  }
  std::string number(const char* name, int size) const {
    BIGNUM* value = nullptr;
    EVP_PKEY_get_bn_param(key_.get(), name, &value);
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> held(value, BN_free);
    return to_base64url(padded(value, size));
  }

  std::shared_ptr<EVP_PKEY> key_;
  std::string algorithm_;
};

}  // namespace monitron::auth
