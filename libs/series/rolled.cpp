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

std::vector<StoredRange> without_all(std::vector<StoredRange> ranges,
                                     const std::vector<StoredRange>& taken) {
  for (const auto& one : taken) ranges = without(ranges, one);
  return ranges;
}

// What there is of whole buckets in it.
std::vector<StoredRange> whole_buckets(const StoredRange& range, Resolution resolution) {
  const auto width = width_of(resolution);
  const StoredRange whole{(range.from_ms + width - 1) / width * width,
                          (range.to_ms + 1) / width * width - 1};
  if (whole.from_ms > whole.to_ms) return {};
  return {whole};
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
  // A rise to it and a fall to nothing come to the same as all falls together: it is not less than
  // the first sample.
  if (counter && bucket.correction > 0 && bucket.last_ms - bucket.first_ms > 2) {
    add(out, bucket.last_ms - 2, bucket.correction);
    add(out, bucket.last_ms - 1, 0);
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
    for (const auto& one : without_all(before, missing)) rolled.push_back({resolution, one});
  }
  std::sort(rolled.begin(), rolled.end(),
            [](const auto& a, const auto& b) { return a.range.from_ms < b.range.from_ms; });
  return rolled;
}

std::int64_t width_of(Resolution resolution) {
  return resolution == Resolution::one_hour ? kHourMs : kFiveMinutesMs;
}

ReadPlan plan_reading(const std::vector<ListedPartition>& listed, const StoredRange& range,
                      std::optional<Resolution> by) {
  std::vector<Partition> partitions;
  for (const auto& one : listed) partitions.push_back(one.partition);
  ReadPlan plan{rolled_ranges(partitions, range), {range}};
  if (!by) return plan;
  const auto whole = whole_buckets(range, *by);
  auto others = whole;
  for (const auto& one : listed) {
    if (one.rolled_up) others = without(others, range_of(one.partition));
  }
  const auto equal = without_all(whole, others);
  for (const auto& one : equal) plan.rolled.push_back({*by, one});
  plan.raw = without_all(plan.raw, equal);
  return plan;
}

void add_samples(const Bucket& bucket, std::string_view function, Samples& out) {
  if (function == "max_over_time") return add(out, bucket.last_ms, bucket.max);
  if (function == "min_over_time") return add(out, bucket.last_ms, bucket.min);
  if (function == "sum_over_time") return add(out, bucket.last_ms, bucket.sum);
  if (function == "avg_over_time") return add(out, bucket.last_ms, bucket.sum / bucket.count);
  add_ends(bucket, function, out);
}

}  // namespace monitron::series
