#pragma once
// A report as CSV: one line per check, units in the names of columns.

#include "report/findings.hpp"

namespace monitron::report {

std::string to_csv(const Findings& findings);

}  // namespace monitron::report
