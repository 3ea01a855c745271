#include "domain/availability.hpp"

#include <algorithm>
#include <cmath>

namespace monitron::domain {

std::optional<double> Availability::ratio() const {
  const auto known = up + down;
  if (known.count() == 0) return std::nullopt;
  return static_cast<double>(up.count()) / static_cast<double>(known.count());
}

std::chrono::milliseconds Availability::longest_outage() const {
  std::chrono::milliseconds longest{0};
  for (const auto& outage : outages) longest = std::max(longest, outage.to - outage.from);
  return longest;
}

Availability& Availability::operator+=(const Availability& other) {
  up += other.up;
  down += other.down;
  unknown += other.unknown;
  outages.insert(outages.end(), other.outages.begin(), other.outages.end());
  return *this;
}

Availability availability(std::span<const Observation> observations, Instant from, Instant to,
                          std::chrono::seconds interval) {
  Availability sum;
  auto covered = from;  // everything before is accounted for
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const auto& one = observations[i];
    const auto next = i + 1 < observations.size() ? observations[i + 1].time : to;
    const auto begin = std::clamp(one.time, covered, to);
    const auto end = std::clamp(std::min(next, one.time + 2 * interval), begin, to);
    if (end <= begin) continue;
    sum.unknown += begin - covered;
    (one.up ? sum.up : sum.down) += end - begin;
    if (!one.up && !sum.outages.empty() && sum.outages.back().to == begin) {
      sum.outages.back().to = end;
    } else if (!one.up) {
      sum.outages.push_back({begin, end});
    }
    covered = end;
  }
  sum.unknown += to - covered;
  return sum;
}

std::optional<double> quantile(std::vector<double> values, double share) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty()) return std::nullopt;
  const auto rank = std::ceil(share * static_cast<double>(values.size()));
  const auto index = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
  std::nth_element(values.begin(), values.begin() + static_cast<long>(index), values.end());
  return values[index];
}

}  // namespace monitron::domain
