#pragma once
// Runs of reports and their files. Written by the report service alone.

#include "contracts/report_requested.hpp"
#include "store/page.hpp"
#include "store/report_views.hpp"
#include "store/tx.hpp"

namespace monitron::store {

// The run of a schedule; false when there is one for this time already.
bool add_due_run(pqxx::work& tx, const contracts::ReportRequested& report, const Uuid& schedule,
                 Instant due);
// Takes up a run, made if need be; false when it is finished already.
bool begin_run(pqxx::work& tx, const contracts::ReportRequested& report);
// Checks that it has read, of all.
void note_progress(pqxx::work& tx, const Uuid& run, std::int64_t checks, std::int64_t all);
// With its file; false when somebody else has finished it.
bool finish_run(pqxx::work& tx, const Uuid& run, const ReportFile& file);
void fail_run(pqxx::work& tx, const Uuid& run, const std::string& error);
// What should have been made half an hour ago and is not: its message was set aside, because the
// database was away for longer than messages are tried. Each is found once a day, for a week, when
// it is put into the outbox again as `again_id`.
std::vector<contracts::ReportRequested> stalled_runs(pqxx::work& tx);
std::string again_id(const ReportId& run);
void drop_old_runs(pqxx::work& tx);  // of more than a year ago

// What availability reports are about: checks that have the labels, by themselves or through their
// instance.
struct ReportedCheck {
  Uuid id{};
  std::string name{};
  std::string kind{};
  std::string target{};
  std::string instance{};  // its host name, or empty
  int interval_seconds = 60;
  std::vector<std::string> locations{"default"};
  int quorum = 1;   // locations that must see it down
  Labels labels{};  // as its alerts have them
};
std::vector<ReportedCheck> reported_checks(pqxx::work& tx, const Labels& labels);

}  // namespace monitron::store
