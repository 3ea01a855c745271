#include "checker/slices.hpp"

#include "domain/check_slots.hpp"

#include <algorithm>

namespace monitron::checker {

std::vector<contracts::CheckSlice> slices_of(const std::vector<domain::CheckDefinition>& checks,
                                             const std::string& location, Instant second,
                                             std::int64_t fence) {
  std::vector<contracts::CheckSlice> slices;
  for (const auto& check : checks) {
    const auto slot = domain::slot_in_second(check.id, check.interval, second);
    if (!slot) continue;
    if (slices.empty() || slices.back().jobs.size() == kJobsPerSlice) {
      const auto part = static_cast<std::uint32_t>(slices.size());
      slices.push_back({location, second, part, fence, {}});
    }
    slices.back().jobs.push_back({*slot, check});
  }
  return slices;
}

std::vector<Instant> SecondsToSend::due(Instant now) {
  const Instant last = std::chrono::floor<std::chrono::seconds>(now) + kAhead;
  if (next_ > last + std::chrono::seconds(10)) next_ = {};
  const Instant first = std::chrono::floor<std::chrono::seconds>(now) + std::chrono::seconds(1);
  next_ = std::max(next_, first);
  std::vector<Instant> seconds;
  for (; next_ <= last; next_ += std::chrono::seconds(1)) seconds.push_back(next_);
  return seconds;
}

}  // namespace monitron::checker
