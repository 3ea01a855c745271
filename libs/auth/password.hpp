#pragma once
// Passwords, kept as bcrypt ($2b$). bcrypt alone reads 72 bytes and stops at NUL, so it is fed the
// base64 of an HMAC-SHA-256 of the password: every byte counts. Threads: any; a call takes about a
// quarter of a second of CPU at cost 12, so it belongs on a bounded pool of its own.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace monitron::auth {

inline constexpr int kDefaultCost = 12;

// Fault: bug when the C library refuses (cost outside 4…31).
Result<std::string> hash_password(std::string_view password, int cost = kDefaultCost);
bool verify_password(std::string_view password, const std::string& stored);

// A hash that no password matches, of the same price as a real one: compared against when an
// account is unknown, so that the time of the answer does not tell.
const std::string& dummy_hash(int cost = kDefaultCost);

// Fault: invalid, with what is wrong: length (12 characters to 1024 bytes), not UTF-8, among the
// most common ones, or equal to `email`.
Result<void> check_password_rules(std::string_view password, std::string_view email);

}  // namespace monitron::auth
