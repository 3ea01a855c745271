#include "auth/recovery_code.hpp"

#include "base/bytes.hpp"
#include "base/random.hpp"

namespace monitron::auth {
namespace {

constexpr std::size_t kLetters = 25;
constexpr std::size_t kGroup = 5;

std::string hash_of(std::string_view letters) {
  return to_hex(sha256("monitron recovery code 1:" + std::string(letters)));
}

std::string in_groups(std::string_view letters) {
  std::string text(letters.substr(0, kGroup));
  for (std::size_t at = kGroup; at < letters.size(); at += kGroup) {
    text += '-';
    text += letters.substr(at, kGroup);
  }
  return text;
}

// The letter of base32 that a typed one stands for; NUL for none.
char letter_of(char c) {
  if (c >= 'a' && c <= 'z') return static_cast<char>(c - 'a' + 'A');
  if ((c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7')) return c;
  if (c == '0') return 'O';
  if (c == '1') return 'I';
  if (c == '8') return 'B';
  return '\0';
}

}  // namespace

std::array<RecoveryCode, kRecoveryCodes> make_recovery_codes() {
  std::array<RecoveryCode, kRecoveryCodes> codes;
  for (auto& code : codes) {
    const auto letters = to_base32(random_string(16)).substr(0, kLetters);
    code = {in_groups(letters), hash_of(letters)};
  }
  return codes;
}

Result<std::string> recovery_code_hash(std::string_view typed) {
  std::string letters;
  for (const char c : typed.substr(0, 2 * kLetters + 1)) {
    if (c == ' ' || c == '-') continue;
    letters += letter_of(c);
  }
  if (letters.size() != kLetters || typed.size() > 2 * kLetters ||
      letters.find('\0') != std::string::npos) {
    return fail(Fault::denied, "not a recovery code");
  }
  return hash_of(letters);
}

}  // namespace monitron::auth
