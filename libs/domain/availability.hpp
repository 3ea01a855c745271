#pragma once
// How much of a time range something was up, from what checks have found. Pure.
//
// A result stands for the time until the next one, at most for two intervals; what no result stands
// for is unknown, shown as such and no part of the availability.

#include "base/clock.hpp"

#include <optional>
#include <span>
#include <vector>

namespace monitron::domain {

struct Observation {
  Instant time;
  bool up = false;
};

struct Outage {
  Instant from;
  Instant to;
  bool operator==(const Outage&) const = default;
};

struct Availability {
  std::chrono::milliseconds up{0};
  std::chrono::milliseconds down{0};
  std::chrono::milliseconds unknown{0};
  std::vector<Outage> outages;  // in order; unknown time between two failures ends the first

  std::optional<double> ratio() const;  // up / (up + down); nothing when neither is known
  std::chrono::milliseconds longest_outage() const;
  Availability& operator+=(const Availability& other);  // sums; outages one after the other
};

// `observations` in order of time; those before `from` may stand for time inside the range.
Availability availability(std::span<const Observation> observations, Instant from, Instant to,
                          std::chrono::seconds interval);

// The value that `share` (0 … 1) of the values do not exceed (nearest rank); nothing for none.
std::optional<double> quantile(std::vector<double> values, double share);

}  // namespace monitron::domain
