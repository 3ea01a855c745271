#include "probe/scram.hpp"

#include "base/bytes.hpp"
#include "base/random.hpp"
#include "base/text.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
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

// The functions of RFC 5802, section 2.2, with the hash that was chosen.
class Functions {
 public:
  explicit Functions(ScramHash hash)
      : hash_(hash == ScramHash::sha256 ? EVP_sha256() : EVP_sha512()),
        size_(static_cast<std::size_t>(EVP_MD_size(hash_))) {}

  std::string h(std::string_view text) const {
    std::string out(size_, '\0');
    EVP_Digest(text.data(), text.size(), bytes_of(out), nullptr, hash_, nullptr);
    return out;
  }
  std::string hmac(std::string_view key, std::string_view text) const {
    std::string out(size_, '\0');
    HMAC(hash_, key.data(), static_cast<int>(key.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes_of(out), nullptr);
    return out;
  }
  std::string hi(std::string_view password, std::string_view salt, int iterations) const {
    std::string out(size_, '\0');
    PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                      reinterpret_cast<const unsigned char*>(salt.data()),
                      static_cast<int>(salt.size()), iterations, hash_, static_cast<int>(size_),
                      bytes_of(out));
    return out;
  }

 private:
  static unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
  }

  const EVP_MD* hash_;
  std::size_t size_;
};

std::string exclusive_or(std::string a, const std::string& b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    a[i] = static_cast<char>(a[i] ^ b[i]);
  }
  return a;
}

}  // namespace

ScramClient::ScramClient(std::string_view user, std::string password, std::string nonce,
                         ScramHash hash, int most_iterations)
    : first_bare_("n=" + escaped(user) + ",r=" + nonce),
      password_(std::move(password)),
      nonce_(std::move(nonce)),
      hash_(hash),
      most_iterations_(most_iterations) {}

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
  if (*iterations > most_iterations_) {
    return fail(Fault::denied, "asks for " + std::string(*count) +
                                   " rounds of hashing, more than " +
                                   std::to_string(most_iterations_));
  }
  const Functions with(hash_);
  const std::string key = with.hi(password_, *salt, *iterations);
  const std::string without_proof = "c=biws,r=" + std::string(*nonce);
  const std::string all = first_bare_ + "," + std::string(server_first) + "," + without_proof;
  const std::string client_key = with.hmac(key, "Client Key");
  server_signature_ = to_base64(with.hmac(with.hmac(key, "Server Key"), all));
  const std::string proof = exclusive_or(client_key, with.hmac(with.h(client_key), all));
  return without_proof + ",p=" + to_base64(proof);
}

bool ScramClient::proven_by(std::string_view server_final) const {
  const auto signature = take_attribute(server_final, 'v');
  return signature && !server_signature_.empty() &&
         equal_in_constant_time(*signature, server_signature_);
}

std::string make_scram_nonce() { return to_base64(random_string(18)); }

}  // namespace monitron::probe
