#pragma once
// Passwords, kept as bcrypt ($2b$). bcrypt alone reads 72 bytes and stops at NUL, so it is fed the
// base64 of an HMAC-SHA-256 of the password: every byte counts. Threads: any; a call takes about a
// quarter of a second of CPU at cost 12, so it belongs on a bounded pool of its own.

#include "base/result.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace monitron::auth {

inline constexpr int kDefaultCost = 12;
inline constexpr int kLeastCost = 10;
inline constexpr int kMostCost = 14;
inline constexpr std::chrono::milliseconds kHashTime{250};

// The cost, kLeastCost to kMostCost, whose hash takes about `target` of this machine's processor:
// each step doubles the time, and the nearer one is taken. Hashes a few times at kLeastCost (some
// 60 ms each) and counts the thread's own time, so that other load does not matter much.
int measure_cost(std::chrono::nanoseconds target = kHashTime);
// The same, when a hash at kLeastCost took so long.
int cost_for(std::chrono::nanoseconds at_least_cost, std::chrono::nanoseconds target = kHashTime);

// Fault: bug when the C library refuses (cost outside 4…31).
Result<std::string> hash_password(std::string_view password, int cost = kDefaultCost);
bool verify_password(std::string_view password, const std::string& stored);

// True when `stored` was made at a lower cost, or in another way: hash anew when its password is at
// hand, after a login. A higher cost stays.
bool needs_rehash(std::string_view stored, int cost);

// A hash that no password matches, of the same price as a real one: compared against when an
// account is unknown, so that the time of the answer does not tell.
const std::string& dummy_hash(int cost = kDefaultCost);

// Fault: invalid, with what is wrong: length (12 characters to 1024 bytes), not UTF-8, or easily
// guessed (auth/guessable.hpp), also from the parts of `email` and `name`.
Result<void> check_password_rules(std::string_view password, std::string_view email,
                                  std::string_view name = {});

}  // namespace monitron::auth
