#include "report/maker.hpp"

#include "base/log.hpp"
#include "contracts/topology.hpp"
#include "domain/alert_labels.hpp"
#include "domain/check_verdict.hpp"
#include "domain/maintenance.hpp"
#include "report/csv.hpp"
#include "report/letters.hpp"
#include "report/pdf.hpp"
#include "series/reader.hpp"
#include "store/maintenance_windows.hpp"
#include "store/outbox.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace monitron::report {
namespace {

using Json = nlohmann::json;

// Results of a check that one transaction reads: little memory, and no snapshot is held for long.
constexpr int kResultsAtOnce = 50'000;
constexpr std::chrono::seconds kTellEvery{1};

// A ping lasts as long as the pauses between its packets: its response time is the mean round trip.
std::vector<series::TimeValue> response_times(pqxx::work& tx, const store::ReportedCheck& check,
                                              Instant from, Instant to, Json labels) {
  if (check.kind != "icmp") {
    return series::read_values(tx, check.id, "probe_duration_seconds", from, to, labels.dump());
  }
  labels["stat"] = "avg";
  return series::read_values(tx, check.id, "probe_icmp_rtt_seconds", from, to, labels.dump());
}

// What was found at one time, at each location. Response times count where the check succeeded: how
// long a failure took says nothing of use.
struct Slot {
  std::vector<domain::CheckStatus> seen;
  std::vector<double> took;
};
using Slots = std::map<Instant, Slot>;

void read(pqxx::work& tx, const store::ReportedCheck& check, Instant from, Instant to,
          const Json& labels, Slots& slots) {
  const auto seconds = response_times(tx, check, from, to, labels);
  auto took = seconds.begin();
  for (const auto& one :
       series::read_values(tx, check.id, "probe_success", from, to, labels.dump())) {
    const bool up = one.value == 1;
    auto& slot = slots[one.time];
    slot.seen.push_back(up ? domain::CheckStatus::up : domain::CheckStatus::down);
    while (took != seconds.end() && took->time < one.time) ++took;
    if (up && took != seconds.end() && took->time == one.time) slot.took.push_back(took->value);
  }
}

void read(pqxx::work& tx, CheckNotes& notes, const store::ReportedCheck& check, Instant from,
          Instant to) {
  Slots slots;
  const auto locations = static_cast<int>(check.locations.size());
  if (locations == 1) {
    read(tx, check, from, to, Json::object(), slots);
  } else {
    for (const auto& location : check.locations) {
      read(tx, check, from, to, {{domain::kLocationLabel, location}}, slots);
    }
  }
  auto verdict = domain::CheckStatus::unknown;
  for (const auto& [time, slot] : slots) {
    verdict = domain::verdict_of(slot.seen, locations, check.quorum, verdict);
    if (verdict == domain::CheckStatus::unknown) continue;
    notes.saw(time, verdict == domain::CheckStatus::up);
    if (verdict != domain::CheckStatus::up) continue;
    for (const auto took : slot.took) notes.took(time, took);
  }
}

// Windows as they were in force then: what was changed or deleted since does not count otherwise.
domain::MaintenancePlan maintenance_of(pqxx::work& tx, Instant from, Instant to) {
  const auto rows = store::windows_outside_sla(tx, from, to);
  return domain::MaintenancePlan(std::vector<domain::MaintenanceWindow>(rows.begin(), rows.end()));
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
  if (done) return done;
  const auto& error = done.error();
  // What went wrong inside is for the log; the reader is told what they can mend.
  if (error.fault == Fault::invalid) return note_failure(*report, error, error.text);
  if (!is_transient(error.fault)) return note_failure(*report, error, "internal error");
  const bool last = message.attempt > static_cast<int>(contracts::retry_steps().size());
  if (!last) return done;
  return note_failure(*report, error, "the database was away or too slow, several times");
}

Result<void> Maker::note_failure(const contracts::ReportRequested& report, const Error& error,
                                 const std::string& reason) {
  log::error("report.failed", error.text, {{"report_id", report.report_id.str()}});
  const auto noted = database_.transact(
      [&](pqxx::work& tx) { store::fail_run(tx, report.report_id.value, reason); });
  if (noted) failed_.add();
  return noted;
}

Result<void> Maker::make(const contracts::ReportRequested& report) {
  const auto started = std::chrono::steady_clock::now();
  const auto findings = gather(report);
  if (!findings) return fail(findings.error());
  const auto file = file_of(*findings, report.format);
  const auto letters = letters_of(report, *findings, file);
  const auto stored = database_.transact([&](pqxx::work& tx) {
    if (!store::finish_run(tx, report.report_id.value, file)) return;
    for (const auto& letter : letters) {
      store::kReportOutbox.append(tx, contracts::to_message(letter));
    }
  });
  if (!stored) return stored;
  made_.add();
  seconds_.observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
  return {};
}

// For who looks at it: nothing depends on it.
void Maker::note_progress(const contracts::ReportRequested& report, std::size_t checks,
                          std::size_t all) {
  (void)database_.transact([&](pqxx::work& tx) {
    store::note_progress(tx, report.report_id.value, static_cast<std::int64_t>(checks),
                         static_cast<std::int64_t>(all));
  });
}

Result<Findings> Maker::gather(const contracts::ReportRequested& report) {
  auto findings = empty_findings(report.from, report.to, report.time_zone);
  if (!findings) return findings;
  findings->group_by = report.group_by;
  const auto checks =
      database_.transact([&](pqxx::work& tx) { return store::reported_checks(tx, report.labels); });
  if (!checks) return fail(checks.error());
  const auto maintenance = database_.transact(
      [&](pqxx::work& tx) { return maintenance_of(tx, report.from, report.to); });
  if (!maintenance) return fail(maintenance.error());
  auto told = std::chrono::steady_clock::now();
  for (std::size_t read_ones = 0; read_ones < checks->size(); ++read_ones) {
    if (const auto now = std::chrono::steady_clock::now(); now - told >= kTellEvery) {
      told = now;
      note_progress(report, read_ones, checks->size());
    }
    const auto& check = (*checks)[read_ones];
    CheckNotes notes(*findings, check,
                     maintenance->outside_sla(check.labels, report.from, report.to));
    const std::chrono::seconds interval(check.interval_seconds);
    auto from = report.from - interval;
    while (from < report.to) {
      const auto to = std::min<Instant>(from + kResultsAtOnce * interval, report.to);
      const auto done =
          database_.transact([&](pqxx::work& tx) { read(tx, notes, check, from, to); });
      if (!done) return fail(done.error());
      from = to;
    }
    notes.close();
  }
  note_progress(report, checks->size(), checks->size());
  finish(*findings);
  return findings;
}

store::ReportFile Maker::file_of(const Findings& findings, const std::string& format) const {
  const auto name = "availability-" + findings.local(findings.from).substr(0, 10);
  if (format == "csv") return {name + ".csv", "text/csv; charset=utf-8", to_csv(findings)};
  return {name + ".pdf", "application/pdf", to_pdf(findings, clock_.now())};
}

}  // namespace monitron::report
