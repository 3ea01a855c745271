// SamplePage in buckets of time.

#include "series/reader.hpp"
#include "series/stored_tx.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <pqxx/pqxx>

namespace monitron::series {
namespace {

constexpr std::uint64_t kStaleBits = 0x7ff0000000000002;  // the end of a series, no sample of it

// How much is read at once, at an assumed interval of 10 s.
constexpr std::int64_t kSamplesAtOnce = 4'000'000;
constexpr std::int64_t kAssumedIntervalMs = 10'000;

struct Grid {
  std::int64_t step_ms = 0;
  std::int64_t first = 0;  // start / step_ms of the first bucket
  std::size_t count = 0;
};

Grid grid_of(const BucketQuery& query) {
  const auto step = std::chrono::milliseconds(query.step).count();
  const auto first = to_ms(query.from) / step;
  const auto last = (to_ms(query.to) - 1) / step;
  return {step, first, last < first ? 0 : static_cast<std::size_t>(last - first + 1)};
}

using Values = std::vector<std::vector<double>>;  // by bucket and aggregate

// What there is in a bucket: raw samples, or rollups where these are gone.
struct Share {
  std::vector<double> values{};
  std::vector<Bucket> rolled{};
};
using Shares = std::vector<Share>;

Shares shares_of(const SeriesRun& run, const std::vector<Bucket>& rolled, const Grid& grid) {
  Shares shares(grid.count);
  const auto share = [&](std::int64_t time_ms) -> Share& {
    return shares[static_cast<std::size_t>(time_ms / grid.step_ms - grid.first)];
  };
  for (std::size_t i = 0; i < run.times_ms.size(); ++i) {
    const bool replaced = i + 1 < run.times_ms.size() && run.times_ms[i + 1] == run.times_ms[i];
    const bool stale = std::bit_cast<std::uint64_t>(run.values[i]) == kStaleBits;
    if (!replaced && !stale) share(run.times_ms[i]).values.push_back(run.values[i]);
  }
  const auto first = grid.first * grid.step_ms;
  for (const auto& bucket : rolled) {
    // It may begin before the range.
    share(std::max(bucket.first_ms, first)).rolled.push_back(bucket);
  }
  return shares;
}

// No quantile can be had of rollups: NaN.
double aggregate_rolled(const Aggregate& by, const Share& share) {
  std::vector<double> least = share.values, most = share.values, sums = share.values;
  auto count = static_cast<double>(share.values.size());
  for (const auto& bucket : share.rolled) {
    least.push_back(bucket.min);
    most.push_back(bucket.max);
    sums.push_back(bucket.sum);
    count += bucket.count;
  }
  switch (by.kind) {
    case Aggregate::min:
      return aggregate(by, least);
    case Aggregate::max:
      return aggregate(by, most);
    case Aggregate::sum:
      return aggregate(by, sums);
    case Aggregate::avg:
      return exact_sum(sums) / count;
    case Aggregate::count:
      return count;
    case Aggregate::quantile:
      break;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

Values bucketed(Shares shares, const BucketQuery& query) {
  Values buckets(shares.size());
  for (std::size_t i = 0; i < shares.size(); ++i) {
    auto& share = shares[i];
    if (share.values.empty() && share.rolled.empty()) continue;
    for (const auto& by : query.aggregates) {
      buckets[i].push_back(share.rolled.empty() ? aggregate(by, share.values)
                                                : aggregate_rolled(by, share));
    }
  }
  return buckets;
}

void add_items(const SeriesRun& run, const std::vector<Bucket>& rolled, const Grid& grid,
               const BucketQuery& query, std::vector<BucketValues>& items) {
  if (run.values.empty() && rolled.empty()) return;
  auto buckets = bucketed(shares_of(run, rolled, grid), query);
  fill(query.fill, buckets);
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    if (buckets[i].empty() && query.fill == Fill::none) continue;
    const auto start = (grid.first + static_cast<std::int64_t>(i)) * grid.step_ms;
    items.push_back({run.series, from_ms(start), std::move(buckets[i])});
  }
}

}  // namespace

Buckets read_buckets(pqxx::work& tx, const BucketQuery& query) {
  Buckets found;
  const auto all = find_series(tx, query.source, {query.metric_type, query.metric_name});
  const auto grid = grid_of(query);
  if (!all || grid.count == 0) return found;
  const StoredRange range{to_ms(query.from), to_ms(query.to) - 1};
  const auto each = (range.to_ms - range.from_ms) / kAssumedIntervalMs + 1;
  const auto at_once = static_cast<std::size_t>(std::max<std::int64_t>(kSamplesAtOnce / each, 1));
  const auto limit = static_cast<std::size_t>(query.limit);
  for (std::size_t at = 0; at < all->series.size() && found.items.size() <= limit; at += at_once) {
    SourceSeries some = *all;
    some.series.assign(all->series.begin() + static_cast<std::ptrdiff_t>(at),
                       all->series.begin() +
                           static_cast<std::ptrdiff_t>(std::min(at + at_once, all->series.size())));
    auto rolled = read_rolled(tx, some, range);
    auto runs = read_runs(tx, some, range);
    for (std::size_t i = 0; i < runs.size() && found.items.size() <= limit; ++i) {
      add_items(decode_run(runs, i), decode_rolled(rolled, runs.wanted(i).id), grid, query,
                found.items);
    }
  }
  found.more = found.items.size() > limit;
  if (found.more) found.items.resize(limit);
  std::stable_sort(found.items.begin(), found.items.end(),
                   [](const BucketValues& a, const BucketValues& b) { return a.start < b.start; });
  std::set<std::int32_t> ids;
  for (const auto& one : found.items) ids.insert(one.series);
  found.series = series_infos(tx, ids);
  return found;
}

}  // namespace monitron::series
