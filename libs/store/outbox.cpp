#include "store/outbox.hpp"

#include "store/old_rows.hpp"

#include <pqxx/pqxx>

namespace monitron::store {

void Outbox::append(pqxx::work& tx, const contracts::Message& message) const {
  tx.exec_params0(std::string("INSERT INTO ") + table_ +
                      " (message_id, exchange, routing_key, type, version, content_type, body, "
                      "traceparent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
                  message.message_id, message.exchange, message.routing_key, message.type,
                  message.version, message.content_type, pqxx::binarystring(message.body),
                  message.traceparent);
  tx.exec(std::string("NOTIFY ") + table_);
}

std::vector<WaitingMessage> Outbox::waiting(pqxx::work& tx, int limit, std::int64_t after) const {
  const auto rows = tx.exec_params(
      std::string("SELECT id, message_id, exchange, routing_key, type, version, content_type, "
                  "body, traceparent FROM ") +
          table_ + " WHERE sent_at IS NULL AND id > $2 ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED",
      limit, after);
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

void Outbox::mark_sent(pqxx::work& tx, const std::vector<std::int64_t>& ids) const {
  tx.exec_params0(
      std::string("UPDATE ") + table_ +
          " SET sent_at = now(), body = '' WHERE id = ANY (string_to_array($1, ',')::bigint[])",
      pqxx::separated_list(",", ids.begin(), ids.end()));
}

void Outbox::drop_sent(pqxx::work& tx) const {
  tx.exec0(std::string("DELETE FROM ") + table_ + " WHERE sent_at < now() - interval '1 day'");
}

void Outbox::drop_late(pqxx::work& tx, const std::string& type, int seconds) const {
  tx.exec_params0(std::string("DELETE FROM ") + table_ +
                      " WHERE sent_at IS NULL AND type = $1 AND created_at < now() - "
                      "make_interval(secs => $2)",
                  type, seconds);
}

bool Inbox::take(pqxx::work& tx, const std::string& message_id) const {
  return !tx.exec_params(std::string("INSERT INTO ") + table_ +
                             " (message_id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING 1",
                         message_id)
              .empty();
}

bool Inbox::has(pqxx::work& tx, const std::string& message_id) const {
  return !tx.exec_params(std::string("SELECT FROM ") + table_ + " WHERE message_id = $1",
                         message_id)
              .empty();
}

int Inbox::drop_old(pqxx::work& tx) const {
  return drop_some(tx, table_, "at < now() - interval '7 days'");
}

}  // namespace monitron::store
