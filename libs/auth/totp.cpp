#include "auth/totp.hpp"

#include "base/bytes.hpp"
#include "base/random.hpp"

#include <algorithm>
#include <array>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace monitron::auth {
namespace {

constexpr std::size_t kSecretBytes = 20;
constexpr std::size_t kDigits = 6;
constexpr std::uint32_t kCodes = 1'000'000;

using Sha1 = std::array<unsigned char, 20>;

Sha1 hmac_sha1(std::string_view key, const std::array<unsigned char, 8>& bytes) {
  Sha1 digest{};
  unsigned length = 0;
  const auto* done = HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), bytes.data(),
                          bytes.size(), digest.data(), &length);
  MONITRON_EXPECTS(done != nullptr && length == digest.size());
  return digest;
}

}  // namespace

std::string make_totp_secret() { return random_string(kSecretBytes); }

std::int64_t totp_step(Instant now) {
  return to_ms(now) / std::chrono::milliseconds(kTotpStep).count();
}

std::string totp_code(std::string_view secret, std::int64_t step) {
  std::array<unsigned char, 8> counter{};
  auto rest = static_cast<std::uint64_t>(step);
  for (auto byte = counter.rbegin(); byte != counter.rend(); ++byte, rest >>= 8) {
    *byte = static_cast<unsigned char>(rest & 255);
  }
  // Dynamic truncation, RFC 4226 §5.3.
  const auto digest = hmac_sha1(secret, counter);
  const std::size_t at = digest.back() & 15U;
  std::uint32_t number = digest[at] & 127U;
  for (std::size_t i = at + 1; i < at + 4; ++i) number = number << 8 | digest[i];
  const auto digits = std::to_string(number % kCodes);
  return std::string(kDigits - digits.size(), '0') + digits;
}

std::optional<std::int64_t> match_totp(std::string_view secret, std::string_view code, Instant now,
                                       std::int64_t last_used) {
  if (code.size() > 32) return std::nullopt;
  std::string typed(code);
  std::erase(typed, ' ');
  std::optional<std::int64_t> found;
  const auto current = totp_step(now);
  // All three are compared whatever was found: the time of the answer does not tell which it was.
  for (auto step = current - 1; step <= current + 1; ++step) {
    const bool equal = equal_in_constant_time(totp_code(secret, step), typed);
    if (equal && step > last_used) found = step;
  }
  return found;
}

std::string totp_uri(std::string_view secret, std::string_view issuer, std::string_view account) {
  const auto name = percent_encode(issuer);
  return "otpauth://totp/" + name + ":" + percent_encode(account) + "?secret=" + to_base32(secret) +
         "&issuer=" + name + "&algorithm=SHA1&digits=6&period=30";
}

}  // namespace monitron::auth
