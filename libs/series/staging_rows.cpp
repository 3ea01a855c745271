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

// Points of one time that name no series twice, in the order in which they came.
struct Round {
  std::int64_t time_ms = 0;
  std::vector<Point> points;
};

// Several rounds for a time at which a series has several values. Later ones are smaller, and each
// is wide or narrow for itself: many values of one series must not cost a whole row each.
std::vector<Round> rounds_of(const Block& block) {
  std::map<std::int64_t, std::vector<Point>> times;
  for (const auto& point : block.points) times[point.time_ms].push_back(point);
  std::vector<Round> rounds;
  std::vector<std::uint32_t> seen(block.series_count);  // all 0 between two times
  for (const auto& [time_ms, points] : times) {
    const auto first = rounds.size();
    for (const auto& point : points) {
      const auto round = first + seen[point.series]++;
      if (round == rounds.size()) rounds.push_back({time_ms, {}});
      rounds[round].points.push_back(point);
    }
    for (const auto& point : points) seen[point.series] = 0;
  }
  return rounds;
}

bool is_wide(const Block& block, const Round& round) {
  return round.points.size() * kWideShare >= block.series_count;
}

std::size_t count_present(std::span<const double> values) {
  const auto absent = std::count_if(values.begin(), values.end(), contracts::is_absent);
  return values.size() - static_cast<std::size_t>(absent);
}

std::size_t add_wide(const Layout& layout, const Round& round, CopyRows& rows) {
  std::vector<double> values(layout.width, contracts::kAbsent);
  for (const auto& point : round.points) values[point.series] = point.value;
  return add_row(layout, round.time_ms, values, rows);
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

std::size_t add_row(const Layout& layout, std::int64_t time_ms, std::span<const double> values,
                    CopyRows& rows) {
  if (layout.is_whole()) {
    rows.add(layout.source, layout.id, time_ms, values);
    return 0;
  }
  std::vector<double> kept;
  for (const auto place : layout.kept) kept.push_back(values[place]);
  const auto present = count_present(kept);
  if (present > 0) rows.add(layout.source, layout.id, time_ms, kept);
  return count_present(values) - present;
}

Result<void> wish_layouts(const Catalogue& catalogue, const Uuid& source, const Block& block,
                          std::map<LayoutWish, SeriesList>& wishes) {
  if (!fits(block)) return fail(Fault::invalid, "samples do not fit their dictionary");
  if (!in_time(block)) return fail(Fault::invalid, "a time is out of range");
  const auto whole = wish_of(source, block);
  std::vector<std::uint32_t> singles;
  for (const auto& round : rounds_of(block)) {
    if (is_wide(block, round)) continue;
    for (const auto& point : round.points) {
      if (catalogue.is_wanted(Catalogue::single(whole, point.series)))
        singles.push_back(point.series);
    }
  }
  const auto* known = catalogue.find(whole);
  if (known && known->width != block.series_count) {
    return fail(Fault::invalid, "the dictionary has another number of series");
  }
  const bool wanted = catalogue.is_wanted(whole);
  if (!wanted && singles.empty()) return {};
  auto list = contracts::unpack_dictionary(block.dictionary);
  if (!list) return fail(list.error());
  if (list->size() != block.series_count) {
    return fail(Fault::invalid, "the dictionary has another number of series");
  }
  for (const auto place : singles) wishes[Catalogue::single(whole, place)] = {(*list)[place]};
  if (wanted) wishes[whole] = std::move(*list);
  return {};
}

std::size_t add_rows(const Catalogue& catalogue, const Uuid& source, const Block& block,
                     CopyRows& rows) {
  const auto whole = wish_of(source, block);
  const auto& layout = *catalogue.find(whole);
  std::size_t refused = 0;
  for (const auto& frame : block.frames) {
    refused += add_row(layout, frame.time_ms, frame.values, rows);
  }
  for (const auto& round : rounds_of(block)) {
    if (is_wide(block, round)) {
      refused += add_wide(layout, round, rows);
      continue;
    }
    for (const auto& point : round.points) {
      const auto& single = *catalogue.find(Catalogue::single(whole, point.series));
      refused += add_row(single, round.time_ms, std::span(&point.value, 1), rows);
    }
  }
  return refused;
}

}  // namespace monitron::series
