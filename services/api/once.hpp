#pragma once
// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-06) of requests that make something:
// each of a caller's keys does it once. What was answered is kept for a day, sealed, in the
// transaction of what was made, so that both are there or neither. The same request again gets that
// answer, with Idempotent-Replayed: true; another one 422, one while the first is under way 409. A
// refusal did nothing and is not kept: the request may come again with its key. For handlers that
// do all they do in transactions on the calling thread. What one does elsewhere stays when that
// transaction fails: it finds that again by itself (silences do). What was sealed with a key that
// is taken away is not given again: 409, and nothing is done twice.

#include "api/context.hpp"
#include "api/listing.hpp"

namespace monitron::api {

OutcomeHandler once(Context& context, OutcomeHandler handler);

}  // namespace monitron::api
