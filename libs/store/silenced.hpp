#pragma once
// What silences keep from people.

#include "base/ids.hpp"
#include "store/tx.hpp"

#include <string>
#include <vector>

namespace monitron::store {

// One was made or ended: whoever holds alerts back looks again (NOTIFY silences_changed).
void tell_silences_changed(pqxx::work& tx);

// An alert whose letters are held back. Written by the notifier alone.
struct HeldLetter {
  Uuid incident_id{};
  std::string content{};  // JSON of alert.changed
};

void hold_letter(pqxx::work& tx, const HeldLetter& letter);
// Whether it was held.
bool drop_held_letter(pqxx::work& tx, const Uuid& incident);
// Of what still goes on, those that nobody else is at, oldest first. Those of what is over are
// dropped when their end is told.
std::vector<HeldLetter> held_letters(pqxx::work& tx, int limit);

}  // namespace monitron::store
