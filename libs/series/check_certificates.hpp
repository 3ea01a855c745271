#pragma once
// The certificate that each location of a check was shown last (check_certificates). Inside the
// writer's transaction. Private to this room.

#include "series/check_rows.hpp"

namespace monitron::series {

// Writes nothing for those that are known as they are: most results bring no other certificate. One
// that has answered without TLS has none any more.
Result<void> store_certificates(Session& session, const CheckRows& checks);

}  // namespace monitron::series
