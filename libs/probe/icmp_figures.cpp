#include "probe/icmp_figures.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace monitron::probe {

namespace {

constexpr std::size_t kMost = 128;  // a run has at most 100 packets

}  // namespace

std::optional<RttFigures> rtt_figures(std::span<const std::int64_t> rtt_ns) {
  std::array<double, kMost> times{};
  std::size_t count = 0;
  double steps = 0;
  for (const std::int64_t rtt : rtt_ns) {
    if (rtt < 0 || count == kMost) continue;
    times[count] = static_cast<double>(rtt) / 1e9;
    if (count > 0) steps += std::abs(times[count] - times[count - 1]);
    ++count;
  }
  if (count == 0) return {};
  const std::span<double> heard(times.data(), count);
  std::sort(heard.begin(), heard.end());
  RttFigures figures;
  figures.min = heard.front();
  figures.max = heard.back();
  figures.avg = std::accumulate(heard.begin(), heard.end(), 0.0) / static_cast<double>(count);
  figures.median = (heard[(count - 1) / 2] + heard[count / 2]) / 2;
  double squares = 0;
  for (const double time : heard) squares += (time - figures.avg) * (time - figures.avg);
  figures.stddev = std::sqrt(squares / static_cast<double>(count));
  if (count > 1) figures.jitter = steps / static_cast<double>(count - 1);
  return figures;
}

}  // namespace monitron::probe
