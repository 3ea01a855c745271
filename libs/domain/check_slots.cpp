#include "domain/check_slots.hpp"

namespace monitron::domain {

std::uint64_t stable_hash(const Uuid& id) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const std::uint8_t byte : id.bytes) {
    hash ^= byte;
    hash *= 1099511628211ULL;
  }
  // FNV's low bits of near-equal ids are close together; fold the high half in.
  return hash ^ (hash >> 32U);
}

std::chrono::milliseconds phase_of(const CheckId& id, std::chrono::seconds interval) {
  const auto span = static_cast<std::uint64_t>(std::chrono::milliseconds(interval).count());
  return std::chrono::milliseconds(stable_hash(id.value) % span);
}

std::optional<Instant> slot_in_second(const CheckId& id, std::chrono::seconds interval,
                                      Instant begin) {
  const std::int64_t span = std::chrono::milliseconds(interval).count();
  const std::int64_t phase = phase_of(id, interval).count();
  const std::int64_t from = to_ms(begin);
  const std::int64_t into = ((from - phase) % span + span) % span;
  const std::int64_t slot = into == 0 ? from : from + span - into;
  if (slot >= from + 1000) return std::nullopt;
  return from_ms(slot);
}

}  // namespace monitron::domain
