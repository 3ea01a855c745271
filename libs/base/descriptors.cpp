#include "base/descriptors.hpp"

#include <algorithm>
#include <sys/resource.h>

namespace monitron {

std::size_t allow_descriptors(std::size_t wanted) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
  }
  return std::min<std::size_t>(limit.rlim_cur, wanted);
}

}  // namespace monitron
