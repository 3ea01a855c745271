#include "store/api_outbox.hpp"

#include "base/ids.hpp"

#include <pqxx/pqxx>

namespace monitron::store {

void append_api_outbox(pqxx::work& tx, const contracts::Message& message) {
  tx.exec_params0(
      "INSERT INTO api_outbox (message_id, exchange, routing_key, type, version, content_type, "
      "body, "
      "traceparent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
      message.message_id, message.exchange, message.routing_key, message.type, message.version,
      message.content_type, pqxx::binarystring(message.body), message.traceparent);
  tx.exec("NOTIFY api_outbox");
}

std::vector<WaitingMessage> waiting_api_outbox(pqxx::work& tx, int limit) {
  const auto rows = tx.exec_params(
      "SELECT id, message_id, exchange, routing_key, type, version, content_type, body, "
      "traceparent "
      "FROM api_outbox WHERE sent_at IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED",
      limit);
  std::vector<WaitingMessage> waiting;
  for (const auto& row : rows) {
    WaitingMessage one;
    one.id = row["id"].as<std::int64_t>();
    one.message.message_id = row["message_id"].c_str();
    one.message.exchange = row["exchange"].c_str();
    one.message.routing_key = row["routing_key"].c_str();
    one.message.type = row["type"].c_str();
    one.message.version = row["version"].as<int>();
    one.message.content_type = row["content_type"].c_str();
    one.message.body = pqxx::binarystring(row["body"]).str();
    one.message.traceparent = row["traceparent"].c_str();
    waiting.push_back(std::move(one));
  }
  return waiting;
}

void mark_api_outbox_sent(pqxx::work& tx, std::int64_t id) {
  tx.exec_params0("UPDATE api_outbox SET sent_at = now() WHERE id = $1", id);
}

void drop_sent_api_outbox(pqxx::work& tx) {
  tx.exec0("DELETE FROM api_outbox WHERE sent_at < now() - interval '1 day'");
}

}  // namespace monitron::store
