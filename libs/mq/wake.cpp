#include "mq/wake.hpp"

#include "base/random.hpp"
#include "base/result.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace monitron::mq {

Wake::Wake() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { MONITRON_EXPECTS(event_ >= 0); }

Wake::~Wake() { close(event_); }

void Wake::signal() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(event_, &one, sizeof one);
}

void Wake::wait(int socket, std::chrono::milliseconds at_most) {
  std::array<pollfd, 2> watched{{{event_, POLLIN, 0}, {socket, POLLIN, 0}}};
  poll(watched.data(), watched.size(),
       static_cast<int>(std::max<std::int64_t>(0, at_most.count())));
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = read(event_, &count, sizeof count);
}

std::chrono::milliseconds Backoff::next() {
  const auto pause = pause_;
  pause_ = std::min(pause_ * 2, kLast);
  return std::chrono::duration_cast<std::chrono::milliseconds>(pause * (0.5 + random_unit() / 2));
}

}  // namespace monitron::mq
