#pragma once
// A timing wheel of 1 ms: adding costs the same however many wait. What lies beyond one turn waits
// aside and is sorted in when its turn comes. Threads: one.

#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace monitron::checker {

template <class T>
class Wheel {
 public:
  // What is due before the last `take` is due now.
  void add(std::int64_t due_ms, T item) {
    ++size_;
    const std::int64_t ms = due_ms < now_ms_ ? now_ms_ : due_ms;
    auto& place = ms >= now_ms_ + kSlots ? far_ : slot(ms);
    place.emplace_back(due_ms, std::move(item));
  }

  // Everything due at or before `now_ms`, in order of the slots. A clock that was set back counts
  // from the first `take` after it on.
  std::vector<T> take(std::int64_t now_ms) {
    if (now_ms + kBackMs < now_ms_) turn_back(now_ms);
    std::vector<T> due;
    if (size_ == 0 || now_ms < now_ms_) {
      now_ms_ = now_ms_ > now_ms ? now_ms_ : now_ms + 1;
      return due;
    }
    const std::int64_t last = now_ms - now_ms_ >= kSlots ? now_ms_ + kSlots - 1 : now_ms;
    for (std::int64_t ms = now_ms_; ms <= last; ++ms) {
      auto& items = slot(ms);
      for (auto& item : items) due.push_back(std::move(item.second));
      items.clear();
    }
    now_ms_ = now_ms + 1;
    size_ -= due.size();
    sort_in();
    return due;
  }

  // When the next item may be due; far items count as one turn away.
  std::optional<std::int64_t> next() const {
    if (size_ == 0) return std::nullopt;
    for (std::int64_t ms = now_ms_; ms < now_ms_ + kSlots; ++ms) {
      if (!slots_[static_cast<std::size_t>(ms % kSlots)].empty()) return ms;
    }
    return now_ms_ + kSlots - 1;
  }

  std::size_t size() const { return size_; }

 private:
  using Items = std::vector<std::pair<std::int64_t, T>>;  // with when they are due
  static constexpr std::int64_t kSlots = 4096;
  static constexpr std::int64_t kBackMs = 1000;  // a step back of no more is waited out

  Items& slot(std::int64_t ms) { return slots_[static_cast<std::size_t>(ms % kSlots)]; }

  void turn_back(std::int64_t now_ms) {
    for (auto& items : slots_) {
      for (auto& item : items) far_.push_back(std::move(item));
      items.clear();
    }
    now_ms_ = now_ms;
    sort_in();
  }

  void sort_in() {
    auto waiting = std::exchange(far_, {});
    size_ -= waiting.size();
    for (auto& [due_ms, item] : waiting) add(due_ms, std::move(item));
  }

  std::array<Items, kSlots> slots_;
  Items far_;
  std::int64_t now_ms_ = 0;
  std::size_t size_ = 0;
};

}  // namespace monitron::checker
