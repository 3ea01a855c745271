#include "series/rolled.hpp"

#include <algorithm>
#include <cmath>

namespace monitron::series {
namespace {

constexpr std::int64_t kLineMs = 240'000;

// What is left of `ranges` outside of `taken`.
std::vector<StoredRange> without(const std::vector<StoredRange>& ranges, const StoredRange& taken) {
  std::vector<StoredRange> left;
  for (const auto& one : ranges) {
    if (taken.to_ms < one.from_ms || taken.from_ms > one.to_ms) {
      left.push_back(one);
      continue;
    }
    if (one.from_ms < taken.from_ms) left.push_back({one.from_ms, taken.from_ms - 1});
    if (taken.to_ms < one.to_ms) left.push_back({taken.to_ms + 1, one.to_ms});
  }
  return left;
}

StoredRange range_of(const Partition& partition) {
  return {partition.lower_ms, partition.upper_ms - 1};
}

void add(Samples& out, std::int64_t time_ms, double value) {
  out.times_ms.push_back(time_ms);
  out.values.push_back(value);
}

void add_line(const Bucket& bucket, Samples& out) {
  const auto length = static_cast<double>(bucket.last_ms - bucket.first_ms);
  for (auto time = bucket.first_ms + kLineMs; time < bucket.last_ms; time += kLineMs) {
    const double way = static_cast<double>(time - bucket.first_ms) / length;
    add(out, time, bucket.first * (1 - way) + bucket.last * way);
  }
}

void add_ends(const Bucket& bucket, std::string_view function, Samples& out) {
  add(out, bucket.first_ms, bucket.first);
  if (bucket.first_ms == bucket.last_ms) return;
  if (function.empty()) add_line(bucket, out);
  const bool counter = function == "rate" || function == "increase";
  // A rise to it and a fall from it come to the same as all falls together.
  if (counter && bucket.correction > 0 && bucket.last_ms - bucket.first_ms > 1) {
    add(out, bucket.last_ms - 1, bucket.correction);
  }
  add(out, bucket.last_ms, bucket.last);
}

}  // namespace

std::vector<RolledRange> rolled_ranges(const std::vector<Partition>& partitions,
                                       const StoredRange& range) {
  std::vector<StoredRange> missing{range};
  std::vector<RolledRange> rolled;
  for (const auto resolution : {Resolution::raw, Resolution::five_minutes, Resolution::one_hour}) {
    const auto before = missing;
    for (const auto& one : partitions) {
      if (Tier::of(one.tier).resolution == resolution) missing = without(missing, range_of(one));
    }
    if (resolution == Resolution::raw) continue;
    auto found = before;
    for (const auto& left : missing) found = without(found, left);
    for (const auto& one : found) rolled.push_back({resolution, one});
  }
  std::sort(rolled.begin(), rolled.end(),
            [](const auto& a, const auto& b) { return a.range.from_ms < b.range.from_ms; });
  return rolled;
}

void add_samples(const Bucket& bucket, std::string_view function, Samples& out) {
  if (function == "max_over_time") return add(out, bucket.last_ms, bucket.max);
  if (function == "min_over_time") return add(out, bucket.last_ms, bucket.min);
  if (function == "sum_over_time") return add(out, bucket.last_ms, bucket.sum);
  if (function == "avg_over_time") return add(out, bucket.last_ms, bucket.sum / bucket.count);
  add_ends(bucket, function, out);
}

}  // namespace monitron::series
