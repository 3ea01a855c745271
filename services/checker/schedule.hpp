#pragma once
// What runs when: the checks of a location as texts ready to be sent, sorted by the part of their
// interval that they are due in, so that asking what is due looks at nothing else. Pure: neither
// clock nor network. Threads: one at a time.
//
// A check whose change of state is not confirmed (its latest result contradicts its hard state)
// runs again after its retry interval, while that comes before its next slot.

#include "domain/check.hpp"

#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace monitron::checker {

// The line of time is cut into windows; what is due in one is sent together.
inline constexpr std::chrono::milliseconds kWindow{250};
// After a check was run at once: how soon a change that is not confirmed is looked at again.
inline constexpr std::chrono::seconds kQuickRetry{5};
// What is due so soon anyway is not run at once besides.
inline constexpr std::chrono::seconds kSoon{2};

// What the store knows of a check.
struct KnownState {
  domain::CheckStatus status = domain::CheckStatus::unknown;  // hard
  domain::CheckStatus last = domain::CheckStatus::unknown;
  Instant slot{};  // of the latest result
};

struct DueCheck {
  Instant slot;
  domain::CheckStatus status;
  Uuid id;
  std::string_view members;  // until the schedule is changed
};

class Schedule {
 public:
  // True: it is new, or asks something else than before.
  bool put(const domain::CheckDefinition& check, const KnownState& state, Instant now);
  void remove(const Uuid& id);
  // Removes those after `after` up to `last` (absent: to the end) that are not among `found`, which
  // is sorted.
  void keep(const Uuid& after, const std::optional<Uuid>& last, const std::vector<Uuid>& found);
  // It is run at once now: its failures are to be followed quickly.
  void run_at_once(const Uuid& id, Instant now);
  // Somebody waits for what it says: it is to be run now, beside its slots, which stay where they
  // are. Nothing, when it is not known here, is due soon anyway or was run at once just now.
  std::optional<DueCheck> take_wanted(const Uuid& id, Instant now);

  // Due in [window, window + kWindow); `window` is a multiple of kWindow.
  std::vector<DueCheck> due(Instant window) const;
  // How many slots are in [from, to), of the checks as they are now.
  std::size_t slots_in(Instant from, Instant to) const;
  // Retries due before `end`, each once. What was due before `now` is due now.
  std::vector<DueCheck> take_retries(Instant now, Instant end);
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::unique_ptr<char[]> text;  // contracts::members_text
    std::uint64_t asks = 0;        // hash of what is asked of whom
    std::uint32_t text_size = 0;
    std::int32_t interval = 60;  // seconds, as the next one
    std::int32_t retry = 0;
    domain::CheckStatus status = domain::CheckStatus::unknown;
    std::string_view view() const { return {text.get(), text_size}; }
    std::chrono::seconds every() const { return std::chrono::seconds(interval); }
  };
  // Of the few checks whose results are looked at closely.
  struct Watched {
    Instant at_once{};  // when it was last run at once
    Instant retried{};  // the result that a retry was planned for
  };
  using Entries = std::map<Uuid, Entry>;
  using Node = Entries::value_type;

  void line_up(Node& node);
  void leave_line(const Node& node);
  void note(Node& node, const KnownState& state, Instant now);
  static std::chrono::seconds retry_after(const Entry& entry, const Watched& watched, Instant slot);

  Entries entries_;
  std::map<std::int32_t, std::size_t> intervals_;                      // how many checks have it
  std::unordered_map<std::uint64_t, std::vector<const Node*>> lines_;  // by interval and window
  std::multimap<Instant, Uuid> retries_;
  std::map<Uuid, Watched> watched_;
};

}  // namespace monitron::checker
