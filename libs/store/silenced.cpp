#include "store/silenced.hpp"

#include "store/row.hpp"

namespace monitron::store {
namespace {

WantedSilence wanted_silence(const pqxx::row& row) {
  return {.id = uuid_of(row["id"]),
          .wanted = row["wanted"].c_str(),
          .ends_at = instant_of(row["ends_at"]),
          .ended = row["ended"].as<bool>(),
          .version = row["version"].as<int>(),
          .copies = row["copies"].c_str()};
}

std::string select_silences() {
  return "SELECT id, wanted, " + ms_of("ends_at") + ", ended, version, copies FROM silences ";
}

}  // namespace

void put_silence(pqxx::work& tx, const WantedSilence& silence) {
  tx.exec_params0(
      "INSERT INTO silences (id, wanted, ends_at, ended, version, copies) VALUES ($1, "
      "$2, " +
          from_ms_sql(3) +
          ", $4, $5, $6) ON CONFLICT (id) DO UPDATE SET "
          "wanted = excluded.wanted, ends_at = excluded.ends_at, ended = excluded.ended, "
          "version = excluded.version, copies = silences.copies || excluded.copies",
      silence.id.str(), silence.wanted, to_ms(silence.ends_at), silence.ended, silence.version,
      silence.copies);
}

void put_copies(pqxx::work& tx, const Uuid& id, const std::string& copies) {
  tx.exec_params0("UPDATE silences SET copies = copies || $2 WHERE id = $1", id.str(), copies);
}

std::optional<WantedSilence> silence_with_copy(pqxx::work& tx, const std::string& id) {
  const auto rows = tx.exec_params(select_silences() +
                                       "WHERE EXISTS (SELECT FROM jsonb_each(copies) c "
                                       "WHERE c.value->>'id' = $1) LIMIT 1",
                                   id);
  if (rows.empty()) return std::nullopt;
  return wanted_silence(rows[0]);
}

std::vector<WantedSilence> wanted_silences(pqxx::work& tx, Instant now) {
  return read_all<WantedSilence>(
      tx.exec_params(select_silences() + "WHERE ends_at > " + from_ms_sql(1) + " ORDER BY id",
                     to_ms(now)),
      wanted_silence);
}

void drop_old_silences(pqxx::work& tx, Instant now) {
  tx.exec_params0("DELETE FROM silences WHERE ends_at <= " + from_ms_sql(1), to_ms(now));
}

void put_peers(pqxx::work& tx, const std::vector<PeerState>& peers) {
  std::vector<std::string> urls;
  urls.reserve(peers.size());
  for (const auto& peer : peers) {
    urls.push_back(peer.url);
    tx.exec_params0(
        "INSERT INTO alertmanager_peers (url, answers, since, checked_at) VALUES ($1, $2, " +
            from_ms_sql(3) + ", " + from_ms_sql(3) +
            ") ON CONFLICT (url) DO UPDATE SET answers = excluded.answers, "
            "since = CASE WHEN alertmanager_peers.answers = excluded.answers "
            "THEN alertmanager_peers.since ELSE excluded.since END, "
            "checked_at = excluded.checked_at",
        peer.url, peer.answers, to_ms(peer.checked_at));
  }
  tx.exec_params0(
      "DELETE FROM alertmanager_peers WHERE url NOT IN "
      "(SELECT jsonb_array_elements_text($1::jsonb))",
      json_of(urls));
}

std::vector<PeerState> peer_states(pqxx::work& tx) {
  return read_all<PeerState>(tx.exec("SELECT url, answers, " + ms_of("since") + ", " +
                                     ms_of("checked_at") + " FROM alertmanager_peers ORDER BY url"),
                             [](const pqxx::row& row) {
                               return PeerState{row["url"].c_str(), row["answers"].as<bool>(),
                                                instant_of(row["since"]),
                                                instant_of(row["checked_at"])};
                             });
}

void put_known_silences(pqxx::work& tx, const std::string& silences) {
  tx.exec_params0(
      "INSERT INTO known_silences (silences) VALUES ($1::jsonb) ON CONFLICT (one) "
      "DO UPDATE SET silences = excluded.silences "
      "WHERE known_silences.silences <> excluded.silences",
      silences);
}

std::string known_silences(pqxx::work& tx) {
  const auto rows = tx.exec("SELECT silences FROM known_silences");
  return rows.empty() ? "[]" : rows[0][0].c_str();
}

void tell_silences_changed(pqxx::work& tx) { tx.exec("NOTIFY silences_changed"); }

void hold_letter(pqxx::work& tx, const HeldLetter& letter) {
  tx.exec_params0(
      "INSERT INTO held_letters (incident_id, content) SELECT id, $2 FROM incidents "
      "WHERE id = $1 ON CONFLICT DO NOTHING",
      letter.incident_id.str(), letter.content);
}

bool drop_held_letter(pqxx::work& tx, const Uuid& incident) {
  return tx.exec_params("DELETE FROM held_letters WHERE incident_id = $1", incident.str())
             .affected_rows() > 0;
}

std::vector<HeldLetter> held_letters(pqxx::work& tx, int limit) {
  const auto rows = tx.exec_params(
      "SELECT h.incident_id, h.content FROM held_letters h JOIN incidents i "
      "ON i.id = h.incident_id AND i.resolved_at IS NULL ORDER BY h.held_at LIMIT $1",
      limit);
  return read_all<HeldLetter>(rows, [](const pqxx::row& row) {
    return HeldLetter{uuid_of(row["incident_id"]), row["content"].c_str()};
  });
}

}  // namespace monitron::store
