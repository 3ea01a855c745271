#pragma once
// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-06) of requests that make something:
// each of a caller's keys does it once. What was answered is kept for a day, in the transaction of
// what was made, so that both are there or neither. The same request again gets that answer, with
// Idempotent-Replayed: true; another one 422, one while the first is under way 409. A refusal did
// nothing and is not kept: the request may come again with its key. For handlers that do all they
// do in transactions on the calling thread (http::Access::bulk), and whose answers tell no secret.

#include "api/listing.hpp"

namespace monitron::api {

OutcomeHandler once(db::Pool& database, OutcomeHandler handler);

}  // namespace monitron::api
