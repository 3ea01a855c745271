#include "auth/signing_keys.hpp"

#include "auth/json_members.hpp"
#include "base/bytes.hpp"

#include <algorithm>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

namespace monitron::auth {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxKeys = 100;
constexpr int kLeastRsaBits = 2048;
constexpr int kMostRsaBits = 8192;
constexpr std::size_t kCoordinateBytes = 32;  // of P-256

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;
using Handle = std::shared_ptr<EVP_PKEY>;

// What OpenSSL notes of a failure must not be found by the next one who asks on this thread.
struct ErrorsForgotten {
  ErrorsForgotten() = default;
  ErrorsForgotten(const ErrorsForgotten&) = delete;
  ErrorsForgotten& operator=(const ErrorsForgotten&) = delete;
  ~ErrorsForgotten() { ERR_clear_error(); }
};

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Number number_of(std::string_view bytes) {
  return Number(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

std::string bytes_member(JsonMembers& members, const char* name) {
  const auto text = members.text(name, Need::required, 2048);
  auto bytes = from_base64url(text);
  if (!bytes) members.refuse(name, "is not base64url");
  return bytes.value_or("");
}

// Null when OpenSSL refuses.
Handle make_handle(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return {key, EVP_PKEY_free};
}

Handle read_rsa(JsonMembers& members) {
  const auto modulus = number_of(bytes_member(members, "n"));
  const auto exponent = number_of(bytes_member(members, "e"));
  const int bits = BN_num_bits(modulus.get());
  if (bits < kLeastRsaBits || bits > kMostRsaBits || BN_is_odd(modulus.get()) == 0) {
    members.refuse("n", "must be a modulus of 2048 to 8192 bits");
  }
  // FIPS 186-5 §5.4 wants more than 2^16; OpenSSL takes at most 64 bits with a large modulus.
  const int exponent_bits = BN_num_bits(exponent.get());
  if (exponent_bits < 17 || exponent_bits > 64 || BN_is_odd(exponent.get()) == 0) {
    members.refuse("e", "must be odd, of 17 to 64 bits");
  }
  if (!members.good()) return nullptr;
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  auto handle = make_handle("RSA", builder.get());
  if (!handle) members.refuse("n", "is no RSA key");
  return handle;
}

Handle read_ec(JsonMembers& members) {
  if (members.text("crv", Need::required) != "P-256") members.refuse("crv", "must be P-256");
  const auto x = bytes_member(members, "x");
  const auto y = bytes_member(members, "y");
  if (x.size() != kCoordinateBytes) members.refuse("x", "must have 32 bytes");
  if (y.size() != kCoordinateBytes) members.refuse("y", "must have 32 bytes");
  if (!members.good()) return nullptr;
  const std::string point = "\x04" + x + y;  // uncompressed, SEC 1 §2.3.3
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  auto handle = make_handle("EC", builder.get());
  // OpenSSL looks whether the point is on the curve.
  if (!handle) members.refuse("x", "and y are no point of the curve");
  return handle;
}

// r and s of 32 bytes each (RFC 7518 §3.4), as the DER that OpenSSL reads. Empty when it is not.
std::string der_of(std::string_view signature) {
  if (signature.size() != 2 * kCoordinateBytes) return {};
  const EcSignature both(ECDSA_SIG_new());
  auto r = number_of(signature.substr(0, kCoordinateBytes));
  auto s = number_of(signature.substr(kCoordinateBytes));
  if (!both || ECDSA_SIG_set0(both.get(), r.get(), s.get()) != 1) return {};
  (void)r.release();
  (void)s.release();
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(both.get(), &der);
  if (size <= 0) return {};
  const std::unique_ptr<unsigned char, decltype([](unsigned char* p) { OPENSSL_free(p); })> held(
      der);
  return {reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)};
}

bool is_signed(EVP_PKEY* key, std::string_view bytes, std::string_view signature) {
  const DigestContext context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(bytes),
                          bytes.size()) == 1;
}

std::string_view name_of(SigningAlgorithm algorithm) {
  return algorithm == SigningAlgorithm::rs256 ? "RS256" : "ES256";
}

// That the set says what the key is for is optional; that it says something else is not.
void check_use(JsonMembers& members, SigningAlgorithm algorithm) {
  const auto use = members.text("use", Need::optional);
  if (!use.empty() && use != "sig") members.refuse("use", "is not sig");
  const auto operations = members.texts("key_ops", Need::optional);
  if (members.has("key_ops") &&
      std::find(operations.begin(), operations.end(), "verify") == operations.end()) {
    members.refuse("key_ops", "has no verify");
  }
  const auto named = members.text("alg", Need::optional);
  if (!named.empty() && named != name_of(algorithm)) {
    members.refuse("alg", "must be " + std::string(name_of(algorithm)));
  }
  // Then everybody who reads the set can sign.
  if (members.has("d")) members.refuse("d", "the key is a private one");
}

}  // namespace

std::optional<SigningAlgorithm> signing_algorithm(std::string_view name) {
  for (const auto algorithm : {SigningAlgorithm::rs256, SigningAlgorithm::es256}) {
    if (name == name_of(algorithm)) return algorithm;
  }
  return std::nullopt;
}

Result<SigningKeys::Key> SigningKeys::read_key(const Json& jwk) {
  if (!jwk.is_object()) return fail(Fault::invalid, "is not an object");
  JsonMembers members(jwk);
  const auto type = members.text("kty", Need::required);
  Key key;
  if (type == "RSA") {
    key.algorithm = SigningAlgorithm::rs256;
  } else if (type == "EC") {
    key.algorithm = SigningAlgorithm::es256;
  } else {
    members.refuse("kty", "must be RSA or EC");
  }
  check_use(members, key.algorithm);
  key.kid = members.text("kid", Need::optional, 256);
  if (members.good()) key.handle = type == "RSA" ? read_rsa(members) : read_ec(members);
  if (!members.good()) return fail(Fault::invalid, members.complaint());
  return key;
}

Result<void> SigningKeys::take(Key key) {
  const bool known = std::any_of(keys_.begin(), keys_.end(), [&](const Key& other) {
    return other.kid == key.kid && other.algorithm == key.algorithm;
  });
  if (known) return fail(Fault::invalid, "kid: is that of another key too");
  keys_.push_back(std::move(key));
  return {};
}

Result<SigningKeys> SigningKeys::parse(std::string_view jwks) {
  const ErrorsForgotten afterwards;
  const auto object = parse_json_object(jwks, kMaxJwksBytes);
  if (!object) return fail(object.error().in("JWK set"));
  const auto list = object->find("keys");
  if (list == object->end() || !list->is_array() || list->size() > kMaxKeys) {
    return fail(Fault::invalid, "JWK set: keys: must be an array of at most 100 keys");
  }
  SigningKeys keys;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto place = "keys[" + std::to_string(i) + "]";
    auto key = read_key((*list)[i]);
    if (!key) {
      keys.left_out_.push_back(key.error().in(place).text);
    } else if (auto taken = keys.take(std::move(*key)); !taken) {
      return fail(taken.error().in("JWK set: " + place));
    }
  }
  if (keys.keys_.empty()) {
    const auto why = keys.left_out_.empty() ? "is empty" : keys.left_out_.front();
    return fail(Fault::invalid, "JWK set: has no key for RS256 or ES256: " + why);
  }
  return keys;
}

Result<const SigningKeys::Key*> SigningKeys::choose(SigningAlgorithm algorithm,
                                                    const std::optional<std::string>& kid) const {
  const Key* chosen = nullptr;
  bool known = false;
  for (const auto& key : keys_) {
    if (kid && (key.kid != *kid || kid->empty())) continue;
    known = true;
    if (key.algorithm != algorithm) continue;
    if (chosen != nullptr) {
      return fail(Fault::denied, "kid: is missing, while the provider has several keys");
    }
    chosen = &key;
  }
  if (!known) return fail(Fault::not_found, "kid: the provider has no key of this name");
  if (chosen == nullptr) return fail(Fault::denied, "alg: is not that of the provider's key");
  return chosen;
}

Result<void> SigningKeys::verify(SigningAlgorithm algorithm, const std::optional<std::string>& kid,
                                 std::string_view bytes, std::string_view signature) const {
  const ErrorsForgotten afterwards;
  const auto key = choose(algorithm, kid);
  if (!key) return fail(key.error());
  const bool good = algorithm == SigningAlgorithm::rs256
                        ? is_signed((*key)->handle.get(), bytes, signature)
                        : is_signed((*key)->handle.get(), bytes, der_of(signature));
  if (!good) return fail(Fault::denied, "signature: is not one of the provider's key");
  return {};
}

}  // namespace monitron::auth
