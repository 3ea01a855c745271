#pragma once
// Whether an alert that fires may open an incident now. Pure; belongs to one thread.
//
// Shut by a maintenance window that covers the alert's labels; by a dependency of which no parent
// is up; and, for a while, where that is not known yet. Only what begins is stopped: what was
// opened before goes on, and what is measured is measured on.
//
// Dependencies are met one by one: of each, one parent that is up is enough. A parent
// * that is down is down;
// * that was seen up since the alert's condition began, and does not fail just now, is up;
// * of which that is not known is as reachable as its own dependencies say. They being met, the
//   alert waits for the parent, at most for the time that the parent needs to become hard; after
//   that it counts as up: trouble of our own hides no alert.
// Parents that are not watched (deleted, disabled) are left out; a dependency without any is met.
// Where parents are up again, an alert waits for evidence from after that: its re-check.
// A check is never its own child. Where dependencies go round in a ring, those by which a check
// would wait for itself are left out for it.

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "domain/check.hpp"
#include "domain/threshold.hpp"

#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace monitron::domain {

// One time of a maintenance window: from `from` until before `to`.
struct GateWindow {
  Uuid id{};
  std::string name{};
  LabelSet selector{};      // labels that an alert must have, all of them
  bool everything = false;  // all alerts
  Instant from{};
  Instant to{};
};

struct GateDependency {
  Uuid id{};
  std::string name{};
  LabelSet children{};                   // labels of the alerts that depend, if any are named
  std::optional<Uuid> child_check_id{};  // and their check
  std::vector<Uuid> parents{};           // checks; one that is up is enough
};

// A check that others depend on.
struct GateParent {
  std::string name{};
  LabelSet labels{};                          // by which it may depend on others itself
  CheckStatus status = CheckStatus::unknown;  // hard
  Instant since{};
  bool failing = false;  // its latest result is down
  Instant slot{};        // of its latest result
  // How long it takes to become hard: its interval times its failures, and its time limit.
  std::chrono::seconds patience{0};
};

// An alert that asks.
struct GateQuestion {
  const LabelSet& labels;
  Instant since;     // when its condition began to hold
  Instant evidence;  // of the latest observation by which it holds
  // How often it is looked at; what brings no evidence for longer is not waited for.
  std::chrono::seconds period{0};
};

enum class GateKind { maintenance, dependency, waiting };
std::string_view to_string(GateKind kind);
std::optional<GateKind> parse_gate_kind(std::string_view text);

struct GateShut {
  GateKind kind = GateKind::maintenance;
  Uuid id{};                    // of the window or the dependency
  std::string name{};           // of the same
  std::string text{};           // why, for people
  std::vector<Uuid> awaited{};  // checks of which a new result would help; of kind waiting
  bool operator==(const GateShut&) const = default;
};

class AlertGate {
 public:
  // The longest that an alert waits for what is not known.
  static constexpr std::chrono::minutes kLongestWait{10};

  void define(std::vector<GateWindow> windows, std::vector<GateDependency> dependencies);
  // Where a check stands that is_parent(). True: it is up, and was not when it was seen before.
  bool see(const Uuid& check, GateParent state);
  void forget(const Uuid& check) { parents_.erase(check); }  // not watched any more
  const std::unordered_set<Uuid>& parents() const { return parent_ids_; }
  bool is_parent(const Uuid& check) const { return parent_ids_.contains(check); }

  // Whether what has these labels, and is about this check, depends directly on one of `parents`.
  bool is_behind(const LabelSet& labels, const Uuid& check,
                 const std::unordered_set<Uuid>& parents) const;

  // Nothing: it is open.
  std::optional<GateShut> decide(const GateQuestion& question, Instant now) const;

 private:
  // Finds what selects by labels without trying all: by the first label of each selector.
  class Index {
   public:
    void add(const LabelSet& selector, std::size_t place);
    std::vector<std::size_t> find(const LabelSet& labels) const;

   private:
    std::unordered_map<std::string, std::vector<std::size_t>> places_;
  };
  struct Reach;
  class Walk;

  const GateWindow* window_over(const LabelSet& labels, Instant now) const;
  // Dependencies of what has these labels and is about this check, if any.
  std::vector<const GateDependency*> dependencies_of(const LabelSet& labels,
                                                     const Uuid& check) const;

  std::vector<GateWindow> windows_;
  std::vector<std::size_t> over_everything_;  // windows
  Index windows_by_label_;
  std::vector<GateDependency> dependencies_;
  Index dependencies_by_label_;
  std::unordered_map<Uuid, std::vector<std::size_t>> dependencies_by_check_;
  std::unordered_set<Uuid> parent_ids_;
  std::unordered_map<Uuid, GateParent> parents_;
};

}  // namespace monitron::domain
