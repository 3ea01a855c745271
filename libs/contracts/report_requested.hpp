#pragma once
// A report is to be made, on mon.jobs, key report: report.requested by a person through api,
// report.due by a schedule of the report service. The same JSON body.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "contracts/contract.hpp"

#include <map>
#include <string>
#include <vector>

namespace monitron::contracts {

struct ReportRequested {
  static constexpr Contract contract{.type = "report.requested", .version = 1, .owner = "api"};
  static constexpr Contract due_contract{.type = "report.due", .version = 1, .owner = "report"};

  ReportId report_id;  // of the run that it becomes
  std::string kind = "availability";
  std::string format = "pdf";  // or csv
  Instant from;                // inclusive
  Instant to;                  // exclusive
  std::string time_zone = "UTC";
  std::map<std::string, std::string> labels;  // that a check or its instance must have
  std::string group_by;  // a label: a section for each of its values; empty: as one
  std::vector<std::string> recipients;
  bool operator==(const ReportRequested&) const = default;
};

std::string encode(const ReportRequested& report);
// Fault: invalid, naming the member.
Result<ReportRequested> decode_report_requested(std::string_view body);
Message to_message(const ReportRequested& report);
Message to_due_message(const ReportRequested& report);

}  // namespace monitron::contracts
