#include "series/sample_batch.hpp"

#include "series/rolled.hpp"

#include <algorithm>

namespace monitron::series {
namespace {

using promql::Sample;

// Of equal times the one that was stored last.
void append(const Samples& run, std::vector<Sample>& out) {
  const auto begin = out.size();
  for (std::size_t i = 0; i < run.times_ms.size(); ++i) {
    if (out.size() > begin && out.back().time_ms == run.times_ms[i]) out.pop_back();
    out.push_back({run.times_ms[i], run.values[i]});
  }
}

// Series that have the same labels are one to PromQL.
void merge(std::vector<Sample>& samples, std::size_t begin) {
  const auto first = samples.begin() + static_cast<std::ptrdiff_t>(begin);
  std::stable_sort(first, samples.end(),
                   [](const auto& a, const auto& b) { return a.time_ms < b.time_ms; });
  auto out = first;
  for (auto one = first; one != samples.end(); ++one) {
    if (out != first && (out - 1)->time_ms == one->time_ms) --out;
    *out++ = *one;
  }
  samples.erase(out, samples.end());
}

// Where the series of a StoredRuns are.
class SeriesPlaces {
 public:
  explicit SeriesPlaces(const StoredRuns& runs) {
    for (std::size_t i = 0; i < runs.size(); ++i) places_[runs.wanted(i).id] = i;
  }
  std::optional<std::size_t> of(std::int32_t series) const {
    const auto place = places_.find(series);
    if (place == places_.end()) return std::nullopt;
    return place->second;
  }

 private:
  std::unordered_map<std::int32_t, std::size_t> places_;
};

Result<void> add_rolled(StoredRuns& rollups, std::size_t place, std::string_view function,
                        Samples& run) {
  std::vector<Bucket> buckets;
  if (auto done = rollups.decode_rollups(place, buckets); !done) return done;
  Samples samples;
  for (const auto& bucket : buckets) add_samples(bucket, function, samples);
  for (std::size_t i = 0; i < samples.times_ms.size(); ++i) {
    if (!rollups.in_range(samples.times_ms[i])) continue;
    run.times_ms.push_back(samples.times_ms[i]);
    run.values.push_back(samples.values[i]);
  }
  return {};
}

}  // namespace

bool are_one(const FoundSeries& a, const FoundSeries& b) {
  return a.series.source == b.series.source && a.hash == b.hash && *a.labels == *b.labels;
}

Result<SampleBatch> decode_batch(ReadRuns& runs, std::span<const FoundSeries> found,
                                 std::string_view function) {
  const SeriesPlaces places(runs.raw);
  const std::vector<SeriesPlaces> rolled(runs.rolled.begin(), runs.rolled.end());
  SampleBatch batch{found, {}, {}};
  batch.samples.reserve(runs.raw.samples());
  Samples run;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto id = found[i].series.id;
    if (auto done = runs.raw.decode(*places.of(id), run); !done) return fail(done.error());
    for (std::size_t at = 0; at < rolled.size(); ++at) {
      const auto place = rolled[at].of(id);
      if (!place) continue;
      auto done = add_rolled(runs.rolled[at], *place, function, run);
      if (!done) return fail(done.error());
    }
    if (!rolled.empty()) sort_by_time(run);
    const bool same = i > 0 && are_one(found[i - 1], found[i]);
    if (!same) begin = batch.samples.size();
    append(run, batch.samples);
    if (same) {
      merge(batch.samples, begin);
      batch.ends.back() = begin;
    }
    batch.ends.push_back(batch.samples.size());
  }
  return batch;
}

}  // namespace monitron::series
