#pragma once
// What a location's scheduler reads and keeps: definitions with the states they are in, in pages or
// those alone that have changed since the last look; and how far the schedule is sent.

#include "store/checks.hpp"

#include <span>

namespace monitron::store {

struct ScheduledCheck {
  Check check;
  std::string status;  // hard: up, down, unknown
  std::string last_status;
  Instant slot{};  // of the latest result; 1970: none
};

// Of the next `limit` checks after an id those that are enabled and run from `location`.
struct SchedulePage {
  std::vector<ScheduledCheck> rows;
  std::optional<Uuid> last;  // the page's end; absent: there are no more
};
SchedulePage scheduled_checks(pqxx::work& tx, const std::string& location, const Uuid& after,
                              int limit);
// Those of `ids`; the others are not to run.
std::vector<ScheduledCheck> scheduled_checks(pqxx::work& tx, const std::string& location,
                                             std::span<const Uuid> ids);

// Checks whose definition or state was changed, or that were deleted, by transactions that had not
// ended when `since` was taken: none is missed and none is told twice, in whatever order they end.
struct CheckChanges {
  std::string snapshot;   // for the next look
  bool all = false;       // too many, or another server: read all
  std::vector<Uuid> ids;  // each once
};
inline constexpr int kMostChanges = 20'000;
std::string check_snapshot(pqxx::work& tx);
CheckChanges check_changes(pqxx::work& tx, const std::string& since);
// Deletes the oldest of what is older than an hour, so far back nobody looks: as much as one
// statement can do in time. False: that was all.
inline constexpr int kPrunedAtOnce = 10'000;
bool prune_check_changes(pqxx::work& tx);

// Before this all slots of the location are sent, or told as missed.
std::optional<Instant> schedule_sent_until(pqxx::work& tx, const std::string& location);
void note_schedule_sent(pqxx::work& tx, const std::string& location, Instant until);

}  // namespace monitron::store
