#pragma once
// The form of a threshold rule: metric{label="value",…} <op> number.

#include "base/result.hpp"

#include <string_view>

namespace monitron::api {

// Fault: invalid, saying what was expected where.
Result<void> check_threshold(std::string_view text);

}  // namespace monitron::api
