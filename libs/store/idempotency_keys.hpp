#pragma once
// What was answered for which Idempotency-Key: kept for a day, written by api in the transaction of
// what the request made. Neither keys, requests nor answers can be found out from it.

#include "store/tx.hpp"

#include <optional>
#include <string>

namespace monitron::store {

// The latest.
inline constexpr int kMostIdempotencyKeys = 100'000;
inline constexpr int kMostIdempotencyKeysOfOne = 10'000;

struct AnsweredKey {
  std::string id{};      // of the caller and the key
  std::string caller{};  // "user:<id>"
  std::string request_hash{};
  std::string answer{};  // sealed
};

// Until the end of the transaction no other one gets it; false: another one has it.
bool lock_idempotency_key(pqxx::work& tx, const std::string& id);
std::optional<AnsweredKey> find_answered_key(pqxx::work& tx, const std::string& id);
void insert_answered_key(pqxx::work& tx, const AnsweredKey& key);
// Of more than a day ago, and those that are too many: of one caller, and of all.
void drop_old_answers(pqxx::work& tx);

}  // namespace monitron::store
