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
    due_ms = due_ms < now_ms_ ? now_ms_ : due_ms;
    if (due_ms >= now_ms_ + kSlots) {
      far_.emplace_back(due_ms, std::move(item));
    } else {
      slot(due_ms).push_back(std::move(item));
    }
  }

  // Everything due at or before `now_ms`, in order of the slots.
  std::vector<T> take(std::int64_t now_ms) {
    std::vector<T> due;
    if (size_ == 0 || now_ms < now_ms_) {
      now_ms_ = now_ms_ > now_ms ? now_ms_ : now_ms + 1;
      return due;
    }
    const std::int64_t last = now_ms - now_ms_ >= kSlots ? now_ms_ + kSlots - 1 : now_ms;
    for (std::int64_t ms = now_ms_; ms <= last; ++ms) {
      auto& items = slot(ms);
      for (auto& item : items) due.push_back(std::move(item));
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
  static constexpr std::int64_t kSlots = 4096;

  std::vector<T>& slot(std::int64_t ms) { return slots_[static_cast<std::size_t>(ms % kSlots)]; }

  void sort_in() {
    auto waiting = std::exchange(far_, {});
    size_ -= waiting.size();
    for (auto& [due_ms, item] : waiting) add(due_ms, std::move(item));
  }

  std::array<std::vector<T>, kSlots> slots_;
  std::vector<std::pair<std::int64_t, T>> far_;
  std::int64_t now_ms_ = 0;
  std::size_t size_ = 0;
};

}  // namespace monitron::checker
