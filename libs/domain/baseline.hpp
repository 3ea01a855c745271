#pragma once
// What is usual for a series at this hour of the week (or of the day), learnt from its past, and
// the band around it. Robust: the middle is the median of what was seen at that hour, the scale the
// median absolute deviation (MAD; times 1.4826 it estimates a standard deviation: Rousseeuw and
// Croux, "Alternatives to the Median Absolute Deviation", 1993), so that the outages and spikes of
// the past do not widen the band. Pure.
//
// Hours are UTC. What is usual an hour earlier or later is usual now, too: where the day's work
// begins, and when clocks are changed, the band is as wide as both sides of the step.

#include "base/clock.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace monitron::domain {

struct SeriesPoint {
  std::int64_t time_ms = 0;
  double value = 0;
};

enum class Season { flat, day, week };
std::string_view to_string(Season season);
std::optional<Season> parse_season(std::string_view text);

struct Band {
  double lower = 0;
  double middle = 0;
  double upper = 0;
  bool operator==(const Band&) const = default;
};

struct BaselineOptions {
  Season season = Season::week;  // the longest one; with less than two of it a shorter one is taken
  std::chrono::seconds min_history{6 * 3600};  // from the first point to the last
};

class Baseline {
 public:
  // Points in any order; NaN and infinities are left out. Nothing with less history than asked or
  // fewer than 12 points.
  static std::optional<Baseline> learn(std::span<const SeriesPoint> points,
                                       const BaselineOptions& options);

  // `sensitivity`: half the band's width, in scales of its hour (standard deviations).
  // `min_change`: it is at least this wide to both sides.
  Band at(std::int64_t time_ms, double sensitivity, double min_change = 0) const;
  Season season() const { return season_; }

 private:
  struct Usual {
    double middle = 0;
    double scale = 0;
  };
  explicit Baseline(Season season) : season_(season) {}
  double middle_at(std::int64_t time_ms) const;

  Season season_;
  std::vector<Usual> hours_;  // one when flat
};

enum class Direction { both, up, down };
std::optional<Direction> parse_direction(std::string_view text);
std::string_view to_string(Direction direction);
bool is_outside(const Band& band, double value, Direction direction);

// What a rule on the unusual asks for.
struct AnomalyParameters {
  Season season = Season::week;
  Direction direction = Direction::both;
  double sensitivity = 3;  // in standard deviations of what is usual
  double min_change = 0;   // less than this from the middle is never unusual
  std::chrono::seconds min_history{6 * 3600};
  bool operator==(const AnomalyParameters&) const = default;
};

}  // namespace monitron::domain
