#pragma once
// One verdict from what a check's locations see. Pure: the writer, the notifier and the live stream
// decide by it alike.
//
// Of the hard states of the locations (a location that has none, or was not heard of for ten
// intervals while others were, is unknown):
// * down, when at least `quorum` locations see it down;
// * down stays down while some location sees it down and those that cannot tell could make up the
//   quorum: trouble of our own is no all-clear;
// * otherwise up, when at least one location sees it up;
// * otherwise unknown.
// With one location the verdict is its hard state. A check flaps while at least `quorum` locations
// (of those that were heard of) see it flap. It warns while it is up and at least `quorum` of them
// see trouble, a warning or worse.

#include "domain/check_state.hpp"

#include <span>

namespace monitron::domain {

inline constexpr int kIntervalsHeard = 10;

// `seen`: of those locations that said something; `locations`: how many there are.
CheckStatus verdict_of(std::span<const CheckStatus> seen, int locations, int quorum,
                       CheckStatus before);

struct LocatedState {
  std::string location;
  CheckState state;
  bool operator==(const LocatedState&) const = default;
};

// Where a check stands. What comes from elsewhere than `locations` changes nothing. Where that list
// is not known, those heard of longest ago make room: there are never more than it runs from.
struct CheckStates {
  std::vector<LocatedState> at;
  CheckStatus status = CheckStatus::unknown;
  Instant since{};
  bool flapping = false;
  bool warning = false;                  // up, but somebody should look at it
  std::vector<std::string> locations{};  // that it runs from, as it is defined; none: not known

  const CheckState* find(const std::string& location) const;
  bool operator==(const CheckStates&) const = default;
};

// Whether the check has this place; so has every one while the list is not known.
bool runs_from(const CheckStates& states, const std::string& location);

// How much the check turns, as the location sees it that makes it flap or not. 0 … 100
double flapping_percent(const CheckStates& states, int quorum);

// It runs from these now: what is known of others is forgotten.
void run_from(CheckStates& states, const std::vector<std::string>& locations);

// Decides anew from what the locations say.
void settle(CheckStates& states, int locations, int quorum, std::chrono::seconds interval);

// Takes over what is stored of locations that were heard of later than is known here.
void take_over(CheckStates& states, const CheckStates& stored, int locations, int quorum,
               std::chrono::seconds interval);

struct VerdictStep {
  StateStep at;  // of the result's location
  bool changed = false;
  CheckStatus previous = CheckStatus::unknown;
  bool flapping_changed = false;
  bool warning_changed = false;
};
VerdictStep advance(CheckStates& states, const CheckResult& result);

}  // namespace monitron::domain
