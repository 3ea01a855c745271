#pragma once
// Lines of CSV (RFC 4180). Text that a spreadsheet would take for a formula is marked as text.

#include <string>
#include <vector>

namespace monitron {

std::string csv_line(const std::vector<std::string>& cells);

}  // namespace monitron
