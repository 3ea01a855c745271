#pragma once
// Answers of the database, remembered so that work goes on while it is away. What is known is asked
// again after `fresh`, so that a deletion is noticed, and stays good for an hour while the database
// cannot say. One caller asks at a time and one that just failed is left alone for a moment: a
// database that hangs holds one worker, not all. Bounded. Threads: any; may block on the database.

#include "base/clock.hpp"
#include "base/result.hpp"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>

namespace monitron::access {

template <class Key, class Value>
class Remembered {
 public:
  // Nothing: there is no such key.
  using Answer = Result<std::optional<Value>>;
  using LookUp = std::function<Answer(const Key&)>;

  Remembered(LookUp look_up, const Clock& clock, std::chrono::seconds fresh, std::size_t most)
      : look_up_(std::move(look_up)), clock_(clock), fresh_(fresh), most_(most) {}

  // Faults: unavailable or timeout for what the database did not say within the last hour.
  Answer find(const Key& key) {
    std::unique_lock lock(mutex_);
    if (const auto* value = recall(key, fresh_)) return *value;
    if (!wait_for_turn(lock))
      return from_memory(key, {Fault::unavailable, "the database does not answer"});
    if (const auto* value = recall(key, fresh_)) {  // who asked before has asked this
      end_turn();
      return *value;
    }
    const auto now = clock_.steady_now();
    lock.unlock();
    auto found = look_up_(key);
    lock.lock();
    end_turn();
    if (!found) {
      if (!is_transient(found.error().fault)) return found;
      away_until_ = clock_.steady_now() + kLeaveAlone;
      return from_memory(key, found.error());
    }
    if (*found) {
      if (known_.size() >= most_) known_.clear();
      known_.insert_or_assign(key, Entry{**found, now});
    } else {
      known_.erase(key);
    }
    return found;
  }

 private:
  static constexpr std::chrono::hours kAlone{1};
  static constexpr std::chrono::seconds kLeaveAlone{2};
  static constexpr std::chrono::milliseconds kPatience{250};  // with who asks before

  struct Entry {
    Value value;
    SteadyInstant asked;
  };

  const Value* recall(const Key& key, std::chrono::seconds age) const {
    const auto found = known_.find(key);
    if (found == known_.end() || clock_.steady_now() - found->second.asked >= age) return nullptr;
    return &found->second.value;
  }
  Answer from_memory(const Key& key, Error otherwise) const {
    if (const auto* value = recall(key, kAlone)) return *value;
    return fail(std::move(otherwise));
  }

  // Only the first have patience: the rest does not wait for a database known to be slow.
  bool wait_for_turn(std::unique_lock<std::mutex>& lock) {
    if (slow_ || clock_.steady_now() < away_until_) return false;
    if (!turn_ended_.wait_for(lock, kPatience, [this] { return !asking_; })) {
      slow_ = true;
      return false;
    }
    if (clock_.steady_now() < away_until_) return false;
    asking_ = true;
    return true;
  }
  void end_turn() {
    asking_ = slow_ = false;
    turn_ended_.notify_all();
  }

  const LookUp look_up_;
  const Clock& clock_;
  const std::chrono::seconds fresh_;
  const std::size_t most_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable turn_ended_;
  std::unordered_map<Key, Entry> known_;
  SteadyInstant away_until_{};  // not asked before
  bool asking_ = false;
  bool slow_ = false;  // who asks has been at it for longer than others had patience
};

}  // namespace monitron::access
