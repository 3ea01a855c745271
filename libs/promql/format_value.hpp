#pragma once
// Numbers as text.

#include <cstddef>
#include <string>

namespace monitron::promql {

// Without exponent, however long it gets: the shortest decimal that reads back the same. What
// count_values makes labels of.
std::string format_plain(double value);
// format_value() at `to`, where there is room for kValueBytes; where it ends. Results hold millions
// of them.
inline constexpr std::size_t kValueBytes = 32;
char* write_value(char* to, double value);

}  // namespace monitron::promql
