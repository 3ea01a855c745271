#include "rules/anomaly.hpp"

#include "base/text.hpp"

namespace monitron::rules {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
// Primes of seconds: what happens every five minutes or every hour is met at all its phases.
constexpr std::int64_t kStepMs = 787'000;
constexpr std::int64_t kShortStepMs = 293'000;

promql::Range history_before(std::int64_t now_ms, domain::Season season) {
  std::int64_t step = kStepMs, length = 28 * kDayMs;
  if (season == domain::Season::day) length = 14 * kDayMs;
  if (season == domain::Season::flat) {
    step = kShortStepMs;
    length = 2 * kDayMs;
  }
  return {now_ms - length / step * step, now_ms, step};
}

std::vector<domain::SeriesPoint> points_of(const std::vector<promql::Sample>& samples) {
  std::vector<domain::SeriesPoint> points;
  points.reserve(samples.size());
  for (const auto& sample : samples) points.push_back({sample.time_ms, sample.value});
  return points;
}

}  // namespace

Result<Baselines> learn_baselines(const promql::Expr& expr, const AnomalyParameters& parameters,
                                  std::int64_t now_ms, promql::Source& source,
                                  promql::Budget& budget) {
  const auto range = history_before(now_ms, parameters.season);
  const auto outcome = promql::query_range(expr, range, source, budget);
  if (!outcome) return fail(outcome.error());
  const auto& matrix = std::get<promql::Matrix>(outcome->value);
  if (matrix.size() > kMostLearntSeries) {
    return fail(Fault::invalid, "the expression gives " + std::to_string(matrix.size()) +
                                    " series; what is usual is learnt for " +
                                    std::to_string(kMostLearntSeries) + " at most");
  }
  Baselines baselines;
  const domain::BaselineOptions options{parameters.season, parameters.min_history};
  for (const auto& series : matrix) {
    auto labels = series.labels;
    labels.remove(promql::kMetricName);
    auto baseline = domain::Baseline::learn(points_of(series.samples), options);
    if (!baseline) continue;
    if (baselines.emplace(std::move(labels), std::move(*baseline)).second) continue;
    return fail(Fault::invalid, "two series differ by the name of their metric alone");
  }
  return baselines;
}

std::optional<Unusual> look(const Baselines& baselines, const AnomalyParameters& parameters,
                            const promql::Labels& labels, promql::Sample sample) {
  const auto known = baselines.find(labels);
  if (known == baselines.end()) return std::nullopt;
  const auto band = known->second.at(sample.time_ms, parameters.sensitivity, parameters.min_change);
  return Unusual{band, domain::is_outside(band, sample.value, parameters.direction)};
}

std::string unusual_text(double value, const domain::Band& band) {
  return "is " + short_number(value, 4) + "; usual at this hour: " + short_number(band.lower, 4) +
         " to " + short_number(band.upper, 4);
}

}  // namespace monitron::rules
