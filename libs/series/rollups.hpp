#pragma once
// Samples of a series, summed up in buckets of 5 min and 1 h, and these as bytes;
// docs/chunk-format.md describes the form. Pure.
//
// A bucket speaks of what PromQL sees: stale markers are left out, and of samples with equal times
// only the one stored last counts. Bit by bit what the raw samples give:
//   min, max   NaN only if all values are
//   sum        of all values, exactly, and then rounded once
//   correction what a counter lost in its resets within the bucket: the sum of the values before;
//              NaN in all buckets of a series that falls more often than each fourth time: that is
//              no counter
// Buckets without a sample are absent.

#include "base/result.hpp"
#include "series/exact_sum.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::series {

struct Bucket {
  std::int64_t first_ms = 0;  // of its samples; the bucket begins at a multiple of its width
  std::int64_t last_ms = 0;
  std::uint32_t count = 0;
  double first = 0;
  double last = 0;
  double min = 0;
  double max = 0;
  double sum = 0;
  double correction = 0;
};

// When the bucket of a sample begins (UTC).
std::int64_t bucket_start(std::int64_t time_ms, std::int64_t width_ms);

// Sums a series up. Piece by piece, if these hold whole buckets.
class RollUp {
 public:
  explicit RollUp(std::int64_t width_ms) : width_ms_(width_ms) {}

  // Times not decreasing; equal ones in the order of storing.
  void add(std::span<const std::int64_t> times_ms, std::span<const double> values);
  std::vector<Bucket> finish();  // of one series; the next one begins

 private:
  void count_falls(std::span<const double> values);

  std::int64_t width_ms_;
  std::vector<Bucket> buckets_{};
  std::size_t values_ = 0, falls_ = 0;
  std::optional<double> last_{};
};

std::vector<Bucket> roll_up(std::span<const std::int64_t> times_ms, std::span<const double> values,
                            std::int64_t width_ms);

// first_ms and last_ms of one bucket after the other: what chunks.times (or the shared times) of a
// rollup are, as encode_times writes them. All series of a source share them as a rule.
std::vector<std::int64_t> rollup_times(std::span<const Bucket> buckets);

// All the rest: what chunks.data of a rollup is.
std::string encode_rollup(std::span<const Bucket> buckets);

// Appends to `out`. Fault: invalid, for bytes that encode_rollup did not make.
Result<void> decode_rollup(std::span<const std::int64_t> times_ms, std::string_view data,
                           std::vector<Bucket>& out);

}  // namespace monitron::series
