#pragma once
// One-time passwords by time, as authenticator applications make them: RFC 6238 over RFC 4226 with
// HMAC-SHA-1, six digits, steps of 30 seconds. Most applications ignore other parameters, so there
// are none. Threads: any.

#include "base/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace monitron::auth {

inline constexpr std::chrono::seconds kTotpStep{30};

// A new secret: 20 random bytes (RFC 4226 §4 R6), to be kept sealed.
std::string make_totp_secret();

// The number of the step that `now` is in, counted from 1970.
std::int64_t totp_step(Instant now);

// The six digits of one step.
std::string totp_code(std::string_view secret, std::int64_t step);

// The step whose code this is: the one of `now`, the one before it or the one after it (clocks
// differ, RFC 6238 §5.2). Steps up to `last_used` are left out, so that no code is good twice. The
// caller keeps what is returned, and only where the stored one is still smaller: of two requests at
// once with the same code, one is let in. Blanks in `code` do not count. How often a code may be
// tried is the caller's to limit: three of a million are right.
std::optional<std::int64_t> match_totp(std::string_view secret, std::string_view code, Instant now,
                                       std::int64_t last_used = -1);

// What a QR code for the application holds: otpauth://totp/Issuer:account?secret=…&issuer=Issuer.
std::string totp_uri(std::string_view secret, std::string_view issuer, std::string_view account);

}  // namespace monitron::auth
