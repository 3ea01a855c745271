#include "domain/availability.hpp"

#include <algorithm>
#include <cmath>

namespace monitron::domain {
namespace {

constexpr int kMissedInsideOutage = 2;

void add_down(std::vector<Outage>& outages, Instant from, Instant to, Instant last_up,
              std::chrono::milliseconds bridge) {
  const bool goes_on =
      !outages.empty() && outages.back().to >= last_up && from - outages.back().to <= bridge;
  if (goes_on) {
    outages.back().to = to;
  } else {
    outages.push_back({from, to});
  }
}

}  // namespace

void extend(std::vector<KnownSpan>& spans, const Observation& next, std::chrono::seconds interval) {
  if (!spans.empty() && spans.back().to > next.time) {
    spans.back().to = next.time;
    if (spans.back().to <= spans.back().from) spans.pop_back();
  }
  if (!spans.empty() && spans.back().up == next.up && spans.back().to == next.time) {
    spans.back().to = next.time + interval;
  } else {
    spans.push_back({next.time, next.time + interval, next.up});
  }
}

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

std::optional<std::chrono::milliseconds> Availability::mean_time_to_repair() const {
  if (outages.empty()) return std::nullopt;
  return down / static_cast<std::int64_t>(outages.size());
}

std::optional<std::chrono::milliseconds> Availability::mean_time_between_failures() const {
  if (outages.empty()) return std::nullopt;
  return up / static_cast<std::int64_t>(outages.size());
}

Availability availability(std::span<const KnownSpan> spans, Instant from, Instant to,
                          std::chrono::seconds interval) {
  Availability sum;
  auto last_up = from;
  // The first span that ends after the range begins.
  auto span = std::partition_point(spans.begin(), spans.end(),
                                   [&](const KnownSpan& one) { return one.to <= from; });
  for (; span != spans.end() && span->from < to; ++span) {
    const auto begin = std::max(span->from, from), end = std::min(span->to, to);
    if (span->up) {
      sum.up += end - begin;
      last_up = end;
    } else {
      sum.down += end - begin;
      add_down(sum.outages, begin, end, last_up, kMissedInsideOutage * interval);
    }
  }
  sum.unknown = (to - from) - sum.up - sum.down;
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
