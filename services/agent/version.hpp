#pragma once
// The version of the suite, from the top CMakeLists.txt.

#include <string_view>

namespace monitron::agent {

inline constexpr std::string_view kVersion = MONITRON_VERSION;

}  // namespace monitron::agent
