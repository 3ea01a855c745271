#pragma once
// The ring of staging tables, as who compacts it sees it: writers fill the current one, the others
// are closed, become chunks and are emptied. Private to this room.

#include "series/fence.hpp"
#include "series/session.hpp"

#include <array>
#include <chrono>
#include <limits>
#include <optional>

namespace monitron::series {

struct Slot {
  int number = 0;
  std::int32_t compacted_through = 0;  // sources up to here are in chunks
  bool compacted = false;              // all of it is,
  std::string compacted_at{};          // since then
  bool has_rows = false;
  std::int64_t bytes = 0;  // with its index
  std::chrono::milliseconds age{};
  std::chrono::milliseconds rested{};  // since it was compacted
  std::string table() const { return "staging_" + std::to_string(number); }
  bool is_clean() const { return !has_rows && !compacted && compacted_through == 0; }
  bool is_waiting() const { return has_rows && !compacted; }
};

struct Ring {
  int current = 0;
  std::array<Slot, 4> slots{};
  std::string read_at{};  // all of this is known to transactions that begin later
  const Slot& next() const { return slots.at(static_cast<std::size_t>(current + 1) % 4); }
  const Slot& filled() const { return slots.at(static_cast<std::size_t>(current)); }
  // The closed slot whose rows came first and are not all in chunks.
  std::optional<Slot> oldest_waiting() const;
};

Result<Ring> read_ring(Session& session);

// What is known of a slot that is compacted and waits for being emptied.
struct Resting {
  std::string compacted_at{};
  std::string known_at{};  // transactions that begin later know it
  std::string users{};     // transactions that were in the way of emptying it
  void note(const Ring& ring, const Slot& slot);
};

struct TurnLimits {
  std::chrono::milliseconds age{};
  std::int64_t bytes = 0;
};
// In a transaction of its own. Writers go on with the next slot, if it is clean and the current one
// has rows and is over one of the limits; none of them is in the middle of writing to the closed
// one, so that it stays as it is and all of it came before what the next one gets. Writers wait for
// it no longer than for each other. Later: the next one is not clean yet, or a writer takes long.
enum class Turn { turned, not_due, later };
Result<Turn> turn_ring(Session& session, const Fence& fence, const TurnLimits& limits);

// Late in a transaction that has put the sources after `slot.compacted_through`, up to `through`,
// into chunks; kAllSources: that was all. Fault: conflict, when somebody else has marked it.
inline constexpr std::int32_t kAllSources = std::numeric_limits<std::int32_t>::max();
Result<void> mark_compacted(Session& session, const Slot& slot, std::int32_t through);

// In a transaction of its own. False while somebody may still look at it as it was before it was
// compacted, or uses the table just now; then it is not tried again before all these have ended.
Result<bool> empty_slot(Session& session, const Fence& fence, const Slot& slot, Resting& resting);

// Who is in its way, for people: of several the one that began first; empty if it cannot be seen.
Result<std::string> who_holds(Session& session, const Slot& slot, const Resting& resting);

}  // namespace monitron::series
