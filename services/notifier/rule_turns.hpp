#pragma once
// Whose turn it is to be evaluated: each rule at its interval and, when samples that it reads have
// arrived, soon after that. Many arrivals are one change. What is done on changes may take a share
// of one core; beyond that it waits, those longest that were evaluated last, and the interval
// comes first anyway. A rule that took too long the last time is not evaluated on changes. Pure;
// whoever uses it sees to it that nobody else does meanwhile.

#include "base/clock.hpp"
#include "base/ids.hpp"

#include <optional>
#include <set>
#include <span>
#include <unordered_map>

namespace monitron::notifier {

class RuleTurns {
 public:
  using Span = std::chrono::nanoseconds;
  static constexpr double kShare = 0.25;                           // of a core, for changes
  static constexpr Span kJoin = std::chrono::milliseconds(20);     // arrivals that are one change
  static constexpr Span kDearest = std::chrono::milliseconds(50);  // of CPU: not on changes
  static constexpr Span kAhead = std::chrono::seconds(10);  // of clocks that are ahead of ours

  void add(const Uuid& rule, SteadyInstant due);
  void remove(const Uuid& rule);

  // Something arrived that rules read. True: whoever waits for when() is to ask again.
  bool arrived(SteadyInstant now);
  // Whether it is time to say which rules read what arrived, by changed().
  bool asks_who(SteadyInstant now);
  // `seen_at`: when the latest of what arrived is no longer in the future.
  void changed(std::span<const Uuid> rules, SteadyInstant now, SteadyInstant seen_at);
  void spend(Span cpu, SteadyInstant now);  // on changes

  struct Turn {
    Uuid rule{};
    SteadyInstant due{};  // at the interval
    bool on_change = false;
    std::uint64_t number = 0;
  };
  // One whose turn it is, and which has no other before done().
  std::optional<Turn> next(SteadyInstant now);
  SteadyInstant when(SteadyInstant now);  // there is one, or asks_who(): not before that
  // `due`: its next turn at the interval. `cpu`: what this one took.
  void done(const Turn& turn, SteadyInstant due, SteadyInstant now, Span cpu);

 private:
  struct Entry {
    SteadyInstant due{};
    SteadyInstant ran{};     // ended
    SteadyInstant last{};    // of what is still in the future
    Span cpu{0};             // of the latest run
    std::uint64_t turn = 0;  // that it has now; 0: none
    bool is_changed = false;
    bool is_ahead = false;
  };
  using Ordered = std::set<std::pair<SteadyInstant, Uuid>>;

  Span credit(SteadyInstant now);
  SteadyInstant has_credit(SteadyInstant now);
  void change(const Uuid& rule, Entry& entry);
  void look_again(SteadyInstant now);

  std::unordered_map<Uuid, Entry> entries_;
  Ordered due_;      // by time; of those that do not run, as what follows
  Ordered changed_;  // by when they ran last
  Ordered ahead_;    // changed by what is in the future: when it is not any more
  std::optional<SteadyInstant> ask_at_;
  std::uint64_t turns_ = 0;  // so far
  Span credit_ = kDearest;
  SteadyInstant credited_{};
};

}  // namespace monitron::notifier
