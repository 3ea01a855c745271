#pragma once
// Answers that are kept and given again: of jobs, and for an Idempotency-Key.

#include "api/answer.hpp"
#include "store/kept_answer.hpp"

namespace monitron::api {

store::KeptAnswer kept(const http::Response& answer);
http::Response given_again(const store::KeptAnswer& kept);

}  // namespace monitron::api
