#include "store/silenced.hpp"

#include "store/row.hpp"

namespace monitron::store {

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
      "ON i.id = h.incident_id AND i.resolved_at IS NULL ORDER BY h.held_at LIMIT $1 "
      "FOR UPDATE OF h SKIP LOCKED",
      limit);
  return read_all<HeldLetter>(rows, [](const pqxx::row& row) {
    return HeldLetter{uuid_of(row["incident_id"]), row["content"].c_str()};
  });
}

}  // namespace monitron::store
