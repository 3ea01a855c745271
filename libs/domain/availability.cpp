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

// Of what is in order, those that reach into [from, to).
template <class Span>
std::span<const Span> within(std::span<const Span> spans, Instant from, Instant to) {
  const auto begin = std::partition_point(spans.begin(), spans.end(),
                                          [&](const Span& one) { return one.to <= from; });
  const auto end =
      std::partition_point(begin, spans.end(), [&](const Span& one) { return one.from < to; });
  return {begin, end};
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
                          std::chrono::seconds interval, std::span<const TimeSpan> excluded) {
  Availability sum;
  auto last_up = from;
  const auto add = [&](bool up, Instant begin, Instant end) {
    if (up) {
      sum.up += end - begin;
      last_up = end;
    } else {
      sum.down += end - begin;
      add_down(sum.outages, begin, end, last_up, kMissedInsideOutage * interval);
    }
  };
  excluded = within(excluded, from, to);
  for (const auto& one : excluded) sum.excluded += std::min(one.to, to) - std::max(one.from, from);
  auto left_out = excluded.begin();
  for (const auto& span : within(spans, from, to)) {
    const auto end = std::min(span.to, to);
    for (auto begin = std::max(span.from, from); begin < end;) {
      while (left_out != excluded.end() && left_out->to <= begin) {
        last_up = std::max(last_up, left_out->to);  // what was before it is another outage
        ++left_out;
      }
      const bool none = left_out == excluded.end();
      const bool counts = none || begin < left_out->from;
      const auto change = none ? end : (counts ? left_out->from : left_out->to);
      const auto stop = std::min(end, change);
      if (counts) add(span.up, begin, stop);
      begin = stop;
    }
  }
  sum.unknown = (to - from) - sum.up - sum.down - sum.excluded;
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
