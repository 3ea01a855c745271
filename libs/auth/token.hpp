#pragma once
// Opaque tokens of 256 random bits. Only the SHA-256 is stored: with that much randomness a fast
// hash is enough, and finding a row by it tells nothing through time. The hash is of the text with
// the tag of its kind, so that none is ever taken for one of another kind. Threads: any.

#include "base/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace monitron::auth {

enum class TokenKind {
  api,
  enrolment,
  refresh,
  ticket,
  // These go into letters and are good for one use: whoever takes one removes its row, which names
  // the account and, of email_verification, the address that is proved, in the same statement.
  password_reset,
  email_verification,
  invitation,
  login_challenge,  // the password was right, the second factor is waited for
};

inline constexpr std::chrono::minutes kPasswordResetLifetime{30};
inline constexpr std::chrono::hours kEmailVerificationLifetime{24};
inline constexpr std::chrono::minutes kChallengeLifetime{5};
inline constexpr std::chrono::hours kInvitationLifetime{7 * 24};

struct NewToken {
  std::string text;    // shown once: "mtk_…", fit for a URL
  std::string hash;    // stored: 64 hexadecimal digits
  std::string prefix;  // the first characters, to recognise it in lists
};

NewToken make_token(TokenKind kind);

// The stored form of a presented token. Fault: denied when it has not the form of its kind.
Result<std::string> token_hash(TokenKind kind, std::string_view text);

bool looks_like(TokenKind kind, std::string_view text);

// The token of "Bearer …"; "" for anything else.
std::string_view bearer_of(std::string_view authorization);

// The password of "Basic …", whatever the name: many clients of Prometheus know no other way to
// send a token. "" for anything else.
std::string basic_password_of(std::string_view authorization);

}  // namespace monitron::auth
