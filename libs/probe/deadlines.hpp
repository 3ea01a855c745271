#pragma once
// Time limits of runs, many and rarely reached: a wheel of 1 ms over one timer of the loop, whose
// entries lie in their owners. Threads: loop only.

#include "base/clock.hpp"
#include "loop/loop.hpp"

#include <array>
#include <cstdint>

namespace monitron::probe {

// One limit; who has it derives from it. Destroying it clears it.
class Deadline {
 public:
  Deadline() = default;
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

 protected:
  virtual ~Deadline() { clear(); }
  virtual void passed() = 0;
  void clear();

 private:
  friend class Deadlines;
  Deadline* after_ = nullptr;
  Deadline** link_ = nullptr;  // what points to this one; null: not set
  std::int64_t tick_ = 0;
};

class Deadlines {
 public:
  explicit Deadlines(loop::Loop& loop) : loop_(loop) {}
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

  // passed() is called never before `when` and at most two ticks later, unless the deadline is
  // cleared or set again.
  void set(Deadline& deadline, SteadyInstant when);

 private:
  void insert(Deadline& deadline);
  void arm(std::int64_t tick);
  void turn();

  static constexpr std::int64_t kSlots = 4096;  // what is due later stays for more turns

  loop::Loop& loop_;
  std::array<Deadline*, kSlots> slots_{};
  std::int64_t turned_ = 0;  // ticks up to here are done
  std::int64_t armed_ = 0;   // the timer's tick; 0: none
  loop::Timer timer_;
};

}  // namespace monitron::probe
