#pragma once
// What became of every slot of a check at one location: it has a result, or somebody said why it
// was missed, or it is unexplained. Pure.

#include "domain/check_result.hpp"

#include <span>

namespace monitron::domain {

// The slots of a definition in [from, to).
std::int64_t slots_between(const CheckId& id, std::chrono::seconds interval, Instant from,
                           Instant to);

struct SlotAccount {
  struct Missed {
    MissedSlots slots;  // from the first to the last slot that has no result
    std::int64_t count = 0;
  };
  std::int64_t expected = 0;  // results + missed + unexplained
  std::int64_t results = 0;
  std::int64_t unexplained = 0;
  std::vector<Missed> missed;
};

// `results`: slots that have one, sorted. `missed`: of this check and location, or of all checks of
// it; where they overlap, what begins first counts, and of one check before what is of all.
SlotAccount account_slots(const CheckId& id, std::chrono::seconds interval, Instant from,
                          Instant to, std::span<const Instant> results,
                          std::vector<MissedSlots> missed);

}  // namespace monitron::domain
