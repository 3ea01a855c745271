#pragma once
// The silences of several peers as those of one Alertmanager. Peers of a cluster share them; to
// those that share nothing each is told. All peers are asked at once, so that a call takes as long
// as the slowest of them may. Threads: any.

#include "alertmanager/client.hpp"

#include <map>
#include <optional>
#include <vector>

namespace monitron::alertmanager {

// Copies of one silence on several peers become one: the same id, or, of peers that share nothing,
// the same in all but id and start (Alertmanager sets that to now when it is past). What is active
// first, then pending, then expired; those that end last first.
std::vector<Silence> merged(std::vector<Silence> silences);

// What one peer says of itself.
struct PeerAnswer {
  Result<std::vector<Silence>> silences{std::vector<Silence>()};
  bool clustered = false;  // shares them with other peers; only of one that answers
};

// Of all that answer. A fault, that of the first, when none does.
Result<std::vector<Silence>> all_of(const std::vector<PeerAnswer>& answers);

// A silence as it is wanted at every peer, also at one that was away when it was made, changed or
// ended, and one that lost it.
struct WantedSilence {
  struct Copy {
    std::string id{};   // there
    int version = 0;    // that it was told
    bool over = false;  // somebody ended it there, and not here: that holds
    bool operator==(const Copy&) const = default;
  };
  using Copies = std::map<std::string, Copy>;  // by the peer's address; a cluster has one

  Silence silence{};
  bool ended = false;  // before its time
  int version = 1;     // grows with each change
  Copies copies{};
};

// One that is there already, found by its id at any peer, with the copies of it; null: nobody that
// answers knows it.
std::optional<WantedSilence> found(const std::vector<Client>& peers,
                                   const std::vector<PeerAnswer>& answers, const std::string& id);

// The id of one that is there already and does what `wanted` is to do: says the same, and has begun
// no later than it would.
std::optional<std::string> told_already(const std::vector<PeerAnswer>& answers,
                                        const Silence& wanted, Instant now);

// As they are stored. What cannot be read is no copy.
std::string text_of(const WantedSilence::Copies& copies);
WantedSilence::Copies read_copies(std::string_view text);

class Silences {
 public:
  explicit Silences(std::vector<Client> peers) : peers_(std::move(peers)) {}

  const std::vector<Client>& peers() const { return peers_; }
  // Of each peer, in their order.
  std::vector<PeerAnswer> ask() const;

  struct Settled {
    std::string id{};                   // at the first peer that has it
    WantedSilence::Copies told{};       // new ones, and those that changed
    std::vector<std::string> missed{};  // names of peers that could not be told
    std::optional<Error> trouble{};     // of the first of them
  };
  // Tells those that do not have it as it is wanted. One peer of a cluster tells the others. What
  // one peer does not accept (fault invalid) is told to no other.
  Settled settle(const WantedSilence& wanted, const std::vector<PeerAnswer>& answers) const;

 private:
  const std::vector<Client> peers_;
};

}  // namespace monitron::alertmanager
