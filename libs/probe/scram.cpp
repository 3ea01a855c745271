#include "probe/scram.hpp"

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

#include <openssl/evp.h>
#include <optional>

namespace monitron::probe {

namespace {

std::string escaped(std::string_view user) {
  std::string text;
  for (const char c : user) {
    if (c == '=') {
      text += "=3D";
    } else if (c == ',') {
      text += "=2C";
    } else {
      text += c;
    }
  }
  return text;
}

// The value of "name=value" at the head of `text`, up to the next comma; takes both off.
std::optional<std::string_view> take_attribute(std::string_view& text, char name) {
  if (text.size() < 2 || text[0] != name || text[1] != '=') return std::nullopt;
  const auto value = text.substr(2, text.find(',') - 2);
  text.remove_prefix(std::min(text.size(), value.size() + 3));
  return value;
}

Result<std::string> from_base64(std::string_view text) {
  std::string other(text);
  while (other.ends_with('=')) other.pop_back();
  for (char& c : other) {
    if (c == '-' || c == '_') return fail(Fault::invalid, "is not base64");
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return from_base64url(other);
}

std::string salted(const std::string& password, const std::string& salt, int iterations) {
  std::string key(32, '\0');
  PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                    reinterpret_cast<const unsigned char*>(salt.data()),
                    static_cast<int>(salt.size()), iterations, EVP_sha256(),
                    static_cast<int>(key.size()), reinterpret_cast<unsigned char*>(key.data()));
  return key;
}

std::string exclusive_or(std::string a, const std::string& b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    a[i] = static_cast<char>(a[i] ^ b[i]);
  }
  return a;
}

}  // namespace

ScramClient::ScramClient(std::string_view user, std::string password, std::string nonce)
    : first_bare_("n=" + escaped(user) + ",r=" + nonce),
      password_(std::move(password)),
      nonce_(std::move(nonce)) {}

Result<std::string> ScramClient::answer(std::string_view server_first) {
  std::string_view rest = server_first;
  const auto nonce = take_attribute(rest, 'r');
  const auto salt_text = take_attribute(rest, 's');
  const auto count = take_attribute(rest, 'i');
  if (!nonce || !salt_text || !count) return fail(Fault::invalid, "no message of SCRAM");
  const auto salt = from_base64(*salt_text);
  const auto iterations = parse_number<int>(*count);
  if (!salt || salt->empty() || !iterations || *iterations < 1 || !nonce->starts_with(nonce_) ||
      nonce->size() == nonce_.size()) {
    return fail(Fault::invalid, "a wrong message of SCRAM");
  }
  if (*iterations > kScramIterations) {
    return fail(Fault::denied, "asks for " + std::string(*count) +
                                   " rounds of hashing, more than " +
                                   std::to_string(kScramIterations));
  }
  const std::string key = salted(password_, *salt, *iterations);
  const std::string without_proof = "c=biws,r=" + std::string(*nonce);
  const std::string all = first_bare_ + "," + std::string(server_first) + "," + without_proof;
  const std::string client_key = hmac_sha256(key, "Client Key");
  server_signature_ = to_base64(hmac_sha256(hmac_sha256(key, "Server Key"), all));
  const std::string proof = exclusive_or(client_key, hmac_sha256(sha256(client_key), all));
  return without_proof + ",p=" + to_base64(proof);
}

bool ScramClient::proven_by(std::string_view server_final) const {
  const auto signature = take_attribute(server_final, 'v');
  return signature && !server_signature_.empty() &&
         equal_in_constant_time(*signature, server_signature_);
}

std::string make_scram_nonce() { return to_base64(random_string(18)); }

}  // namespace monitron::probe
