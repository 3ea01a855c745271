#include "ingest/blocks.hpp"

#include <algorithm>
#include <span>

namespace monitron::ingest {
namespace {

using contracts::Block;
using contracts::Point;

// A point takes about twice the bytes of a place in a frame.
constexpr std::size_t kPointBytes = 2;

class Frames {
 public:
  explicit Frames(Block& block) : block_(block), seen_(block.series_count) {}

  // All points of one time.
  void take(std::span<const Point> points) {
    if (points.size() * kPointBytes < seen_.size()) return keep(points);
    rounds_.clear();
    for (const auto& point : points) {
      const auto round = seen_[point.series]++;
      if (round == rounds_.size()) rounds_.push_back(0);
      ++rounds_[round];
    }
    for (const auto& point : points) seen_[point.series] = 0;
    // Later rounds are smaller.
    const auto full = static_cast<std::size_t>(
        std::find_if(rounds_.begin(), rounds_.end(),
                     [&](std::size_t size) { return size * kPointBytes < seen_.size(); }) -
        rounds_.begin());
    const auto first = block_.frames.size();
    for (std::size_t i = 0; i < full; ++i) {
      block_.frames.push_back(
          {points.front().time_ms, std::vector<double>(seen_.size(), contracts::kAbsent)});
    }
    for (const auto& point : points) {
      const auto round = seen_[point.series]++;
      if (round < full) {
        block_.frames[first + round].values[point.series] = point.value;
      } else {
        block_.points.push_back(point);
      }
    }
    for (const auto& point : points) seen_[point.series] = 0;
  }

 private:
  void keep(std::span<const Point> points) {
    block_.points.insert(block_.points.end(), points.begin(), points.end());
  }

  Block& block_;
  std::vector<std::uint32_t> seen_;  // how often each series was; all 0 between two times
  std::vector<std::size_t> rounds_;  // points that are the first, second … of their series
};

}  // namespace

void put_points(std::vector<Point> points, Block& block) {
  const auto earlier = [](const Point& a, const Point& b) { return a.time_ms < b.time_ms; };
  if (!std::is_sorted(points.begin(), points.end(), earlier)) {
    std::stable_sort(points.begin(), points.end(), earlier);
  }
  Frames frames(block);
  for (auto begin = points.begin(); begin != points.end();) {
    const auto end = std::upper_bound(begin, points.end(), *begin, earlier);
    frames.take({begin, end});
    begin = end;
  }
}

}  // namespace monitron::ingest
