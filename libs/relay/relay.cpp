#include "relay/relay.hpp"

#include "base/failpoint.hpp"
#include "base/log.hpp"

#include <optional>

namespace monitron::relay {
namespace {

constexpr int kAtOnce = 20;

// {} when it was sent, or never can be: then it must not hold up all that come after it.
Result<void> send(mq::Publisher& publisher, const contracts::Message& message) {
  failpoint("relay.before_publish");
  auto confirmed = publisher.publish_and_wait(message);
  failpoint("relay.after_publish");
  if (confirmed || confirmed.error().fault != Fault::invalid) return confirmed;
  log::error("outbox.unsendable", confirmed.error().text,
             {{"type", message.type}, {"message_id", message.message_id}});
  return {};
}

// Sends those after `done`; the last one that is sent or waits for a queue, nothing when there is
// none. The rows stay locked meanwhile, so that no other replica sends them too.
Result<std::optional<std::int64_t>> send_some(pqxx::work& tx, mq::Publisher& publisher,
                                              store::Outbox outbox, std::int64_t done) {
  std::optional<std::int64_t> last;
  for (const auto& one : outbox.waiting(tx, kAtOnce, done)) {
    const auto confirmed = send(publisher, one.message);
    // What no queue takes must not hold up those behind it.
    if (!confirmed && !mq::is_own_trouble(confirmed.error())) {
      if (!last) return fail(confirmed.error());
      break;
    }
    if (confirmed) outbox.mark_sent(tx, one.id);
    last = one.id;
  }
  if (last) failpoint("relay.before_commit");
  return last;
}

}  // namespace

Result<void> send_waiting(db::Pool& database, mq::Publisher& publisher, store::Outbox outbox) {
  std::int64_t done = 0;
  for (;;) {
    const auto last =
        database.transact([&](pqxx::work& tx) { return send_some(tx, publisher, outbox, done); });
    if (!last) return fail(last.error());
    if (!*last) return {};
    failpoint("relay.after_commit");
    done = **last;
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

// One at a time, so that what is older goes first; who has the lock looks again for who has not.
void Relay::send() {
  asked_ = true;
  while (asked_) {
    const std::unique_lock one(sending_, std::try_to_lock);
    if (!one) return;
    asked_ = false;
    (void)send_waiting(database_, publisher_, outbox_);
  }
}

}  // namespace monitron::relay
