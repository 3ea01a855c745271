#pragma once
// A report as PDF: black and white, A4, for reading and printing.

#include "report/findings.hpp"

namespace monitron::report {

std::string to_pdf(const Findings& findings, Instant made_at);

}  // namespace monitron::report
