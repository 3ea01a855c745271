#pragma once
// The letters that bring a report to those who asked for it.

#include "contracts/email_requested.hpp"
#include "contracts/report_requested.hpp"
#include "report/findings.hpp"

namespace monitron::report {

// One per recipient, however often they are named, with the file attached and its essence in the
// text. Asked for twice, a letter is the same.
std::vector<contracts::EmailRequested> letters_of(const contracts::ReportRequested& report,
                                                  const Findings& findings,
                                                  const store::ReportFile& file);

}  // namespace monitron::report
