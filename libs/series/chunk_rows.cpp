#include "series/chunk_rows.hpp"

#include "series/binary_rows.hpp"
#include "series/time_sharing.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <map>

namespace monitron::series {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::size_t kMasters = 4;        // lists of times that others are looked for in
constexpr std::size_t kTimesRowCost = 90;  // bytes of a row of chunk_times beside the times
constexpr std::size_t kTimesIdCost = 9;

// What a series has on one day.
struct Slice {
  std::int32_t series = 0;
  Times times{};
  std::span<const double> values{};
};

struct Summary {
  double min = std::numeric_limits<double>::quiet_NaN();
  double max = std::numeric_limits<double>::quiet_NaN();
  double sum = std::numeric_limits<double>::quiet_NaN();
};

Summary summary_of(std::span<const double> values) {
  double min = std::numeric_limits<double>::infinity();
  double max = -min;
  double sum = 0;
  std::size_t numbers = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    min = std::min(min, value);
    max = std::max(max, value);
    sum += value;
    ++numbers;
  }
  return numbers == 0 ? Summary{} : Summary{min, max, sum};
}

std::int64_t day_of(std::int64_t time_ms) {
  return time_ms / kDayMs - (time_ms % kDayMs < 0 ? 1 : 0);
}

std::map<std::int64_t, std::vector<Slice>> by_day(const std::vector<SeriesRun>& runs) {
  std::map<std::int64_t, std::vector<Slice>> days;
  for (const auto& run : runs) {
    const Times times(run.times_ms);
    const std::span<const double> values(run.values);
    MONITRON_EXPECTS(times.size() == values.size());
    for (std::size_t begin = 0; begin < times.size();) {
      const auto day = day_of(times[begin]);
      const auto next = std::lower_bound(times.begin() + static_cast<std::ptrdiff_t>(begin),
                                         times.end(), (day + 1) * kDayMs);
      const auto count = static_cast<std::size_t>(next - times.begin()) - begin;
      days[day].push_back({run.series, times.subspan(begin, count), values.subspan(begin, count)});
      begin += count;
    }
  }
  return days;
}

// Times that chunks of several series may point at, in pieces. Rows are written when needed.
struct Master {
  struct Piece {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string encoded{};
    std::optional<std::int64_t> id{};
  };
  std::vector<std::int64_t> times{};
  std::vector<Piece> pieces{};
};

Master master_of(Times times, std::size_t most) {
  Master master{{times.begin(), times.end()}, {}};
  std::size_t begin = 0;
  for (const auto end : piece_ends(times, most)) {
    master.pieces.push_back({begin, end, encode_times(times.subspan(begin, end - begin)), {}});
    begin = end;
  }
  return master;
}

std::size_t encoded_bytes(const Master& master) {
  std::size_t bytes = 0;
  for (const auto& piece : master.pieces) bytes += piece.encoded.size();
  return bytes;
}

bool worth_sharing(const Master& master, std::size_t series) {
  const auto pieces = master.pieces.size();
  const auto bytes = encoded_bytes(master);
  return bytes * series > bytes + pieces * (kTimesRowCost + kTimesIdCost * series);
}

// How a chunk of one piece of a master tells its times.
struct Share {
  std::size_t piece = 0;
  std::size_t begin = 0;  // of the samples of the series
  std::size_t end = 0;
  std::optional<std::string> presence{};
};

std::vector<Share> shares_of(const Master& master, const std::vector<bool>& places) {
  std::vector<Share> shares;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < master.pieces.size(); ++i) {
    const auto first = places.begin() + static_cast<std::ptrdiff_t>(master.pieces[i].begin);
    const auto last = places.begin() + static_cast<std::ptrdiff_t>(master.pieces[i].end);
    const auto count = static_cast<std::size_t>(std::count(first, last, true));
    if (count == 0) continue;
    Share share{i, begin, begin + count, {}};
    if (first + static_cast<std::ptrdiff_t>(count) != last) {
      share.presence = encode_presence({first, last});
    }
    shares.push_back(std::move(share));
    begin += count;
  }
  return shares;
}

std::size_t encoded_bytes(const std::vector<Share>& shares) {
  std::size_t bytes = 0;
  for (const auto& share : shares) {
    bytes += kTimesIdCost + (share.presence ? share.presence->size() : 0);
  }
  return bytes;
}

}  // namespace

struct ChunkRows::State {
  ChunkRowsConfig config{};
  BinaryRows chunks{};
  BinaryRows times{};
  std::size_t samples = 0;

  struct Day {
    std::int32_t source = 0;
    const std::vector<Slice>& slices;
    const std::function<std::int64_t()>& next_times_id;
    std::deque<Master> masters{};
  };

  void put(const Slice& slice, std::size_t begin, std::size_t end, std::optional<std::int64_t> id,
           std::optional<std::string_view> own) {
    const auto values = slice.values.subspan(begin, end - begin);
    const auto summary = summary_of(values);
    chunks.row(12);
    chunks.field16(static_cast<std::int16_t>(config.tier));
    chunks.field32(slice.series);
    chunks.field_time(slice.times[begin]);
    chunks.field_time(slice.times[end - 1]);
    chunks.field64(config.part);
    chunks.field32(static_cast<std::int32_t>(values.size()));
    chunks.field_double(summary.min);
    chunks.field_double(summary.max);
    chunks.field_double(summary.sum);
    chunks.optional64(id);
    chunks.optional_bytes(own);
    chunks.field_bytes(encode_values(values));
    samples += values.size();
  }

  std::int64_t id_of(Day& day, const Master& master, Master::Piece& piece) {
    if (piece.id) return *piece.id;
    piece.id = day.next_times_id();
    times.row(6);
    times.field16(static_cast<std::int16_t>(config.tier));
    times.field32(day.source);
    times.field_time(master.times[piece.begin]);
    times.field_time(master.times[piece.end - 1]);
    times.field64(*piece.id);
    times.field_bytes(piece.encoded);
    return *piece.id;
  }

  // With times of their own, in each row.
  void put_inline(const Day& day, const SameTimes& group, const Master& own) {
    for (const auto index : group.lists) {
      for (const auto& piece : own.pieces) {
        put(day.slices[index], piece.begin, piece.end, {}, piece.encoded);
      }
    }
  }

  void put_shared(Day& day, const SameTimes& group, Master& master,
                  const std::vector<Share>& shares) {
    for (const auto index : group.lists) {
      for (const auto& share : shares) {
        put(day.slices[index], share.begin, share.end,
            id_of(day, master, master.pieces[share.piece]), share.presence);
      }
    }
  }

  void put(Day& day, const SameTimes& group) {
    std::optional<Master> encoded;  // which takes as long as values do
    const auto own = [&]() -> Master& {
      if (!encoded) encoded = master_of(group.times, config.max_samples);
      return *encoded;
    };
    for (auto& master : day.masters) {
      const auto places = places_of(group.times, master.times);
      if (!places) continue;
      const auto shares = shares_of(master, *places);
      const auto bytes = encoded_bytes(shares);
      if (2 * bytes < encoded_bytes(master) || bytes < encoded_bytes(own())) {
        return put_shared(day, group, master, shares);
      }
    }
    if (day.masters.size() == kMasters || !worth_sharing(own(), group.lists.size())) {
      return put_inline(day, group, own());
    }
    day.masters.push_back(std::move(own()));
    auto& master = day.masters.back();
    put_shared(day, group, master, shares_of(master, std::vector<bool>(master.times.size(), true)));
  }

  // Series that miss a report here and there have all their times in the union of them, if they are
  // of one rhythm: then the union is hardly longer than the longest.
  void share_union(Day& day, const std::vector<SameTimes>& groups) const {
    if (groups.size() < 2) return;
    std::vector<std::int64_t> all(groups[0].times.begin(), groups[0].times.end());
    const std::size_t most = groups[0].times.size() + groups[0].times.size() / 4;
    for (const auto& group : groups) {
      if (places_of(group.times, all)) continue;
      all = joined(all, group.times);
      if (all.size() > most) return;
    }
    auto master = master_of(all, config.max_samples);
    if (worth_sharing(master, day.slices.size())) day.masters.push_back(std::move(master));
  }
};

ChunkRows::ChunkRows(ChunkRowsConfig config) : state_(std::make_shared<State>()) {
  MONITRON_EXPECTS(config.max_samples > 0 && config.max_samples <= kMaxChunkSamples);
  state_->config = config;
}

void ChunkRows::add(std::int32_t source, std::vector<SeriesRun>& runs,
                    const std::function<std::int64_t()>& next_times_id) {
  for (const auto& [day, slices] : by_day(runs)) {
    std::vector<Times> lists;
    for (const auto& slice : slices) lists.push_back(slice.times);
    const auto groups = grouped(lists);
    State::Day all{source, slices, next_times_id};
    state_->share_union(all, groups);
    for (const auto& group : groups) state_->put(all, group);
  }
}

std::size_t ChunkRows::samples() const { return state_->samples; }
std::size_t ChunkRows::bytes() const { return state_->chunks.bytes() + state_->times.bytes(); }
std::string ChunkRows::finish_chunks() { return state_->chunks.finish(); }
std::string ChunkRows::finish_times() { return state_->times.finish(); }

}  // namespace monitron::series
