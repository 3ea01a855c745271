#pragma once
// Bytes as text and digests. Byte strings are std::string / std::string_view throughout.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace monitron {

std::string to_hex(std::string_view bytes);
Result<std::string> from_hex(std::string_view text);  // fault: invalid

std::string to_base64(std::string_view bytes);              // RFC 4648 §4, padded
std::string to_base64url(std::string_view bytes);           // RFC 4648 §5, without padding
Result<std::string> from_base64url(std::string_view text);  // one text for the same bytes only
std::string to_base32(std::string_view bytes);              // RFC 4648 §6, without padding

// %XX of RFC 3986 as the bytes they stand for. Fault: invalid.
Result<std::string> percent_decode(std::string_view text);
// All but the unreserved characters of RFC 3986 §2.3 as %XX: fit for any part of a URI.
std::string percent_encode(std::string_view text);

// SHA-256, 32 raw bytes (FIPS 180-4).
std::string sha256(std::string_view bytes);

// HMAC-SHA-256, 32 raw bytes (RFC 2104).
std::string hmac_sha256(std::string_view key, std::string_view bytes);

// CRC-32C (Castagnoli, RFC 3720 appendix B.4).
std::uint32_t crc32c(std::string_view bytes);

// True when both are equal; takes the same time wherever they differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

// True for well-formed UTF-8 without NUL.
bool is_valid_utf8(std::string_view text);

}  // namespace monitron
