// Samples in buckets of time.

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
constexpr std::size_t kSamplesAtOnce = 4'000'000;
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

// Of one series.
class Sharing {
 public:
  explicit Sharing(const Grid& grid) : grid_(grid), shares_(grid.count) {}

  void add(const SeriesRun& run) {
    for (std::size_t i = 0; i < run.times_ms.size(); ++i) {
      const bool replaced = i + 1 < run.times_ms.size() && run.times_ms[i + 1] == run.times_ms[i];
      const bool stale = std::bit_cast<std::uint64_t>(run.values[i]) == kStaleBits;
      if (!replaced && !stale) share(run.times_ms[i]).values.push_back(run.values[i]);
    }
  }
  void add(const std::vector<Bucket>& rolled) {
    for (const auto& bucket : rolled) {
      // Where raw samples are gone it may begin before the range.
      share(std::max(bucket.first_ms, grid_.first * grid_.step_ms)).rolled.push_back(bucket);
    }
  }
  Shares& shares() { return shares_; }
  bool some() const { return some_; }

 private:
  Share& share(std::int64_t time_ms) {
    some_ = true;
    return shares_[static_cast<std::size_t>(time_ms / grid_.step_ms - grid_.first)];
  }

  const Grid& grid_;
  Shares shares_;
  bool some_ = false;
};

// No quantile can be had of rollups: NaN.
double aggregate_rolled(const Aggregate& by, const Share& share) {
  if (by.kind == Aggregate::quantile) return std::numeric_limits<double>::quiet_NaN();
  const auto part = by.kind == Aggregate::min   ? &Bucket::min
                    : by.kind == Aggregate::max ? &Bucket::max
                                                : &Bucket::sum;
  auto parts = share.values;
  auto count = static_cast<double>(parts.size());
  for (const auto& bucket : share.rolled) {
    parts.push_back(bucket.*part);
    count += bucket.count;
  }
  if (by.kind == Aggregate::count) return count;
  return by.kind == Aggregate::avg ? exact_sum(parts) / count : aggregate(by, parts);
}

Values bucketed(Shares& shares, const BucketQuery& query) {
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

void add_items(std::int32_t series, Sharing& sharing, const Grid& grid, const BucketQuery& query,
               std::vector<BucketValues>& items) {
  if (!sharing.some()) return;
  auto buckets = bucketed(sharing.shares(), query);
  fill(query.fill, buckets);
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    if (buckets[i].empty() && query.fill == Fill::none) continue;
    const auto start = (grid.first + static_cast<std::int64_t>(i)) * grid.step_ms;
    items.push_back({series, from_ms(start), std::move(buckets[i])});
  }
}

// The widest rollups whose buckets make up those that are wanted.
std::optional<Resolution> rollups_for(const BucketQuery& query, const Grid& grid) {
  const auto& all = query.aggregates;
  const bool can = std::none_of(
      all.begin(), all.end(), [](const Aggregate& one) { return one.kind == Aggregate::quantile; });
  for (const auto resolution : {Resolution::one_hour, Resolution::five_minutes}) {
    if (can && grid.step_ms % width_of(resolution) == 0) return resolution;
  }
  return std::nullopt;
}

// About how much there is of each series.
std::size_t samples_of(const ReadPlan& plan) {
  std::int64_t samples = 1;
  for (const auto& one : plan.raw) samples += (one.to_ms - one.from_ms) / kAssumedIntervalMs + 1;
  for (const auto& one : plan.rolled) {
    samples += (one.range.to_ms - one.range.from_ms) / width_of(one.resolution) + 1;
  }
  return static_cast<std::size_t>(samples);
}

class BucketReader {
 public:
  BucketReader(pqxx::work& tx, const BucketQuery& query)
      : tx_(tx),
        query_(query),
        grid_(grid_of(query)),
        range_{to_ms(query.from), to_ms(query.to) - 1},
        limit_(static_cast<std::size_t>(query.limit)) {}

  Buckets read() {
    const auto all = find_series(tx_, query_.source, {query_.metric_type, query_.metric_name});
    if (!all || grid_.count == 0) return {};
    std::map<int, std::vector<WantedSeries>> by_class;
    for (const auto& one : all->series) by_class[one.retention_class].push_back(one);
    for (auto& [retention_class, of_class] : by_class) {
      auto some = *all;
      some.series = std::move(of_class);
      read_class(some);
    }
    return finish();
  }

 private:
  bool full() const { return found_.items.size() > limit_; }

  void read_class(SourceSeries& series) {
    const auto plan = plan_reading(tx_, series, range_, rollups_for(query_, grid_));
    const auto at_once = std::max<std::size_t>(kSamplesAtOnce / samples_of(plan), 1);
    const auto all = std::move(series.series);
    for (std::size_t at = 0; at < all.size() && !full(); at += at_once) {
      const auto some = std::span(all).subspan(at, std::min(at_once, all.size() - at));
      series.series.assign(some.begin(), some.end());
      read_some(series, plan);
    }
  }

  void read_some(const SourceSeries& series, const ReadPlan& plan) {
    std::vector<StoredRuns> rolled, raw;
    for (const auto& one : plan.rolled) rolled.push_back(read_rollups(tx_, series, one));
    for (const auto& one : plan.raw) raw.push_back(read_runs(tx_, series, one));
    for (std::size_t i = 0; i < series.series.size() && !full(); ++i) {
      const auto id = series.series[i].id;
      Sharing sharing(grid_);
      for (auto& runs : rolled) {
        const auto buckets = decode_buckets(runs, *runs.find(id));
        found_.rollups_read += buckets.size();
        sharing.add(buckets);
      }
      for (auto& runs : raw) {
        const auto run = decode_run(runs, *runs.find(id));
        found_.samples_read += run.values.size();
        sharing.add(run);
      }
      add_items(id, sharing, grid_, query_, found_.items);
    }
  }

  Buckets finish() {
    found_.more = full();
    if (found_.more) found_.items.resize(limit_);
    std::stable_sort(found_.items.begin(), found_.items.end(), [](const auto& a, const auto& b) {
      return a.start != b.start ? a.start < b.start : a.series < b.series;
    });
    std::set<std::int32_t> ids;
    for (const auto& one : found_.items) ids.insert(one.series);
    found_.series = series_infos(tx_, ids);
    return std::move(found_);
  }

  pqxx::work& tx_;
  const BucketQuery& query_;
  Grid grid_;
  StoredRange range_;
  std::size_t limit_;
  Buckets found_;
};

}  // namespace

Buckets read_buckets(pqxx::work& tx, const BucketQuery& query) {
  return BucketReader(tx, query).read();
}

}  // namespace monitron::series
