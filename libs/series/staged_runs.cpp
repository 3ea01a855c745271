#include "series/staged_runs.hpp"

#include "contracts/telemetry.hpp"

namespace monitron::series {
namespace {

constexpr std::size_t kBytesPerSample = 16;
constexpr std::size_t kBytesPerSeries = 256;

std::size_t memory_of(const SeriesRun& run) {
  return sizeof run + run.times_ms.capacity() * sizeof(std::int64_t) +
         run.values.capacity() * sizeof(double);
}

}  // namespace

SeriesRun StagedRuns::fresh(std::int32_t series) {
  SeriesRun run;
  if (!spare_.empty()) {
    run = std::move(spare_.back());
    spare_.pop_back();
    spare_bytes_ -= memory_of(run);
  }
  run.series = series;
  return run;
}

void StagedRuns::learn(std::int32_t layout, std::span<const Place> places) {
  auto& runs = layouts_[layout];
  runs.clear();
  runs.reserve(places.size());
  for (const auto& place : places) {
    const auto [known, is_new] = series_.try_emplace(place.series, runs_.size());
    if (is_new) {
      runs_.push_back({place.retention_class, fresh(place.series)});
    }
    runs.push_back(static_cast<std::uint32_t>(known->second));
  }
}

bool StagedRuns::add(std::int32_t layout, std::int64_t time_ms, std::span<const double> values) {
  const auto& runs = layouts_.at(layout);
  if (runs.size() != values.size()) return false;
  std::size_t present = 0;
  for (std::size_t place = 0; place < values.size(); ++place) {
    if (contracts::is_absent(values[place])) continue;
    auto& run = runs_[runs[place]].samples;
    run.times_ms.push_back(time_ms);
    run.values.push_back(values[place]);
    ++present;
  }
  samples_ += present;
  return true;
}

bool StagedRuns::are_enough(std::size_t piece_bytes) const {
  constexpr std::size_t kSamplesEach = 16;
  constexpr std::size_t kLargest = 16;  // in pieces
  const auto bytes = samples_ * kBytesPerSample;
  if (bytes < piece_bytes) return false;
  return samples_ >= runs_.size() * kSamplesEach ||
         bytes + runs_.size() * kBytesPerSeries >= piece_bytes * kLargest;
}

void StagedRuns::reuse(SeriesRun&& run) {
  const auto memory = memory_of(run);
  if (spare_bytes_ + memory > max_spare_bytes_) return;
  run.times_ms.clear();
  run.values.clear();
  spare_bytes_ += memory;
  spare_.push_back(std::move(run));
}

void StagedRuns::clear() {
  for (auto& run : runs_) {
    if (run.samples.times_ms.capacity() > 0) reuse(std::move(run.samples));
  }
  runs_.clear();
  series_.clear();
  layouts_.clear();
  samples_ = 0;
}

}  // namespace monitron::series
