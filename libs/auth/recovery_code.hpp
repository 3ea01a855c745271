#pragma once
// Recovery codes: what lets in who has lost the authenticator, each once. 125 random bits, typed by
// hand: "ABCDE-FGHIJ-KLMNO-PQRST-UVWXY" in the letters of base32 (RFC 4648 §6). With that much
// randomness a fast hash is enough for storage. Threads: any.

#include "base/result.hpp"

#include <array>
#include <string>
#include <string_view>

namespace monitron::auth {

inline constexpr std::size_t kRecoveryCodes = 10;

struct RecoveryCode {
  std::string text;  // shown once
  std::string hash;  // stored: 64 hexadecimal digits
};

// A new set, which replaces the one before it as a whole.
std::array<RecoveryCode, kRecoveryCodes> make_recovery_codes();

// The stored form of what somebody typed: case, blanks and hyphens do not count, and 0, 1 and 8,
// which no code has, are read as O, I and B. The caller removes the row of this account with this
// hash; when it removed one, the code was good. Fault: denied when it cannot be a code.
Result<std::string> recovery_code_hash(std::string_view typed);

}  // namespace monitron::auth
