#pragma once
// Drills (domain/drill.hpp): when they are due and who asked for one, written by api; how they
// went, written by the notifier. There is one at a time.

#include "base/ids.hpp"
#include "domain/drill.hpp"
#include "store/deliveries.hpp"
#include "store/page.hpp"
#include "store/tx.hpp"

namespace monitron::store {

struct DrillSchedule {
  std::string cron{};       // domain/cron.hpp
  std::string time_zone{};  // IANA name
  bool enabled = false;
  domain::DrillTimes times{};  // of drills on request, too
  int version = 1;
  Instant updated_at{};
};
DrillSchedule drill_schedule(pqxx::work& tx);
// Nothing: it has another version by now.
std::optional<DrillSchedule> update_drill_schedule(pqxx::work& tx, const DrillSchedule& schedule);

struct DrillRequest {
  Uuid id{};  // of the drill, once it is begun
  Instant requested_at{};
  std::string requested_by{};
};
// Nothing: one is under way, or waits already.
std::optional<DrillRequest> request_drill(pqxx::work& tx, const std::string& requested_by);
// The oldest that was not begun.
std::optional<DrillRequest> waiting_drill(pqxx::work& tx);

struct Drill {
  Uuid id{};
  Uuid alert_id{};                  // of its incident
  std::optional<Instant> due_at{};  // by the schedule
  std::string requested_by{};       // empty: the schedule
  domain::DrillState state{};       // by PostgreSQL's clock
};
// False: there is one with this id or for this time, or one that is under way.
bool begin_drill(pqxx::work& tx, const Drill& drill);
// The one without a verdict; until the transaction ends nobody else goes on with it.
std::optional<Drill> drill_under_way(pqxx::work& tx);
void put_drill(pqxx::work& tx, const Drill& drill);
// Those whose incident is open, though they are to be over.
std::vector<Uuid> drills_to_end(pqxx::work& tx);
// The latest time by the schedule for which there is one.
std::optional<Instant> last_drill_due(pqxx::work& tx);
std::optional<domain::DrillVerdict> last_drill_verdict(pqxx::work& tx);
Instant clock_of(pqxx::work& tx);     // PostgreSQL's
int drop_old_drills(pqxx::work& tx);  // more than 90 days, as the ledger: some, as drop_some()

// What the channels that were told of an incident were told: kind as Notification::kind.
struct ChannelWord {
  std::string kind{};
  std::string channel_name{};
  std::string state{};
  std::string detail{};
};
std::vector<ChannelWord> channel_words(pqxx::work& tx, const Uuid& incident);

// For reading: a drill and what it went through.
struct DrillReport : Drill {
  bool waits = false;  // asked for, and not begun yet
  std::optional<Uuid> incident_id{};
  std::optional<Instant> decided_at{};
  std::optional<Instant> resolved_at{};
  std::vector<Delivery> deliveries{};
};
// Newest first.
const Listing& drill_listing();
Page<DrillReport> list_drills(pqxx::work& tx, const PageQuery& query);
std::optional<DrillReport> find_drill(pqxx::work& tx, const Uuid& id);

}  // namespace monitron::store
