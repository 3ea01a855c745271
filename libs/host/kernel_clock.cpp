#include "host/kernel_clock.hpp"

#include <sys/timex.h>

namespace monitron::host {

std::optional<KernelClock> kernel_clock() {
  timex state{};
  const int answer = adjtimex(&state);
  if (answer == -1) return std::nullopt;
  const double unit = (state.status & STA_NANO) != 0 ? 1e-9 : 1e-6;
  return KernelClock{answer != TIME_ERROR, static_cast<double>(state.offset) * unit,
                     static_cast<double>(state.maxerror) * 1e-6};
}

}  // namespace monitron::host
