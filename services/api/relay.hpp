#pragma once
// Sends what waits in api's outbox: with confirm, oldest first, then marks it as sent. What was
// sent and not marked, because something died in between, is sent again: receivers expect
// duplicates.

#include "db/pool.hpp"
#include "mq/publisher.hpp"

namespace monitron::api {

// Until nothing waits. Threads: workers. Faults: of database and broker.
Result<void> send_waiting(db::Pool& database, mq::Publisher& publisher);

}  // namespace monitron::api
