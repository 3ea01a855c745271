#include "report/scheduler.hpp"

#include "base/log.hpp"
#include "domain/daily.hpp"
#include "store/outbox.hpp"
#include "store/report_schedules.hpp"
#include "store/reports.hpp"

namespace monitron::report {
namespace {

void ask(pqxx::work& tx, const store::ReportSchedule& schedule, Instant now) {
  const auto run = domain::latest_daily_run(now, schedule.at, schedule.time_zone);
  if (!run) {
    log::warning("schedule.unreadable", run.error().text, {{"schedule_id", schedule.id.str()}});
    return;
  }
  // A schedule that was made or changed after that time begins with its next one.
  if (run->due < schedule.updated_at) return;
  contracts::ReportRequested report;
  report.report_id = ReportId::make();
  report.kind = schedule.kind;
  report.format = schedule.format;
  report.from = run->from;
  report.to = run->to;
  report.time_zone = schedule.time_zone;
  report.labels = schedule.filter;
  report.group_by = schedule.group_by;
  report.recipients = schedule.recipients;
  if (!store::add_due_run(tx, report, schedule.id, run->due)) return;
  store::kReportOutbox.append(tx, contracts::to_due_message(report));
  log::info("report.due", "a scheduled report is asked for",
            {{"schedule_id", schedule.id.str()}, {"report_id", report.report_id.str()}});
}

}  // namespace

Result<void> ask_for_due_reports(db::Pool& database, Instant now) {
  return database.transact([&](pqxx::work& tx) {
    for (const auto& schedule : store::enabled_report_schedules(tx)) ask(tx, schedule, now);
  });
}

Result<void> ask_again_for_stalled_reports(db::Pool& database) {
  return database.transact([](pqxx::work& tx) {
    for (const auto& report : store::stalled_runs(tx)) {
      auto message = contracts::to_due_message(report);
      message.message_id = store::again_id(report.report_id);
      store::kReportOutbox.append(tx, message);
      log::warning("report.asked_again", "a report was not made in time",
                   {{"report_id", report.report_id.str()}});
    }
  });
}

}  // namespace monitron::report
