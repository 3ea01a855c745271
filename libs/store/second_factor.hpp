#pragma once
// One-time passwords by time, their recovery codes, and sign-ins that wait for them. Written by
// api.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "store/tx.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace monitron::store {

struct Totp {
  std::string secret{};  // sealed for totp_context()
  std::int64_t last_step = -1;
  std::optional<Instant> confirmed_at{};
  int recovery_codes = 0;  // that are left
};

std::string totp_context(const Uuid& user);

std::optional<Totp> find_totp(pqxx::work& tx, const Uuid& user);
// … and nobody changes it until this transaction has ended.
std::optional<Totp> find_totp_held(pqxx::work& tx, const Uuid& user);
// In the place of one that was not confirmed. False when there is one that is.
bool put_totp(pqxx::work& tx, const Uuid& user, const std::string& secret);
// With these recovery codes. False when there is none that waits for it.
bool confirm_totp(pqxx::work& tx, const Uuid& user, const std::vector<std::string>& codes);
// True for the first who uses a code of this step or of a later one.
bool use_totp_step(pqxx::work& tx, const Uuid& user, std::int64_t step);
bool use_recovery_code(pqxx::work& tx, const Uuid& user, const std::string& hash);
bool delete_totp(pqxx::work& tx, const Uuid& user);

struct LoginChallenge {
  std::string hash{};
  Uuid user{};
  int token_version = 0;
  Instant expires_at{};
};
inline constexpr int kChallengeAttempts = 5;
void insert_challenge(pqxx::work& tx, const LoginChallenge& challenge);
// Held until the transaction ends; nothing when it is over or was tried too often.
std::optional<LoginChallenge> find_challenge_held(pqxx::work& tx, const std::string& hash);
// After kChallengeAttempts it is good no more.
void count_attempt(pqxx::work& tx, const std::string& hash);
void delete_challenge(pqxx::work& tx, const std::string& hash);
void drop_expired_challenges(pqxx::work& tx);

}  // namespace monitron::store
