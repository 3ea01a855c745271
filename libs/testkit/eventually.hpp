#pragma once
// Tests wait for conditions, never for time.

#include <chrono>
#include <functional>

namespace monitron::testkit {

// True as soon as `condition` is; false when `deadline` passed first. Looks every 5 ms.
bool eventually(std::chrono::milliseconds deadline, const std::function<bool()>& condition);

}  // namespace monitron::testkit
