#pragma once
// Opaque tokens of 256 random bits. Only the SHA-256 is stored: with that much randomness a fast
// hash is enough, and finding a row by it tells nothing through time.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace monitron::auth {

enum class TokenKind { api, enrolment, refresh, ticket };

struct NewToken {
  std::string text;    // shown once: "mtk_…"
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
