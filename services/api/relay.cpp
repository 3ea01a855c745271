#include "api/relay.hpp"

#include "store/api_outbox.hpp"

namespace monitron::api {
namespace {

constexpr int kAtOnce = 20;

}  // namespace

Result<void> send_waiting(db::Pool& database, mq::Publisher& publisher) {
  for (;;) {
    // The rows stay locked while they are sent, so that no other replica sends them too.
    const auto sent = database.transact([&](pqxx::work& tx) -> Result<int> {
      const auto waiting = store::waiting_api_outbox(tx, kAtOnce);
      int count = 0;
      for (const auto& one : waiting) {
        const auto confirmed = publisher.publish_and_wait(one.message);
        if (!confirmed && count == 0) return fail(confirmed.error());
        if (!confirmed) break;
        store::mark_api_outbox_sent(tx, one.id);
        ++count;
      }
      return count;
    });
    if (!sent) return fail(sent.error());
    if (*sent == 0) return {};
  }
}

}  // namespace monitron::api
