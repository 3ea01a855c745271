#include "series/fence.hpp"

namespace monitron::series {

Result<void> check_fence(Session& session, const Fence& fence) {
  auto held = session.run("SELECT FROM leases WHERE name = $1 AND fence = $2 FOR SHARE",
                          {fence.lease, std::to_string(fence.number)});
  if (!held) return fail(held.error());
  if (held->size() == 1) return {};
  return fail(Fault::conflict, "the lease " + fence.lease + " belongs to somebody else now");
}

}  // namespace monitron::series
