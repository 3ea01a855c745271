#pragma once
// How much of a time range something was up, from what checks have found. Pure.
//
// A result stands for its slot: the time until the next result, at most one interval. What no
// result stands for (missed slots, checks that could not be run) is unknown, shown as such and no
// part of the availability. Time that is to be left out (maintenance that does not count) is none
// of them, whatever was found in it; an outage that it interrupts is two.

#include "domain/time_span.hpp"

#include <optional>
#include <span>
#include <vector>

namespace monitron::domain {

struct Observation {
  Instant time;
  bool up = false;
};

// Time in which the state was known and the same. Years of results are a handful of these.
struct KnownSpan {
  Instant from;
  Instant to;
  bool up = false;
  bool operator==(const KnownSpan&) const = default;
};

// Takes in the next result; results come in order of time.
void extend(std::vector<KnownSpan>& spans, const Observation& next, std::chrono::seconds interval);

struct Outage {
  Instant from;
  Instant to;
  bool operator==(const Outage&) const = default;
};

struct Availability {
  std::chrono::milliseconds up{0};
  std::chrono::milliseconds down{0};
  std::chrono::milliseconds unknown{0};
  std::chrono::milliseconds excluded{0};  // left out of all of these
  // In order. One or two missed slots between failures do not end an outage.
  std::vector<Outage> outages;

  std::optional<double> ratio() const;  // up / (up + down); nothing when neither is known
  std::chrono::milliseconds longest_outage() const;
  // Time down per outage (to repair) and time up per outage (between failures); nothing without.
  std::optional<std::chrono::milliseconds> mean_time_to_repair() const;
  std::optional<std::chrono::milliseconds> mean_time_between_failures() const;
};

// `spans` as extend() makes them; those that reach into the range count with their part of it.
// `excluded`: in order, without overlaps.
Availability availability(std::span<const KnownSpan> spans, Instant from, Instant to,
                          std::chrono::seconds interval, std::span<const TimeSpan> excluded = {});

// The value that `share` (0 … 1) of the values do not exceed (nearest rank); nothing for none.
std::optional<double> quantile(std::vector<double> values, double share);

}  // namespace monitron::domain
