#include "report/maker.hpp"

#include "base/log.hpp"
#include "contracts/email_requested.hpp"
#include "report/csv.hpp"
#include "report/findings.hpp"
#include "report/pdf.hpp"
#include "series/reader.hpp"
#include "store/outbox.hpp"

namespace monitron::report {
namespace {

contracts::EmailRequested letter_of(const contracts::ReportRequested& report,
                                    const store::ReportFile& file, const std::string& period,
                                    const std::string& recipient) {
  contracts::EmailRequested letter;
  letter.delivery_key = "report." + report.report_id.str() + "." + recipient;
  letter.to = recipient;
  letter.subject = "Availability report, " + period;
  letter.text =
      "The availability report for " + period + " (" + report.time_zone + ") is attached.\n";
  letter.attachments = {{report.report_id.value, file.name, file.content_type}};
  return letter;
}

Result<std::string> period_of(const contracts::ReportRequested& report) {
  const auto frame = empty_findings(report.from, report.to, report.time_zone);
  if (!frame) return fail(frame.error());
  return frame->local(report.from) + " to " + frame->local(report.to);
}

CheckFindings look_at(pqxx::work& tx, const Findings& frame, const store::ReportedCheck& check) {
  const auto before = frame.from - 2 * std::chrono::seconds(check.interval_seconds);
  std::vector<domain::Observation> seen;
  for (const auto& one : series::read_values(tx, check.id, "probe_success", before, frame.to)) {
    seen.push_back({one.time, one.value == 1});
  }
  std::vector<double> seconds;
  for (const auto& one :
       series::read_values(tx, check.id, "probe_duration_seconds", frame.from, frame.to)) {
    seconds.push_back(one.value);
  }
  return check_findings(frame, check, seen, std::move(seconds));
}

}  // namespace

Maker::Maker(db::Pool& database, service::Metrics& metrics, const Clock& clock)
    : database_(database),
      clock_(clock),
      made_(metrics.counter("monitron_report_made_total", "Reports made.")),
      failed_(metrics.counter("monitron_report_failed_total", "Reports that cannot be made.")),
      seconds_(metrics.histogram("monitron_report_seconds", "Time to make a report.",
                                 {0.1, 0.5, 1, 5, 10, 60, 300})) {}

Result<void> Maker::take(const contracts::Message& message) {
  const auto report = contracts::decode_report_requested(message.body);
  if (!report) return fail(report.error());
  const auto begun =
      database_.transact([&](pqxx::work& tx) { return store::begin_run(tx, *report); });
  if (!begun) return fail(begun.error());
  if (!*begun) return {};
  const auto done = make(*report);
  if (done || is_transient(done.error().fault)) return done;
  failed_.add();
  log::error("report.failed", done.error().text, {{"report_id", report->report_id.str()}});
  // What went wrong inside is for the log; the reader is told what they can mend.
  const bool theirs = done.error().fault == Fault::invalid;
  return database_.transact([&](pqxx::work& tx) {
    store::fail_run(tx, report->report_id.value, theirs ? done.error().text : "internal error");
  });
}

Result<void> Maker::make(const contracts::ReportRequested& report) {
  const auto started = std::chrono::steady_clock::now();
  const auto file = file_of(report);
  if (!file) return fail(file.error());
  const auto period = period_of(report);
  if (!period) return fail(period.error());
  const auto stored = database_.transact([&](pqxx::work& tx) {
    if (!store::finish_run(tx, report.report_id.value, *file)) return;
    for (const auto& recipient : report.recipients) {
      store::kReportOutbox.append(
          tx, contracts::to_message(letter_of(report, *file, *period, recipient)));
    }
  });
  if (!stored) return stored;
  made_.add();
  seconds_.observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
  return {};
}

Result<store::ReportFile> Maker::file_of(const contracts::ReportRequested& report) {
  auto findings = empty_findings(report.from, report.to, report.time_zone);
  if (!findings) return fail(findings.error());
  const auto checks =
      database_.transact([&](pqxx::work& tx) { return store::reported_checks(tx, report.labels); });
  if (!checks) return fail(checks.error());
  // A transaction per check: a long report holds no snapshot for long.
  for (const auto& check : *checks) {
    auto found = database_.transact([&](pqxx::work& tx) { return look_at(tx, *findings, check); });
    if (!found) return fail(found.error());
    add(*findings, std::move(*found));
  }
  finish(*findings);
  const auto name = "availability-" + findings->local(report.from).substr(0, 10);
  if (report.format == "csv") {
    return store::ReportFile{name + ".csv", "text/csv; charset=utf-8", to_csv(*findings)};
  }
  return store::ReportFile{name + ".pdf", "application/pdf", to_pdf(*findings, clock_.now())};
}

}  // namespace monitron::report
