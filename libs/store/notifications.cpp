#include "store/notifications.hpp"

#include "store/old_rows.hpp"
#include "store/row.hpp"

namespace monitron::store {
namespace {

std::string columns(const std::string& table) {
  std::string text;
  for (const char* name :
       {"key", "channel_id", "incident_id", "kind", "content", "send_resolved", "attempts"}) {
    text += table + "." + name + ", ";
  }
  return text + ms_of(table + ".created_at", "created_at");
}

void read_members(const pqxx::row& row, Notification& one) {
  one.key = row["key"].c_str();
  one.channel_id = uuid_of(row["channel_id"]);
  one.incident_id = optional_uuid_of(row["incident_id"]);
  one.kind = row["kind"].c_str();
  one.content = row["content"].c_str();
  one.send_resolved = row["send_resolved"].as<bool>();
  one.attempts = row["attempts"].as<int>();
  one.created_at = instant_of(row["created_at"]);
}

void insert(pqxx::work& tx, const Notification& one, const char* state, Instant due,
            const std::string& detail) {
  tx.exec_params0(
      "INSERT INTO notifications (key, channel_id, incident_id, kind, state, content, "
      "send_resolved, created_at, next_at, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, " +
          from_ms_sql(8) + ", " + from_ms_sql(9) + ", $10) ON CONFLICT DO NOTHING",
      one.key, one.channel_id.str(), text_or_null(one.incident_id), one.kind, state, one.content,
      one.send_resolved, to_ms(one.created_at), to_ms(due), detail);
}

}  // namespace

void add_notification(pqxx::work& tx, const Notification& one, bool into_digest, Instant due) {
  insert(tx, one, into_digest ? "waiting" : "pending", due, "");
}

void hold_notification(pqxx::work& tx, const Notification& one, Instant due,
                       const std::string& reason) {
  insert(tx, one, "held", due, reason);
}

void hold_waiting(pqxx::work& tx, const std::string& key, Instant due, const std::string& reason) {
  tx.exec_params0("UPDATE notifications SET state = 'held', detail = $3, next_at = " +
                      from_ms_sql(2) + " WHERE key = $1 AND state = 'waiting'",
                  key, to_ms(due), reason);
}

std::vector<Notification> due_held(pqxx::work& tx, Instant now, int limit) {
  const auto rows = tx.exec_params(
      "SELECT " + columns("n") + " FROM notifications n WHERE state = 'held' AND next_at <= " +
          from_ms_sql(1) + " ORDER BY next_at, id LIMIT $2 FOR UPDATE SKIP LOCKED",
      to_ms(now), limit);
  return read_all<Notification>(rows, [](const pqxx::row& row) {
    Notification one;
    read_members(row, one);
    return one;
  });
}

void hold_on(pqxx::work& tx, const std::string& key, Instant due) {
  tx.exec_params0(
      "UPDATE notifications SET next_at = " + from_ms_sql(2) + " WHERE key = $1 AND state = 'held'",
      key, to_ms(due));
}

void release_held(pqxx::work& tx, const std::string& key, Instant now, bool into_digest,
                  Instant due) {
  tx.exec_params0("UPDATE notifications SET state = $3, detail = '', next_at = " + from_ms_sql(2) +
                      ", created_at = " + from_ms_sql(4) + " WHERE key = $1 AND state = 'held'",
                  key, to_ms(due), into_digest ? "waiting" : "pending", to_ms(now));
}

void drop_held(pqxx::work& tx, const Uuid& incident) {
  tx.exec_params0(
      "UPDATE notifications SET state = 'suppressed', next_at = NULL, "
      "detail = detail || '; it ended before' WHERE incident_id = $1 AND state = 'held'",
      incident.str());
}

void drop_reminders(pqxx::work& tx, const Uuid& incident) {
  tx.exec_params0(
      "UPDATE notifications SET state = 'suppressed', next_at = NULL, "
      "detail = 'it ended before' WHERE incident_id = $1 AND kind = 'reminder' "
      "AND state IN ('waiting', 'pending')",
      incident.str());
}

void tell_end_before(pqxx::work& tx, const Notification& beginning, Instant now) {
  tx.exec_params0(
      "UPDATE notifications n SET state = 'pending', next_at = " + from_ms_sql(3) +
          " FROM incidents old, incidents mine WHERE mine.id = $2 AND old.alert_id = mine.alert_id "
          "AND old.id <> mine.id AND n.incident_id = old.id AND n.channel_id = $1 "
          "AND n.kind = 'resolved' AND n.state = 'waiting' AND NOT EXISTS (SELECT FROM "
          "notifications o WHERE o.incident_id = n.incident_id AND o.channel_id = n.channel_id "
          "AND o.kind = 'fired' AND o.state = 'waiting')",
      beginning.channel_id.str(), text_or_null(beginning.incident_id), to_ms(now));
}

ToldLately told_lately(pqxx::work& tx, const Uuid& channel, const std::string& kind,
                       Instant since) {
  const auto row = tx.exec_params1(
      "SELECT count(*) AS count, " + ms_of("min(created_at)", "first") +
          " FROM notifications WHERE channel_id = $1 AND created_at > " + from_ms_sql(2) +
          " AND state NOT IN ('waiting', 'held', 'suppressed') AND digest_key IS NULL AND kind = "
          "$3",
      channel.str(), to_ms(since), kind);
  ToldLately lately;
  lately.count = row["count"].as<int>();
  if (const auto first = optional_instant_of(row["first"])) lately.first = *first;
  return lately;
}

std::vector<ToldChannel> channels_told(pqxx::work& tx, const Uuid& incident) {
  const auto rows = tx.exec_params(
      "SELECT channel_id, state = 'waiting' AS waits FROM notifications "
      "WHERE incident_id = $1 AND kind = 'fired' AND send_resolved "
      "AND state NOT IN ('held', 'failed', 'suppressed') ORDER BY channel_id",
      incident.str());
  return read_all<ToldChannel>(rows, [](const pqxx::row& row) {
    return ToldChannel{uuid_of(row["channel_id"]), row["waits"].as<bool>()};
  });
}

void suppress_notifications(pqxx::work& tx, Instant now) {
  tx.exec_params0(
      "UPDATE notifications n SET state = 'suppressed', next_at = NULL, "
      "detail = 'the channel is gone or switched off' "
      "WHERE state IN ('waiting', 'pending') AND next_at <= " +
          from_ms_sql(1) +
          " AND NOT EXISTS (SELECT FROM channels c WHERE c.id = n.channel_id AND c.enabled)",
      to_ms(now));
  tx.exec_params0(
      "UPDATE notifications n SET state = 'suppressed', next_at = NULL, "
      "detail = 'the problem itself was not told' "
      "WHERE state IN ('waiting', 'pending') AND kind IN ('reminder', 'resolved') "
      "AND next_at <= " +
          from_ms_sql(1) +
          " AND EXISTS (SELECT FROM notifications f WHERE f.incident_id = n.incident_id "
          "AND f.channel_id = n.channel_id AND f.kind = 'fired' "
          "AND f.state IN ('failed', 'suppressed'))",
      to_ms(now));
  tx.exec_params0(
      "UPDATE notifications n SET state = 'suppressed', next_at = NULL, "
      "detail = 'it ended before' WHERE state IN ('waiting', 'pending') AND kind = 'reminder' "
      "AND next_at <= " +
          from_ms_sql(1) +
          " AND EXISTS (SELECT FROM incidents i WHERE i.id = n.incident_id "
          "AND i.resolved_at IS NOT NULL)",
      to_ms(now));
}

std::vector<DueNotification> claim_notifications(pqxx::work& tx, Instant now, Instant lease) {
  // Two that claim at once: the second one finds the row as the first one left it, and lets it be.
  const auto rows = tx.exec_params(
      "WITH due AS (SELECT one.key FROM channels c CROSS JOIN LATERAL (SELECT n.key "
      "FROM notifications n WHERE n.channel_id = c.id AND n.state IN ('pending', 'sending') "
      "AND n.next_at <= " +
          from_ms_sql(1) +
          " AND NOT EXISTS (SELECT FROM notifications o WHERE o.channel_id = n.channel_id "
          "AND o.incident_id = n.incident_id AND o.id < n.id "
          "AND o.state IN ('waiting', 'pending', 'sending')) "
          "AND NOT EXISTS (SELECT FROM notifications d JOIN notifications m "
          "ON m.digest_key = d.key AND m.incident_id = n.incident_id "
          "WHERE d.channel_id = n.channel_id AND d.kind = 'digest' AND d.id < n.id "
          "AND d.state IN ('pending', 'sending')) "
          "ORDER BY n.next_at, n.id LIMIT 1) one WHERE c.enabled AND NOT EXISTS (SELECT "
          "FROM notifications o WHERE o.channel_id = c.id AND o.state = 'sending' "
          "AND o.next_at > " +
          from_ms_sql(1) +
          ") LIMIT 200) "
          "UPDATE notifications n SET state = 'sending', attempts = attempts + 1, next_at = " +
          from_ms_sql(2) +
          " FROM due, channels c WHERE n.key = due.key AND c.id = n.channel_id AND c.enabled "
          "AND n.state IN ('pending', 'sending') AND n.next_at <= " +
          from_ms_sql(1) + " RETURNING " + columns("n") +
          ", c.kind AS channel_kind, c.name AS channel_name, c.target, c.secret",
      to_ms(now), to_ms(lease));
  return read_all<DueNotification>(rows, [](const pqxx::row& row) {
    DueNotification one;
    read_members(row, one);
    one.channel_kind = row["channel_kind"].c_str();
    one.channel_name = row["channel_name"].c_str();
    one.target = row["target"].c_str();
    one.secret = row["secret"].c_str();
    return one;
  });
}

void hand_over_notification(pqxx::work& tx, const std::string& key) {
  tx.exec_params0("UPDATE notifications SET next_at = NULL WHERE key = $1", key);
}

std::optional<EndedNotification> end_notification(pqxx::work& tx, const std::string& key, bool sent,
                                                  const std::string& detail) {
  const auto rows = tx.exec_params(
      "UPDATE notifications n SET state = $2, detail = $3, next_at = NULL WHERE key = $1 "
      "AND state IN ('pending', 'sending') RETURNING " +
          columns("n") +
          ", COALESCE((SELECT name FROM channels c WHERE c.id = n.channel_id), "
          "'(deleted)') AS channel_name",
      key, sent ? "sent" : "failed", detail);
  if (rows.empty()) return std::nullopt;
  EndedNotification ended;
  read_members(rows[0], ended.notification);
  ended.channel_name = rows[0]["channel_name"].c_str();
  const auto& one = ended.notification;
  if (one.incident_id) ended.told = {{*one.incident_id, one.kind}};
  if (one.kind != "digest") return ended;
  const auto members = tx.exec_params(
      "WITH ended AS (UPDATE notifications SET state = CASE WHEN $2 THEN state ELSE 'failed' END "
      "WHERE digest_key = $1 RETURNING id, incident_id, kind) "
      "SELECT incident_id, kind FROM ended ORDER BY id",
      key, sent);
  for (const auto& row : members) {
    ended.told.push_back({uuid_of(row["incident_id"]), row["kind"].c_str()});
  }
  return ended;
}

void retry_notification(pqxx::work& tx, const std::string& key, Instant at,
                        const std::string& detail) {
  tx.exec_params0("UPDATE notifications SET state = 'pending', detail = $2, next_at = " +
                      from_ms_sql(3) + " WHERE key = $1 AND state = 'sending'",
                  key, detail, to_ms(at));
}

void pause_channel(pqxx::work& tx, const Uuid& channel, Instant until) {
  tx.exec_params0("UPDATE notifications SET next_at = GREATEST(next_at, " + from_ms_sql(2) +
                      ") WHERE channel_id = $1 AND state = 'pending'",
                  channel.str(), to_ms(until));
}

std::vector<LastWord> last_words(pqxx::work& tx, const std::map<Uuid, std::chrono::seconds>& pauses,
                                 const std::vector<Uuid>& left_out, Instant now, int limit) {
  if (pauses.empty()) return {};
  std::vector<Uuid> channels;
  std::string seconds;
  for (const auto& [channel, pause] : pauses) {
    channels.push_back(channel);
    seconds += (seconds.empty() ? "" : ",") + std::to_string(pause.count());
  }
  const auto rows = tx.exec_params(
      "SELECT f.channel_id, f.incident_id, f.content, said.reminders, " + ms_of("said.at", "at") +
          " FROM unnest($1::uuid[], $2::bigint[]) AS p (channel_id, seconds) "
          "JOIN notifications f ON f.channel_id = p.channel_id "
          "JOIN incidents i ON i.id = f.incident_id "
          "CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE r.kind = 'reminder') AS reminders, "
          "max(r.created_at) AS at FROM notifications r WHERE r.incident_id = f.incident_id "
          "AND r.channel_id = f.channel_id) said "
          "WHERE f.kind = 'fired' AND f.state IN ('sent', 'digested') AND i.resolved_at IS NULL "
          "AND f.incident_id <> ALL ($3::uuid[]) AND said.at + make_interval(secs => p.seconds) "
          "<= " +
          from_ms_sql(4) + " ORDER BY said.at LIMIT $5",
      array_of(channels), "{" + seconds + "}", array_of(left_out), to_ms(now), limit);
  return read_all<LastWord>(rows, [](const pqxx::row& row) {
    return LastWord{uuid_of(row["channel_id"]), uuid_of(row["incident_id"]), row["content"].c_str(),
                    row["reminders"].as<int>(), instant_of(row["at"])};
  });
}

std::vector<ChannelTest> new_channel_tests(pqxx::work& tx) {
  const auto rows = tx.exec(
      "SELECT t.id, t.channel_id, c.name FROM channel_tests t JOIN channels c "
      "ON c.id = t.channel_id WHERE t.at > now() - interval '10 min' AND NOT EXISTS "
      "(SELECT FROM notifications n WHERE n.key = t.channel_id || '.test.' || t.id) "
      "ORDER BY t.at LIMIT 100");
  return read_all<ChannelTest>(rows, [](const pqxx::row& row) {
    return ChannelTest{uuid_of(row["id"]), uuid_of(row["channel_id"]), row["name"].c_str()};
  });
}

std::map<Uuid, LastNotification> last_notifications(pqxx::work& tx,
                                                    const std::vector<Uuid>& channels) {
  std::map<Uuid, LastNotification> all;
  if (channels.empty()) return all;
  const auto rows = tx.exec_params(
      "SELECT c.id AS channel_id, n.kind, n.state, n.detail, " + ms_of("n.created_at", "at") +
          " FROM unnest($1::uuid[]) AS c (id) CROSS JOIN LATERAL (SELECT kind, state, detail, "
          "created_at FROM notifications WHERE channel_id = c.id "
          "ORDER BY created_at DESC, id DESC LIMIT 1) n",
      array_of(channels));
  for (const auto& row : rows) {
    all[uuid_of(row["channel_id"])] = {row["kind"].c_str(), row["state"].c_str(),
                                       row["detail"].c_str(), instant_of(row["at"])};
  }
  return all;
}

int drop_old_notifications(pqxx::work& tx) {
  return drop_some(tx, "notifications", "created_at < now() - interval '90 days'");
}

void give_up_lost_letters(pqxx::work& tx) {
  tx.exec0(
      "UPDATE notifications SET state = 'failed', detail = 'nothing was heard of it for a day' "
      "WHERE state = 'sending' AND next_at IS NULL AND created_at < now() - interval '30 hours'");
}

}  // namespace monitron::store
