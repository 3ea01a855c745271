#include "relay/relay.hpp"

namespace monitron::relay {
namespace {

constexpr int kAtOnce = 20;

}  // namespace

Result<void> send_waiting(db::Pool& database, mq::Publisher& publisher, store::Outbox outbox) {
  for (;;) {
    // The rows stay locked while they are sent, so that no other replica sends them too.
    const auto sent = database.transact([&](pqxx::work& tx) -> Result<int> {
      const auto waiting = outbox.waiting(tx, kAtOnce);
      int count = 0;
      for (const auto& one : waiting) {
        const auto confirmed = publisher.publish_and_wait(one.message);
        if (!confirmed && count == 0) return fail(confirmed.error());
        if (!confirmed) break;
        outbox.mark_sent(tx, one.id);
        ++count;
      }
      return count;
    });
    if (!sent) return fail(sent.error());
    if (*sent == 0) return {};
  }
}

Relay::Relay(service::Runtime& runtime, db::Pool& database, const std::string& database_url,
             mq::Publisher& publisher, store::Outbox outbox)
    : runtime_(runtime),
      database_(database),
      publisher_(publisher),
      outbox_(outbox),
      wakes_(database_url, outbox.channel(), [this] {
        if (asked_.exchange(true)) return;
        if (!runtime_.workers().run([this] { send(); })) asked_ = false;
      }) {
  runtime_.every(std::chrono::seconds(2), [this] { send(); });
  runtime_.every(std::chrono::hours(1), [this] {
    (void)database_.transact([&](pqxx::work& tx) { outbox_.drop_sent(tx); });
  });
}

void Relay::send() {
  asked_ = false;
  (void)send_waiting(database_, publisher_, outbox_);
}

}  // namespace monitron::relay
