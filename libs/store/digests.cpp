// Notifications that are told together.

#include "store/notifications.hpp"
#include "store/row.hpp"

namespace monitron::store {

std::vector<Uuid> due_digests(pqxx::work& tx, Instant now) {
  const auto rows = tx.exec_params(
      "SELECT channel_id FROM notifications WHERE state = 'waiting' AND next_at <= " +
          from_ms_sql(1) + " GROUP BY channel_id ORDER BY channel_id",
      to_ms(now));
  return read_all<Uuid>(rows, [](const pqxx::row& row) { return uuid_of(row["channel_id"]); });
}

std::vector<Notification> waiting_for_digest(pqxx::work& tx, const Uuid& channel, int limit) {
  const auto rows = tx.exec_params(
      "SELECT key, channel_id, incident_id, kind, content FROM notifications n "
      "WHERE channel_id = $1 AND state = 'waiting' AND NOT EXISTS (SELECT FROM notifications o "
      "WHERE o.channel_id = n.channel_id AND o.incident_id = n.incident_id AND o.id < n.id "
      "AND (o.state IN ('pending', 'sending') OR EXISTS (SELECT FROM notifications d "
      "WHERE d.key = o.digest_key AND d.state IN ('pending', 'sending')))) "
      "ORDER BY id LIMIT $2 FOR UPDATE OF n",
      channel.str(), limit);
  return read_all<Notification>(rows, [](const pqxx::row& row) {
    Notification one;
    one.key = row["key"].c_str();
    one.channel_id = uuid_of(row["channel_id"]);
    one.incident_id = optional_uuid_of(row["incident_id"]);
    one.kind = row["kind"].c_str();
    one.content = row["content"].c_str();
    return one;
  });
}

void put_into_digest(pqxx::work& tx, const std::vector<Notification>& members,
                     const std::string& digest_key) {
  for (const auto& one : members) {
    tx.exec_params0(
        "UPDATE notifications SET state = 'digested', next_at = NULL, digest_key = $2 "
        "WHERE key = $1",
        one.key, digest_key);
  }
}

void send_alone(pqxx::work& tx, const std::string& key, Instant now) {
  tx.exec_params0(
      "UPDATE notifications SET state = 'pending', next_at = " + from_ms_sql(2) + " WHERE key = $1",
      key, to_ms(now));
}

}  // namespace monitron::store
