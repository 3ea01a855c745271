#include "domain/baseline.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace monitron::domain {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::size_t kFewest = 12;       // points of a series
constexpr std::size_t kFewestOfHour = 4;  // else the hour knows nothing of its own
constexpr double kDeviation = 1.4826;     // of a normal distribution, in MADs
constexpr double kLeastShare = 0.25;      // of the series' scale: hours differ by chance, too
constexpr double kLeastOfMiddle = 0.01;   // what never moved may move a little

std::size_t hours_of(Season season) {
  switch (season) {
    case Season::flat:
      return 1;
    case Season::day:
      return 24;
    case Season::week:
      return 168;
  }
  return 1;
}

std::size_t hour_of(std::int64_t time_ms, std::size_t hours) {
  const auto count = static_cast<std::int64_t>(hours);
  const auto hour = time_ms / kHourMs - (time_ms % kHourMs < 0 ? 1 : 0);
  return static_cast<std::size_t>((hour % count + count) % count);
}

double median(std::vector<double>& values) {
  const auto half = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), half, values.end());
  if (values.size() % 2 == 1) return *half;
  const double below = *std::max_element(values.begin(), half);
  return below + (*half - below) / 2;
}

double deviation(const std::vector<double>& values, double middle) {
  std::vector<double> distances;
  distances.reserve(values.size());
  for (const double value : values) distances.push_back(std::abs(value - middle));
  return kDeviation * median(distances);
}

std::vector<SeriesPoint> finite(std::span<const SeriesPoint> points) {
  std::vector<SeriesPoint> kept;
  kept.reserve(points.size());
  for (const auto& point : points) {
    if (std::isfinite(point.value)) kept.push_back(point);
  }
  return kept;
}

// The longest season, up to the one asked for, that was seen twice.
Season season_of(std::chrono::milliseconds history, Season asked) {
  if (asked == Season::week && history >= std::chrono::hours(2 * 168)) return Season::week;
  if (asked != Season::flat && history >= std::chrono::hours(2 * 24)) return Season::day;
  return Season::flat;
}

}  // namespace

std::string_view to_string(Season season) {
  switch (season) {
    case Season::flat:
      return "flat";
    case Season::day:
      return "day";
    case Season::week:
      return "week";
  }
  return "flat";
}

std::optional<Season> parse_season(std::string_view text) {
  for (const auto season : {Season::flat, Season::day, Season::week}) {
    if (to_string(season) == text) return season;
  }
  return std::nullopt;
}

std::optional<Baseline> Baseline::learn(std::span<const SeriesPoint> points,
                                        const BaselineOptions& options) {
  const auto kept = finite(points);
  if (kept.size() < kFewest) return std::nullopt;
  const auto [first, last] = std::minmax_element(
      kept.begin(), kept.end(), [](const auto& a, const auto& b) { return a.time_ms < b.time_ms; });
  const std::chrono::milliseconds history(last->time_ms - first->time_ms);
  if (history < options.min_history) return std::nullopt;

  Baseline baseline(season_of(history, options.season));
  const auto hours = hours_of(baseline.season_);
  std::vector<std::vector<double>> seen(hours);
  std::vector<double> all;
  for (const auto& point : kept) {
    all.push_back(point.value);
    seen[hour_of(point.time_ms, hours)].push_back(point.value);
  }
  const double middle = median(all);
  const Usual whole{middle, deviation(all, middle)};
  for (auto& values : seen) {
    Usual usual = whole;
    if (values.size() >= kFewestOfHour) {
      usual.middle = median(values);
      usual.scale = deviation(values, usual.middle);
    }
    baseline.hours_.push_back(usual);
  }
  // What is left of the scale when the season is taken out.
  std::vector<double> scales;
  for (const auto& usual : baseline.hours_) scales.push_back(usual.scale);
  const double typical = median(scales);
  for (auto& usual : baseline.hours_) {
    usual.scale =
        std::max({usual.scale, kLeastShare * typical, kLeastOfMiddle * std::abs(usual.middle)});
  }
  return baseline;
}

double Baseline::middle_at(std::int64_t time_ms) const {
  // Hours stand for their middles.
  const auto before = time_ms - kHourMs / 2;
  const auto hour = hour_of(before, hours_.size());
  const auto past = (before % kHourMs + kHourMs) % kHourMs;
  return std::lerp(hours_[hour].middle, hours_[(hour + 1) % hours_.size()].middle,
                   static_cast<double>(past) / static_cast<double>(kHourMs));
}

Band Baseline::at(std::int64_t time_ms, double sensitivity, double min_change) const {
  Band band{.middle = middle_at(time_ms)};
  band.lower = band.middle - min_change;
  band.upper = band.middle + min_change;
  const auto count = hours_.size();
  const auto hour = hour_of(time_ms, count);
  for (const auto near : {hour + count - 1, hour, hour + 1}) {
    const auto& usual = hours_[near % count];
    const double half = std::max(sensitivity * usual.scale, min_change);
    band.lower = std::min(band.lower, usual.middle - half);
    band.upper = std::max(band.upper, usual.middle + half);
  }
  return band;
}

std::string_view to_string(Direction direction) {
  switch (direction) {
    case Direction::both:
      return "both";
    case Direction::up:
      return "up";
    case Direction::down:
      return "down";
  }
  return "both";
}

std::optional<Direction> parse_direction(std::string_view text) {
  for (const auto direction : {Direction::both, Direction::up, Direction::down}) {
    if (to_string(direction) == text) return direction;
  }
  return std::nullopt;
}

// NaN is outside of nothing.
bool is_outside(const Band& band, double value, Direction direction) {
  const bool above = value > band.upper && direction != Direction::down;
  const bool below = value < band.lower && direction != Direction::up;
  return above || below;
}

}  // namespace monitron::domain
