#pragma once
// Passwords are hashed on two threads of their own, so that nothing else waits for them.

#include "api/answer.hpp"
#include "api/context.hpp"
#include "http/router.hpp"

#include <functional>

namespace monitron::api {

// Answers with what `work` says on one of them; 503 when too many wait.
void answer_from_hashing(
    Context& context, const std::shared_ptr<http::Exchange>& exchange,
    std::function<Outcome<http::Response>(Context&, const http::Request&)> work);

}  // namespace monitron::api
