#pragma once
// Makes reports: takes a job, gathers what was found, gives it its form and remembers file, state
// and letters in one transaction. A job that comes again finds its report made.

#include "contracts/report_requested.hpp"
#include "db/pool.hpp"
#include "report/findings.hpp"
#include "service/metrics.hpp"
#include "store/reports.hpp"

namespace monitron::report {

class Maker {
 public:
  Maker(db::Pool& database, service::Metrics& metrics, const Clock& clock);

  // For the queue jobs.report. Threads: workers.
  Result<void> take(const contracts::Message& message);

 private:
  Result<void> make(const contracts::ReportRequested& report);
  void note_progress(const contracts::ReportRequested& report, std::size_t checks, std::size_t all);
  Result<Findings> gather(const contracts::ReportRequested& report);
  store::ReportFile file_of(const Findings& findings, const std::string& format) const;
  Result<void> note_failure(const contracts::ReportRequested& report, const Error& error,
                            const std::string& reason);

  db::Pool& database_;
  const Clock& clock_;
  service::Counter made_, failed_;
  service::Histogram seconds_;
};

}  // namespace monitron::report
