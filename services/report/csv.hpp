#pragma once
// A report as CSV (RFC 4180): one line per check, units in the names of columns. Text that a
// spreadsheet would take for a formula is marked as text.

#include "report/findings.hpp"

namespace monitron::report {

std::string to_csv(const Findings& findings);

}  // namespace monitron::report
