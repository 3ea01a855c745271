#include "report/letters.hpp"

#include <algorithm>
#include <set>

namespace monitron::report {
namespace {

constexpr std::size_t kMostNamed = 10;
constexpr std::size_t kMostGroups = 30;

// A whole local day is named by its date alone.
std::string period_of(const Findings& findings) {
  const auto from = findings.local(findings.from), to = findings.local(findings.to);
  const auto last = findings.local(findings.to - std::chrono::milliseconds(1));
  const bool is_day = from.ends_with(" 00:00") && to.ends_with(" 00:00") &&
                      from.substr(0, 10) == last.substr(0, 10);
  return is_day ? from.substr(0, 10) : from + " to " + to;
}

std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string figures_of(const Findings& findings) {
  if (findings.checks.empty()) return "No check has these labels: there is nothing to report.\n";
  const auto whole = findings.whole();
  std::string text = counted(findings.checks.size(), "check") + ", " + percent(whole.ratio()) +
                     " available, " + counted(whole.outages.size(), "outage");
  if (!whole.outages.empty()) {
    text += ", down for " + readable(whole.down) + " in all, the longest for " +
            readable(whole.longest_outage());
  }
  return text + ".\n";
}

std::string worst_of(const Findings& findings) {
  std::string text;
  std::size_t named = 0;
  for (const auto& one : findings.checks) {
    if (one.whole.outages.empty()) continue;
    if (named == 0) text += "\nLeast available:\n";
    if (named++ == kMostNamed) break;
    text += "  " + percent(one.whole.ratio()) + "  " + one.check.name + " (" +
            counted(one.whole.outages.size(), "outage") + ", down for " + readable(one.whole.down) +
            ")\n";
  }
  return text;
}

std::string groups_of(const Findings& findings) {
  std::string text;
  std::size_t named = 0;
  for (const auto& group : findings.groups()) {
    if (named == 0) text += "\nBy " + findings.group_by + ":\n";
    if (named++ == kMostGroups) return text + "  …\n";
    text += "  " + percent(group.whole.ratio()) + "  " +
            (group.value.empty() ? "without it" : group.value) + " (" +
            counted(group.count, "check") + ", " + counted(group.whole.outages.size(), "outage") +
            ")\n";
  }
  return text;
}

}  // namespace

std::vector<contracts::EmailRequested> letters_of(const contracts::ReportRequested& report,
                                                  const Findings& findings,
                                                  const store::ReportFile& file) {
  const auto period = period_of(findings);
  const auto ratio = findings.whole().ratio();
  contracts::EmailRequested letter;
  letter.subject =
      "Availability report, " + period + (ratio ? ": " + percent(ratio) + " available" : "");
  letter.text = "Availability, " + period + " (" + report.time_zone + ")\n\n" +
                figures_of(findings) + groups_of(findings) + worst_of(findings) +
                "\nThe report is attached: " + file.name + "\n";
  letter.attachments = {{report.report_id.value, file.name, file.content_type}};
  std::vector<contracts::EmailRequested> letters;
  for (const auto& recipient :
       std::set<std::string>(report.recipients.begin(), report.recipients.end())) {
    letter.to = recipient;
    letter.delivery_key = "report." + report.report_id.str() + "." + recipient;
    letters.push_back(letter);
  }
  return letters;
}

}  // namespace monitron::report
