#pragma once
// Numbers as text.

#include <string>

namespace monitron::promql {

// Without exponent, however long it gets: the shortest decimal that reads back the same. What
// count_values makes labels of.
std::string format_plain(double value);
// format_value() at the end of `out`: results hold millions of them.
void append_value(std::string& out, double value);

}  // namespace monitron::promql
