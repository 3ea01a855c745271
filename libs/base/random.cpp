#include "base/random.hpp"

#include "base/result.hpp"

#include <cerrno>
#include <sys/random.h>

namespace monitron {

void random_bytes(std::span<std::uint8_t> out) {
  std::size_t filled = 0;
  while (filled < out.size()) {
    const auto got = getrandom(out.data() + filled, out.size() - filled, 0);
    MONITRON_EXPECTS(got > 0 || errno == EINTR);
    if (got > 0) filled += static_cast<std::size_t>(got);
  }
}

std::string random_string(std::size_t bytes) {
  std::string out(bytes, '\0');
  random_bytes({reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
  return out;
}

double random_unit() {
  std::uint64_t bits = 0;
  random_bytes({reinterpret_cast<std::uint8_t*>(&bits), sizeof bits});
  return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

}  // namespace monitron
