#include "promql/source.hpp"

#include <algorithm>

namespace monitron::promql {

Budget::Budget(const Limits& limits, std::shared_ptr<const std::atomic<bool>> gone)
    : limits_(limits),
      end_(std::chrono::steady_clock::now() + limits.time),
      gone_(std::move(gone)) {}

Result<void> Budget::take_samples(std::uint64_t count) {
  samples_ += count;
  if (samples_ <= limits_.samples) return {};
  return fail(
      Fault::invalid,
      "query processing would load too many samples into memory in query execution (limit: " +
          std::to_string(limits_.samples) + " samples)");
}

Result<void> Budget::hold(std::uint64_t bytes) {
  if (bytes > limits_.bytes || bytes_ > limits_.bytes - bytes) {
    return fail(Fault::invalid, "query processing would need too much memory (limit: " +
                                    std::to_string(limits_.bytes) + " bytes)");
  }
  bytes_ += bytes;
  return {};
}

void Budget::give_back(std::uint64_t bytes) { bytes_ -= bytes; }

Result<void> Budget::check() const {
  if (is_cancelled()) return fail(Fault::timeout, "query was canceled in expression evaluation");
  if (std::chrono::steady_clock::now() < end_) return {};
  return fail(Fault::timeout, "query timed out in expression evaluation");
}

std::chrono::milliseconds Budget::remaining() const {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      end_ - std::chrono::steady_clock::now());
  return std::max(left, std::chrono::milliseconds(0));
}

}  // namespace monitron::promql
