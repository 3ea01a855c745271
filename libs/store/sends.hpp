#pragma once
// What peers of Alertmanager sent and could not send, by integration (slack, email …). Written by
// the notifier alone. Peers count for themselves, from 0 at each start, and do not say of which
// alerts.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "store/tx.hpp"

#include <string>
#include <vector>

namespace monitron::store {

struct CountedSends {
  std::string integration{};
  double tried = 0;
  double failed = 0;
};

// Of one peer and integration, between two looks.
struct FailedSends {
  std::string integration{};
  double count = 0;
  Instant since{};  // the look before
};
// What has failed since it was noted before; of a peer that was not known, nothing.
std::vector<FailedSends> note_sends(pqxx::work& tx, const std::string& peer,
                                    const std::vector<CountedSends>& counted);

// Notes as failed, in the ledger, what this peer took within the last 15 minutes: so long it may
// wait for its group, and try. The incidents of which that was not noted before; a thousand at
// most.
std::vector<Uuid> note_unsent(pqxx::work& tx, const std::string& peer, const FailedSends& failed);

struct Sending {
  std::string integration{};
  bool failing = false;
  bool operator==(const Sending&) const = default;
};
// Of integrations that ever failed: whether they do, at some peer. Until something is sent and ten
// minutes have passed; where nothing is sent at all, for six hours.
std::vector<Sending> sending(pqxx::work& tx);

}  // namespace monitron::store
