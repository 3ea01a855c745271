#pragma once
// Messages that were remembered together with what they tell of, and wait for being sent. Each
// service has an outbox of its own; and an inbox of what it has taken in already.

#include "contracts/contract.hpp"
#include "store/tx.hpp"

#include <cstdint>
#include <vector>

namespace monitron::store {

struct WaitingMessage {
  std::int64_t id = 0;
  contracts::Message message;
};

class Outbox {
 public:
  // The table, which is also the channel that wakes whoever sends.
  explicit constexpr Outbox(const char* table) : table_(table) {}
  const char* channel() const { return table_; }

  // In the transaction of what the message tells of. Its message_id must be new.
  void append(pqxx::work& tx, const contracts::Message& message) const;
  // The oldest ones after `after` that nobody else is sending; locked until the transaction ends.
  std::vector<WaitingMessage> waiting(pqxx::work& tx, int limit, std::int64_t after = 0) const;
  // Only what they were is kept, not what they said: letters may hold tokens.
  void mark_sent(pqxx::work& tx, const std::vector<std::int64_t>& ids) const;
  void drop_sent(pqxx::work& tx) const;  // those of more than a day ago
  // A message that is of no use when it comes late: not sent for so long, it never will be.
  void drop_late(pqxx::work& tx, const std::string& type, int seconds) const;

 private:
  const char* table_;
};

inline constexpr Outbox kApiOutbox{"api_outbox"};
inline constexpr Outbox kNotifierOutbox{"notifier_outbox"};
inline constexpr Outbox kReportOutbox{"report_outbox"};
inline constexpr Outbox kCheckerOutbox{"checker_outbox"};
inline constexpr Outbox kIngestOutbox{"ingest_outbox"};

class Inbox {
 public:
  explicit constexpr Inbox(const char* table) : table_(table) {}
  // True the first time; in the transaction of what the message brings about.
  bool take(pqxx::work& tx, const std::string& message_id) const;
  bool has(pqxx::work& tx, const std::string& message_id) const;
  int drop_old(pqxx::work& tx) const;  // more than a week: some, as drop_some()

 private:
  const char* table_;
};

inline constexpr Inbox kNotifierInbox{"notifier_inbox"};
inline constexpr Inbox kCheckerInbox{"checker_inbox"};

}  // namespace monitron::store
