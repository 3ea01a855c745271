#pragma once
// The silences of several peers as those of one Alertmanager. Peers of a cluster share them; to
// those that share nothing each is told. All peers are asked at once, so that a call takes as long
// as the slowest of them may. Threads: any.

#include "alertmanager/client.hpp"

#include <vector>

namespace monitron::alertmanager {

// Copies of one silence on several peers become one: the same id, or, of peers that share nothing,
// the same in all but id and start (Alertmanager sets that to now when it is past). What is active
// first, then pending, then expired; those that end last first.
std::vector<Silence> merged(std::vector<Silence> silences);

class Silences {
 public:
  explicit Silences(std::vector<Client> peers) : peers_(std::move(peers)) {}

  // Of all that answer. A fault, that of the first, when none does.
  Result<std::vector<Silence>> list() const;
  // Its id at the first peer that took it. Well when a peer of the cluster took it, and each one
  // that is none of a cluster and answers.
  Result<std::string> add(const Silence& silence) const;
  // It, and its copies on peers that share nothing. Fault not_found: nobody knows it.
  Result<void> expire(const std::string& id) const;

 private:
  const std::vector<Client> peers_;
};

}  // namespace monitron::alertmanager
