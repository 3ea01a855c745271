#include "series/staging_rows.hpp"

#include <algorithm>

namespace monitron::series {
namespace {

using contracts::Block;
using contracts::Point;

// A wide row costs a bit per absent value, a narrow one its head: below this share of present
// values narrow rows are smaller.
constexpr std::size_t kWideShare = 8;

LayoutWish wish_of(const Uuid& source, const Block& block) {
  const auto& hash = block.dictionary.hash;
  return {source, Hash(reinterpret_cast<const char*>(hash.data()), hash.size())};
}

// Points of one time, in the order in which they came.
using PointsByTime = std::map<std::int64_t, std::vector<Point>>;

PointsByTime by_time(const Block& block) {
  PointsByTime times;
  for (const auto& point : block.points) times[point.time_ms].push_back(point);
  return times;
}

bool is_wide(const Block& block, const std::vector<Point>& points) {
  return points.size() * kWideShare >= block.series_count;
}

void add_wide(const Layout& layout, std::int64_t time_ms, std::vector<Point> points,
              CopyRows& rows) {
  while (!points.empty()) {
    std::vector<double> values(layout.series.size(), contracts::kAbsent);
    std::vector<Point> again;  // a series that has two values at one time
    for (const auto& point : points) {
      auto& value = values[point.series];
      if (contracts::is_absent(value)) {
        value = point.value;
      } else {
        again.push_back(point);
      }
    }
    rows.add(layout.source, layout.id, time_ms, values);
    points = std::move(again);
  }
}

bool fits(const Block& block) {
  const auto width = block.series_count;
  return std::all_of(block.frames.begin(), block.frames.end(),
                     [&](const auto& frame) { return frame.values.size() == width; }) &&
         std::all_of(block.points.begin(), block.points.end(), [&](const auto& point) {
           return point.series < width && !contracts::is_absent(point.value);
         });
}

bool in_time(const Block& block) {
  const auto is_fine = [](const auto& one) {
    return one.time_ms >= 0 && one.time_ms < kEndOfTimeMs;
  };
  return std::all_of(block.frames.begin(), block.frames.end(), is_fine) &&
         std::all_of(block.points.begin(), block.points.end(), is_fine);
}

}  // namespace

Result<void> wish_layouts(const Catalogue& catalogue, const Uuid& source, const Block& block,
                          std::map<LayoutWish, SeriesList>& wishes) {
  if (!fits(block)) return fail(Fault::invalid, "samples do not fit their dictionary");
  if (!in_time(block)) return fail(Fault::invalid, "a time is out of range");
  const auto whole = wish_of(source, block);
  std::vector<std::uint32_t> singles;
  for (const auto& [time, points] : by_time(block)) {
    if (is_wide(block, points)) continue;
    for (const auto& point : points) {
      if (!catalogue.find(Catalogue::single(whole, point.series))) singles.push_back(point.series);
    }
  }
  const auto* known = catalogue.find(whole);
  if (known && known->series.size() != block.series_count) {
    return fail(Fault::invalid, "the dictionary has another number of series");
  }
  if (known && singles.empty()) return {};
  auto list = contracts::unpack_dictionary(block.dictionary);
  if (!list) return fail(list.error());
  if (list->size() != block.series_count) {
    return fail(Fault::invalid, "the dictionary has another number of series");
  }
  for (const auto place : singles) wishes[Catalogue::single(whole, place)] = {(*list)[place]};
  if (!known) wishes[whole] = std::move(*list);
  return {};
}

void add_rows(const Catalogue& catalogue, const Uuid& source, const Block& block, CopyRows& rows) {
  const auto whole = wish_of(source, block);
  const auto& layout = *catalogue.find(whole);
  for (const auto& frame : block.frames) {
    rows.add(layout.source, layout.id, frame.time_ms, frame.values);
  }
  for (auto& [time, points] : by_time(block)) {
    if (is_wide(block, points)) {
      add_wide(layout, time, points, rows);
      continue;
    }
    for (const auto& point : points) {
      const auto& single = *catalogue.find(Catalogue::single(whole, point.series));
      rows.add(single.source, single.id, time, std::span(&point.value, 1));
    }
  }
}

}  // namespace monitron::series
