#pragma once
// Which body came with which Idempotency-Key lately. The ledger of the writer knows a push by its
// key alone, so a second body under one key would be dropped after its sender was told "accepted".
// What this replica does not know (seen by another one, before a restart, or too long ago) is still
// stored once and counted as a duplicate. Bounded: two generations, the older one is forgotten when
// the younger is full or twelve hours old. Threads: any.

#include "base/clock.hpp"

#include <array>
#include <map>
#include <mutex>
#include <string_view>

namespace monitron::ingest {

class PushKeys {
 public:
  using Key = std::array<std::uint8_t, 16>;  // caller, server and key, hashed: contracts::BatchId

  explicit PushKeys(const Clock& clock, std::size_t per_generation = 100'000)
      : clock_(clock), per_generation_(per_generation) {}

  // False: the key was used with another body. A key that is not known is remembered with this one.
  // `parameters` are what else says what the body means.
  bool belongs(const Key& key, std::string_view parameters, std::string_view body);
  std::size_t size() const;

 private:
  using BodyHash = std::array<std::uint8_t, 16>;
  using Generation = std::map<Key, BodyHash>;
  void turn();

  const Clock& clock_;
  const std::size_t per_generation_;
  mutable std::mutex mutex_;  // guards what follows
  Generation younger_, older_;
  SteadyInstant began_{};  // the younger one
};

}  // namespace monitron::ingest
