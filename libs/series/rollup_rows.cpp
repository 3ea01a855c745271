#include "series/rollup_rows.hpp"

#include "series/chunk_codec.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <optional>

namespace monitron::series {
namespace {

// What is known of a row without reading its data.
struct Extent {
  double min = std::numeric_limits<double>::quiet_NaN();
  double max = std::numeric_limits<double>::quiet_NaN();
  double sum = 0;
};

Extent extent_of(const std::vector<Bucket>& buckets) {
  Extent all;
  std::vector<double> sums;
  for (const auto& bucket : buckets) {
    if (!(all.min <= bucket.min) && !std::isnan(bucket.min)) all.min = bucket.min;
    if (!(all.max >= bucket.max) && !std::isnan(bucket.max)) all.max = bucket.max;
    sums.push_back(bucket.sum);
  }
  all.sum = exact_sum(sums);
  return all;
}

// A row of chunk_times costs about 90 bytes beside the times, an id that points to it 9.
bool worth_sharing(std::size_t bytes, std::size_t users) {
  return bytes * users > bytes + 90 + 9 * users;
}

struct OwnTimes {
  std::int64_t start_ms = 0, finish_ms = 0;
  std::size_t users = 0;
  std::optional<std::int64_t> id{};
};

}  // namespace

void RollupRows::add(std::int32_t source, const std::vector<SeriesRollup>& rollups,
                     const std::function<std::int64_t()>& next_times_id) {
  std::map<std::string, OwnTimes> known;  // by their encoded form
  std::vector<decltype(known)::iterator> times;
  for (const auto& one : rollups) {
    const auto at = known.try_emplace(encode_times(rollup_times(one.buckets))).first;
    at->second.start_ms = one.buckets.front().first_ms;
    at->second.finish_ms = one.buckets.back().last_ms;
    ++at->second.users;
    times.push_back(at);
  }
  for (auto& [encoded, shared] : known) {
    if (!worth_sharing(encoded.size(), shared.users)) continue;
    shared.id = next_times_id();
    times_.row(6);
    times_.field16(static_cast<std::int16_t>(tier_));
    times_.field32(source);
    times_.field_time(shared.start_ms);
    times_.field_time(shared.finish_ms);
    times_.field64(*shared.id);
    times_.field_bytes(encoded);
  }
  for (std::size_t i = 0; i < rollups.size(); ++i) {
    const auto& [encoded, times_of] = *times[i];
    const auto extent = extent_of(rollups[i].buckets);
    chunks_.row(12);
    chunks_.field16(static_cast<std::int16_t>(tier_));
    chunks_.field32(rollups[i].series);
    chunks_.field_time(times_of.start_ms);
    chunks_.field_time(times_of.finish_ms);
    chunks_.field64(part_);
    chunks_.field32(static_cast<std::int32_t>(rollups[i].buckets.size()));
    chunks_.field_double(extent.min);
    chunks_.field_double(extent.max);
    chunks_.field_double(extent.sum);
    chunks_.optional64(times_of.id);
    if (times_of.id) {
      chunks_.null();
    } else {
      chunks_.field_bytes(encoded);
    }
    chunks_.field_bytes(encode_rollup(rollups[i].buckets));
  }
}

}  // namespace monitron::series
