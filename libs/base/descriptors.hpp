#pragma once
// How many files and connections this process may have open.

#include <cstddef>

namespace monitron {

// Raises the process's own limit to `wanted` if that is more than it has and less than what the
// system permits. How many of those wanted it may have now. Threads: any; at start.
std::size_t allow_descriptors(std::size_t wanted);

}  // namespace monitron
