#include "checker/slices.hpp"

#include "domain/check_slots.hpp"

#include <algorithm>
#include <unordered_map>

namespace monitron::checker {

namespace {

// Puts one more job into the last slice, or into a new one.
void add(std::vector<contracts::CheckSlice>& slices, const contracts::CheckSlice& empty,
         contracts::CheckSlice::Job job) {
  if (slices.empty() || slices.back().jobs.size() == kJobsPerSlice) {
    slices.push_back(empty);
    slices.back().part += static_cast<std::uint32_t>(slices.size() - 1);
  }
  slices.back().jobs.push_back(std::move(job));
}

// What is asked of whom; not how the check is called, how often it runs and what follows from it.
bool asks_the_same(const domain::CheckDefinition& before, domain::CheckDefinition now) {
  now.name = before.name;
  now.instance_id = before.instance_id;
  now.interval = before.interval;
  now.labels = before.labels;
  now.failures_before_down = before.failures_before_down;
  now.successes_before_up = before.successes_before_up;
  return now == before;
}

}  // namespace

std::vector<contracts::CheckSlice> slices_of(const std::vector<domain::CheckDefinition>& checks,
                                             const std::string& location, Instant second,
                                             std::int64_t fence) {
  std::vector<contracts::CheckSlice> slices;
  for (const auto& check : checks) {
    const auto slot = domain::slot_in_second(check.id, check.interval, second);
    if (slot) add(slices, {location, second, 0, fence, {}}, {*slot, check});
  }
  return slices;
}

std::vector<domain::CheckDefinition> to_run_at_once(
    const std::vector<domain::CheckDefinition>& before,
    const std::vector<domain::CheckDefinition>& checks) {
  std::unordered_map<Uuid, const domain::CheckDefinition*> known;
  for (const auto& check : before) known.emplace(check.id.value, &check);
  std::vector<domain::CheckDefinition> found;
  for (const auto& check : checks) {
    const auto same = known.find(check.id.value);
    if (same != known.end() && asks_the_same(*same->second, check)) continue;
    if (found.size() == kAtOnce) break;
    found.push_back(check);
    found.back().failures_before_down = found.back().successes_before_up = 1;
  }
  return found;
}

std::vector<contracts::CheckSlice> slices_at_once(
    const std::vector<domain::CheckDefinition>& checks, const std::string& location, Instant now,
    std::int64_t fence) {
  // The parts of the second's own slices begin with 0.
  const contracts::CheckSlice empty{
      location, std::chrono::floor<std::chrono::seconds>(now), 1'000'000, fence, {}};
  std::vector<contracts::CheckSlice> slices;
  for (const auto& check : checks) add(slices, empty, {now, check});
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
