#pragma once
// What was answered for which Idempotency-Key: kept for a day, written by api in the transaction of
// what the request made. Neither keys nor requests can be found out from it.

#include "store/tx.hpp"

#include <optional>
#include <string>

namespace monitron::store {

inline constexpr int kMostIdempotencyKeys = 100'000;  // the latest

struct KeptAnswer {
  std::string request_hash{};
  int status = 0;
  std::string content_type{};
  std::string headers{};  // JSON
  std::string body{};
};

// Until the end of the transaction no other one gets it; false: another one has it.
bool lock_idempotency_key(pqxx::work& tx, const std::string& id);
std::optional<KeptAnswer> find_kept_answer(pqxx::work& tx, const std::string& id);
void keep_answer(pqxx::work& tx, const std::string& id, const KeptAnswer& kept);
// Of more than a day ago, and those that are too many.
void drop_old_answers(pqxx::work& tx);

}  // namespace monitron::store
