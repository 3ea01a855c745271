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

// `body` in a transaction of `session`, which begins with `begin`, and with the fence.
template <class Body>
auto fenced(Session& session, const Fence& fence, const char* begin, Body body)
    -> decltype(body()) {
  const auto go = [&]() -> decltype(body()) {
    if (auto begun = session.run(begin); !begun) return fail(begun.error());
    auto done = body();
    if (!done) return done;
    if (auto held = check_fence(session, fence); !held) return fail(held.error());
    if (auto committed = session.run("COMMIT"); !committed) return fail(committed.error());
    return done;
  };
  auto done = go();
  if (!done) (void)session.run("ROLLBACK");
  return done;
}

}  // namespace monitron::series
