#include "domain/slot_account.hpp"

#include "domain/check_slots.hpp"

#include <algorithm>

namespace monitron::domain {

namespace {

Instant first_slot(const CheckId& id, std::chrono::seconds interval, Instant from) {
  const std::int64_t span = std::chrono::milliseconds(interval).count();
  const std::int64_t into = ((to_ms(from) - phase_of(id, interval).count()) % span + span) % span;
  return into == 0 ? from : from_ms(to_ms(from) + span - into);
}

// Those that may hold the slot asked for; slots are asked for in order.
class Reasons {
 public:
  explicit Reasons(std::vector<MissedSlots> missed) {
    std::sort(missed.begin(), missed.end(), [](const auto& a, const auto& b) {
      return std::tuple(!a.check_id, a.from, a.to) < std::tuple(!b.check_id, b.from, b.to);
    });
    for (auto& one : missed) found_.push_back({std::move(one), 0});
    for (std::size_t i = 0; i < found_.size(); ++i) waiting_.push_back(i);
    std::stable_sort(waiting_.begin(), waiting_.end(), [&](std::size_t a, std::size_t b) {
      return found_[a].slots.from < found_[b].slots.from;
    });
  }

  SlotAccount::Missed* of(Instant slot) {
    while (next_ < waiting_.size() && found_[waiting_[next_]].slots.from <= slot) {
      open_.insert(std::lower_bound(open_.begin(), open_.end(), waiting_[next_]), waiting_[next_]);
      ++next_;
    }
    std::erase_if(open_, [&](std::size_t one) { return found_[one].slots.to < slot; });
    return open_.empty() ? nullptr : &found_[open_.front()];
  }

  std::vector<SlotAccount::Missed> take() && { return std::move(found_); }

 private:
  std::vector<SlotAccount::Missed> found_;  // by importance
  std::vector<std::size_t> waiting_;        // by begin
  std::size_t next_ = 0;
  std::vector<std::size_t> open_;
};

}  // namespace

std::int64_t slots_between(const CheckId& id, std::chrono::seconds interval, Instant from,
                           Instant to) {
  const auto first = first_slot(id, interval, from);
  if (first >= to) return 0;
  return (to_ms(to) - to_ms(first) - 1) / std::chrono::milliseconds(interval).count() + 1;
}

SlotAccount account_slots(const CheckId& id, std::chrono::seconds interval, Instant from,
                          Instant to, std::span<const Instant> results,
                          std::vector<MissedSlots> missed) {
  SlotAccount account;
  Reasons reasons(std::move(missed));
  std::vector<std::pair<SlotAccount::Missed*, Instant>> explained;
  auto result = results.begin();
  for (auto slot = first_slot(id, interval, from); slot < to; slot += interval) {
    ++account.expected;
    while (result != results.end() && *result < slot) ++result;
    if (result != results.end() && *result == slot) {
      ++account.results;
    } else if (auto* reason = reasons.of(slot)) {
      explained.emplace_back(reason, slot);
    } else {
      ++account.unexplained;
    }
  }
  for (const auto& [reason, slot] : explained) {
    if (reason->count++ == 0) reason->slots.from = slot;
    reason->slots.to = slot;
  }
  account.missed = std::move(reasons).take();
  std::erase_if(account.missed, [](const auto& one) { return one.count == 0; });
  std::sort(account.missed.begin(), account.missed.end(),
            [](const auto& a, const auto& b) { return a.slots.from < b.slots.from; });
  return account;
}

}  // namespace monitron::domain
