#include "probe/deadlines.hpp"

#include <algorithm>

namespace monitron::probe {

namespace {

constexpr std::chrono::milliseconds kTick{1};

std::int64_t tick_now() { return std::chrono::steady_clock::now().time_since_epoch() / kTick; }

}  // namespace

void Deadline::clear() {
  if (link_ == nullptr) return;
  *link_ = after_;
  if (after_ != nullptr) after_->link_ = link_;
  link_ = nullptr;
}

void Deadlines::set(Deadline& deadline, SteadyInstant when) {
  deadline.clear();
  if (armed_ == 0) turned_ = tick_now();  // nothing waits: what lies behind is empty
  const auto one = SteadyInstant::duration(1);
  deadline.tick_ = std::max(turned_ + 1, (when.time_since_epoch() - one) / kTick + 1);
  insert(deadline);
  arm(std::min(deadline.tick_, turned_ + kSlots));
}

void Deadlines::insert(Deadline& deadline) {
  Deadline*& slot = slots_[static_cast<std::size_t>(deadline.tick_ % kSlots)];
  deadline.after_ = slot;
  if (slot != nullptr) slot->link_ = &deadline.after_;
  deadline.link_ = &slot;
  slot = &deadline;
}

void Deadlines::arm(std::int64_t tick) {
  if (armed_ != 0 && armed_ <= tick) return;
  armed_ = tick;
  const auto pause = std::max<std::int64_t>(0, tick - tick_now());
  timer_ = loop_.after(pause * kTick, [this] { turn(); });
}

void Deadlines::turn() {
  const std::int64_t now = tick_now();
  const std::int64_t last = std::min(now, turned_ + kSlots);
  const std::int64_t first = std::exchange(turned_, now) + 1;
  for (std::int64_t tick = first; tick <= last; ++tick) {
    // Whoever is called may clear or set others: what is left of the list stays in order.
    Deadline* waiting = std::exchange(slots_[static_cast<std::size_t>(tick % kSlots)], nullptr);
    if (waiting != nullptr) waiting->link_ = &waiting;
    while (waiting != nullptr) {
      Deadline& one = *waiting;
      one.clear();
      one.tick_ <= now ? one.passed() : insert(one);
    }
  }
  armed_ = 0;
  for (std::int64_t tick = turned_ + 1; tick <= turned_ + kSlots; ++tick) {
    if (slots_[static_cast<std::size_t>(tick % kSlots)] != nullptr) return arm(tick);
  }
}

}  // namespace monitron::probe
