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

Result<std::optional<SampleBatch>> decode_batch(ReadRuns& runs, std::span<const FoundSeries> found,
                                                std::string_view function, std::size_t room) {
  SampleBatch batch{found, {}, {}};
  const auto encoded = runs.bytes();
  const auto of_raw = runs.raw.samples();
  if (encoded + of_raw * sizeof(Sample) > room) return std::nullopt;
  batch.samples.reserve(of_raw);
  Samples run;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto id = found[i].series.id;
    if (auto done = runs.raw.decode(*runs.raw.find(id), run); !done) return fail(done.error());
    for (auto& rolled : runs.rolled) {
      const auto place = rolled.find(id);
      if (!place) continue;
      if (auto done = add_rolled(rolled, *place, function, run); !done) return fail(done.error());
    }
    if (!runs.rolled.empty()) sort_by_time(run);
    const auto samples = batch.samples.capacity() + 2 * run.times_ms.size();
    if (encoded + samples * sizeof(Sample) > room) return std::nullopt;
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
