#pragma once
// Asks for the reports whose time has come. However many replicas look, a schedule has one run per
// due time: the database sees to it. After an outage only the latest missed run is made.

#include "base/clock.hpp"
#include "db/pool.hpp"

namespace monitron::report {

// Threads: workers. Faults: of the database.
Result<void> ask_for_due_reports(db::Pool& database, Instant now);

// Asks again for what was asked for and never made. Threads: workers. Faults: of the database.
Result<void> ask_again_for_stalled_reports(db::Pool& database);

}  // namespace monitron::report
