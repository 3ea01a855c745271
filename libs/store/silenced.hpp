#pragma once
// What silences keep from people.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "store/tx.hpp"

#include <optional>
#include <string>
#include <vector>

namespace monitron::store {

// One was made or ended: whoever holds alerts back looks again (NOTIFY silences_changed).
void tell_silences_changed(pqxx::work& tx);

// One that was made or changed here, as it is wanted at each peer. What the texts hold is the
// business of who writes them.
struct WantedSilence {
  Uuid id{};
  std::string wanted{};  // JSON
  Instant ends_at{};
  bool ended = false;
  int version = 1;
  std::string copies{};  // JSON object, by peer
};

void put_silence(pqxx::work& tx, const WantedSilence& silence);
// What peers were told of it; other peers' copies stay.
void put_copies(pqxx::work& tx, const Uuid& id, const std::string& copies);
// By the id of one of its copies.
std::optional<WantedSilence> silence_with_copy(pqxx::work& tx, const std::string& id);
// Those of which the time is not over, also when they were ended.
std::vector<WantedSilence> wanted_silences(pqxx::work& tx, Instant now);
void drop_old_silences(pqxx::work& tx, Instant now);

// A peer of Alertmanager, as the notifier that decides sees it.
struct PeerState {
  std::string url{};
  bool answers = true;
  Instant since{};
  Instant checked_at{};
};

// These are all.
void put_peers(pqxx::work& tx, const std::vector<PeerState>& peers);
// In the order of their addresses. `since` is that of the state.
std::vector<PeerState> peer_states(pqxx::work& tx);
// What all peers silence, as JSON; kept while none of them answers.
void put_known_silences(pqxx::work& tx, const std::string& silences);
std::string known_silences(pqxx::work& tx);

// An alert whose letters are held back. Written by the notifier alone.
struct HeldLetter {
  Uuid incident_id{};
  std::string content{};  // JSON of alert.changed
};

void hold_letter(pqxx::work& tx, const HeldLetter& letter);
// Whether it was held.
bool drop_held_letter(pqxx::work& tx, const Uuid& incident);
// Of what still goes on, oldest first. Those of what is over are dropped when their end is told.
std::vector<HeldLetter> held_letters(pqxx::work& tx, int limit);

}  // namespace monitron::store
