#pragma once
// What keeps two owners of the compactor's lease apart: whoever writes chunks asks for its fence
// again as the last thing before COMMIT. Private to this room.

#include "series/session.hpp"

#include <cstdint>
#include <string>

namespace monitron::series {

struct Fence {
  std::string lease{};
  std::int64_t number = 0;
};

// Fault: conflict, when somebody else holds the lease by now. What this session has read stays
// true until its transaction ends, because taking the lease over waits for it (and so does
// renewing it: therefore last, just before COMMIT, and not where the work is long).
Result<void> check_fence(Session& session, const Fence& fence);

}  // namespace monitron::series
