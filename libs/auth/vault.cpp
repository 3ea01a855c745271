#include "auth/vault.hpp"

#include "base/bytes.hpp"

#include <algorithm>
#include <memory>
#include <openssl/evp.h>
#include <openssl/rand.h>

namespace monitron::auth {

namespace {

constexpr int kNonceBytes = 12;
constexpr int kTagBytes = 16;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Cipher make_cipher() { return {EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free}; }

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
int size_of(std::string_view text) { return static_cast<int>(text.size()); }

}  // namespace

Vault::Vault(const std::vector<std::string>& keys) {
  MONITRON_EXPECTS(!keys.empty());
  for (const auto& key : keys) {
    keys_.push_back({hmac_sha256(key, "monitron secrets"),
                     to_hex(hmac_sha256(key, "monitron key id")).substr(0, 8)});
  }
}

bool Vault::is_envelope(std::string_view text) { return text.starts_with(kPrefix); }

Result<std::string> Vault::seal(std::string_view plain, std::string_view context) const {
  std::string nonce(kNonceBytes, '\0');
  std::string sealed(plain.size(), '\0');
  std::string tag(kTagBytes, '\0');
  const Cipher cipher = make_cipher();
  int length = 0;
  const bool done =
      cipher && RAND_bytes(bytes_of(nonce), kNonceBytes) == 1 &&
      EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr,
                         bytes_of(std::string_view(keys_.front().secret)),
                         bytes_of(std::string_view(nonce))) == 1 &&
      EVP_EncryptUpdate(cipher.get(), nullptr, &length, bytes_of(context), size_of(context)) == 1 &&
      EVP_EncryptUpdate(cipher.get(), bytes_of(sealed), &length, bytes_of(plain), size_of(plain)) ==
          1 &&
      EVP_EncryptFinal_ex(cipher.get(), bytes_of(sealed) + length, &length) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data()) == 1;
  if (!done) return fail(Fault::unavailable, "a secret could not be sealed");
  return std::string(kPrefix) + keys_.front().id + ":" + to_base64url(nonce + sealed + tag);
}

Result<std::string> Vault::open(std::string_view envelope, std::string_view context) const {
  if (!is_envelope(envelope)) return fail(Fault::invalid, "a secret is not sealed");
  envelope.remove_prefix(kPrefix.size());
  const auto colon = envelope.find(':');
  const auto key = std::find_if(keys_.begin(), keys_.end(), [&](const Key& one) {
    return colon != std::string_view::npos && one.id == envelope.substr(0, colon);
  });
  if (key == keys_.end()) {
    return fail(Fault::invalid, "a secret was sealed with another ENCRYPTION_KEY");
  }
  const auto bytes = from_base64url(envelope.substr(colon + 1));
  if (!bytes || bytes->size() < kNonceBytes + kTagBytes) {
    return fail(Fault::invalid, "a sealed secret is damaged");
  }
  const std::string_view nonce = std::string_view(*bytes).substr(0, kNonceBytes);
  const std::string_view sealed =
      std::string_view(*bytes).substr(kNonceBytes, bytes->size() - kNonceBytes - kTagBytes);
  std::string tag = bytes->substr(bytes->size() - kTagBytes);
  std::string plain(sealed.size(), '\0');
  const Cipher cipher = make_cipher();
  int length = 0;
  const bool done =
      cipher &&
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr,
                         bytes_of(std::string_view(key->secret)), bytes_of(nonce)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &length, bytes_of(context), size_of(context)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), bytes_of(plain), &length, bytes_of(sealed),
                        size_of(sealed)) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), bytes_of(plain) + length, &length) == 1;
  if (!done) return fail(Fault::invalid, "a sealed secret is damaged or of another check");
  return plain;
}

Result<Vault::Resealed> Vault::reseal(std::string_view text, std::string_view context) const {
  constexpr std::string_view kLetters =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_:";
  Resealed done;
  while (!text.empty()) {
    const auto start = std::min(text.find(kPrefix), text.size());
    done.text += text.substr(0, start);
    text.remove_prefix(start);
    const auto envelope = text.substr(0, text.find_first_not_of(kLetters));
    text.remove_prefix(envelope.size());
    const bool is_older =
        !envelope.empty() && !envelope.substr(kPrefix.size()).starts_with(keys_.front().id + ":");
    const auto plain = is_older ? open(envelope, context) : std::string();
    if (is_older && plain) {
      auto sealed = seal(*plain, context);
      if (!sealed) return fail(sealed.error());
      done.text += *sealed;
      ++done.sealed;
    } else {
      done.text += envelope;
      if (is_older) ++done.unreadable;
    }
  }
  return done;
}

}  // namespace monitron::auth
