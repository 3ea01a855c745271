#pragma once
// Messages of api that wait for being sent. Written by api alone.

#include "contracts/contract.hpp"
#include "store/tx.hpp"

#include <cstdint>
#include <vector>

namespace monitron::store {

struct WaitingMessage {
  std::int64_t id = 0;
  contracts::Message message;
};

// In the transaction of what the message tells of; wakes the channel "api_outbox".
void append_api_outbox(pqxx::work& tx, const contracts::Message& message);
// The oldest ones that nobody else is sending; locked until the transaction ends.
std::vector<WaitingMessage> waiting_api_outbox(pqxx::work& tx, int limit);
void mark_api_outbox_sent(pqxx::work& tx, std::int64_t id);
void drop_sent_api_outbox(pqxx::work& tx);

}  // namespace monitron::store
