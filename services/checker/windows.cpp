#include "checker/windows.hpp"

namespace monitron::checker {

namespace {

constexpr std::chrono::seconds kSetBack{10};

// The begin of the window that `instant` lies in.
Instant window_of(Instant instant) {
  return Instant(std::chrono::floor<std::chrono::duration<std::int64_t, std::ratio<1, 4>>>(
      instant.time_since_epoch()));
}
static_assert(kWindow == std::chrono::milliseconds(250));

}  // namespace

Windows::Due Windows::due(Instant now) {
  Due due;
  const Instant present = window_of(now);
  const Instant last = window_of(now + kAhead);
  if (!next_ || *next_ > last + kSetBack) next_ = present;
  if (*next_ < present - kUseful) {
    due.missed = Span{*next_, present};
    next_ = present;
  }
  *next_ = window_of(*next_);
  for (; *next_ <= last; *next_ += kWindow) due.begins.push_back(*next_);
  return due;
}

}  // namespace monitron::checker
