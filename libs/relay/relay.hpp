#pragma once
// Sends what waits in a service's outbox, oldest first, a hundred at once, and marks what was
// confirmed as sent. One that no queue takes, or that finds one full, waits for it, the others pass
// it; when the broker does not take something otherwise, the rest of its hundred goes, and then
// that is the end for now. What was sent and not marked, because something died in between, is sent
// again: receivers expect duplicates. What the broker can never carry is logged and set aside.
// Woken by the outbox itself and by the clock.

#include "db/listener.hpp"
#include "db/pool.hpp"
#include "mq/publisher.hpp"
#include "service/runtime.hpp"
#include "store/outbox.hpp"

#include <atomic>
#include <mutex>

namespace monitron::relay {

// Until nothing waits. Threads: workers. Faults: of database and broker.
Result<void> send_waiting(db::Pool& database, mq::Publisher& publisher, store::Outbox outbox);

class Relay {
 public:
  // All outlive it.
  Relay(service::Runtime& runtime, db::Pool& database, const std::string& database_url,
        mq::Publisher& publisher, store::Outbox outbox);

 private:
  void send();

  service::Runtime& runtime_;
  db::Pool& database_;
  mq::Publisher& publisher_;
  const store::Outbox outbox_;
  std::atomic<bool> asked_{false};  // one task waits at most
  std::mutex sending_;
  db::Listener wakes_;
};

}  // namespace monitron::relay
