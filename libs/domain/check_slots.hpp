#pragma once
// When a check is due. Its slots are phase + n × interval on the wall clock's line since 1970, with
// phase = hash(id) mod interval: spread evenly, the same after a restart and on every machine, and
// without drift.

#include "domain/check.hpp"

#include <cstdint>

namespace monitron::domain {

// FNV-1a over the id's bytes: stable between versions, unlike std::hash.
std::uint64_t stable_hash(const Uuid& id);

std::chrono::milliseconds phase_of(const CheckId& id, std::chrono::seconds interval);

// The one slot in [begin, begin + 1 s), if any.
std::optional<Instant> slot_in_second(const CheckId& id, std::chrono::seconds interval,
                                      Instant begin);

}  // namespace monitron::domain
