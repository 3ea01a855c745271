#include "relay/relay.hpp"

#include "base/failpoint.hpp"
#include "base/log.hpp"

#include <vector>

namespace monitron::relay {
namespace {

constexpr int kAtOnce = 100;

struct Batch {
  std::int64_t last = 0;  // of those that waited; 0: none did
  Result<void> broker;    // its trouble, when it did not take them all
};

// Whether it need not be sent any more: it was, or never can be.
bool is_done_with(const store::WaitingMessage& one, const Result<void>& confirmed) {
  if (confirmed || confirmed.error().fault != Fault::invalid) return confirmed.has_value();
  log::error("outbox.unsendable", confirmed.error().text,
             {{"type", one.message.type}, {"message_id", one.message.message_id}});
  return true;
}

// Sends those after `done`, and waits once for all. The rows stay locked meanwhile, so that no
// other replica sends them too.
Batch send_some(pqxx::work& tx, mq::Publisher& publisher, store::Outbox outbox, std::int64_t done) {
  const auto waiting = outbox.waiting(tx, kAtOnce, done);
  if (waiting.empty()) return {};
  std::vector<contracts::Message> messages;
  for (const auto& one : waiting) messages.push_back(one.message);
  failpoint("relay.before_publish");
  const auto confirmed = publisher.publish_and_wait(std::move(messages));
  failpoint("relay.after_publish");
  Batch batch{waiting.back().id, {}};
  std::vector<std::int64_t> sent;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    if (is_done_with(waiting[i], confirmed[i])) {
      sent.push_back(waiting[i].id);
    } else if (!mq::is_own_trouble(confirmed[i].error())) {
      batch.broker = confirmed[i];
    }
  }
  outbox.mark_sent(tx, sent);
  failpoint("relay.before_commit");
  return batch;
}

}  // namespace

Result<void> send_waiting(db::Pool& database, mq::Publisher& publisher, store::Outbox outbox) {
  std::int64_t done = 0;
  for (;;) {
    const auto batch =
        database.transact([&](pqxx::work& tx) { return send_some(tx, publisher, outbox, done); });
    if (!batch) return fail(batch.error());
    if (batch->last == 0) return {};
    failpoint("relay.after_commit");
    if (!batch->broker) return batch->broker;
    done = batch->last;
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
