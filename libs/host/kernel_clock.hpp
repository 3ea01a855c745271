#pragma once
// How well the host's clock is kept, as the kernel was told by whatever synchronises it:
// adjtimex(2) read without changing anything, which needs no privileges. Threads: any.

#include <optional>

namespace monitron::host {

struct KernelClock {
  bool synchronised = false;
  double offset_seconds = 0;     // from the reference, as far as it is being worked off
  double max_error_seconds = 0;  // grows while nobody synchronises it
};

// Nothing where the system does not tell (a container's rules may forbid it).
std::optional<KernelClock> kernel_clock();

}  // namespace monitron::host
