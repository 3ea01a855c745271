#include "series/sample_source.hpp"

#include "series/directory.hpp"
#include "series/run_reader.hpp"
#include "series/session_pool.hpp"

#include <algorithm>
#include <deque>
#include <future>

namespace monitron::series {
namespace {

using promql::Budget;
using promql::Sample;

// Decoded samples of one batch, about; and how many batches are under way at once.
constexpr std::size_t kBatchSamples = 1'000'000;
constexpr std::size_t kBatchSeries = 1000;
constexpr std::size_t kBatchesAtOnce = 3;
// Fewer series than that are not worth a second session.
constexpr std::size_t kLeastBatch = 32;
constexpr std::int64_t kAssumedIntervalMs = 10'000;

using FoundList = std::vector<FoundSeries>;
using Span = std::span<const FoundSeries>;

// One after the other: the samples of series i end at ends[i].
struct Batch {
  Span found;
  std::vector<Sample> samples;
  std::vector<std::size_t> ends;
};

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

bool are_one(const FoundSeries& a, const FoundSeries& b) {
  return a.series.source == b.series.source && a.hash == b.hash && *a.labels == *b.labels;
}

}  // namespace

struct SampleSource::State {
  explicit State(SourceConfig given)
      : config(std::move(given)),
        pool(config.database_url, config.application_name, std::max(config.connections, 1)) {}

  Result<FoundList> find(const std::vector<promql::Matcher>& matchers, Budget& budget);
  Result<Batch> read(Span found, const StoredRange& range, const Budget& budget);
  Result<Batch> decode(StoredRuns runs, Span found, const Budget& budget);

  SourceConfig config;
  SessionPool pool;
  Directory directory{};
  RunReader reader{};
};

Result<FoundList> SampleSource::State::find(const std::vector<promql::Matcher>& matchers,
                                            Budget& budget) {
  FoundList found;
  auto done = pool.with(budget.remaining(), [&](Session& session) -> Result<void> {
    auto list = directory.find(session, matchers, budget);
    if (!list) return fail(list.error());
    found = std::move(*list);
    return {};
  });
  if (!done) return fail(done.error());
  return found;
}

Result<Batch> SampleSource::State::read(Span found, const StoredRange& range,
                                        const Budget& budget) {
  std::optional<StoredRuns> runs;
  auto done = pool.with(budget.remaining(), [&](Session& session) -> Result<void> {
    std::vector<WantedSeries> wanted;
    for (const auto& one : found) wanted.push_back(one.series);
    auto read = reader.read(
        session, std::move(wanted), range,
        {budget.limits().bytes, budget.remaining(), [&budget] { return budget.check(); }});
    if (!read) return fail(read.error());
    runs.emplace(std::move(*read));
    return {};
  });
  if (!done) return fail(done.error());
  return decode(std::move(*runs), found, budget);
}

Result<Batch> SampleSource::State::decode(StoredRuns runs, Span found, const Budget& budget) {
  std::unordered_map<std::int32_t, std::size_t> places;
  for (std::size_t i = 0; i < runs.size(); ++i) places[runs.wanted(i).id] = i;
  Batch batch{found, {}, {}};
  batch.samples.reserve(runs.samples());
  Samples run;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (auto done = runs.decode(places.at(found[i].series.id), run); !done) {
      return fail(done.error());
    }
    const bool same = i > 0 && are_one(found[i - 1], found[i]);
    if (!same) begin = batch.samples.size();
    append(run, batch.samples);
    if (same) {
      merge(batch.samples, begin);
      batch.ends.back() = begin;
    }
    batch.ends.push_back(batch.samples.size());
    if (auto done = budget.check(); !done) return fail(done.error());
  }
  return batch;
}

SampleSource::SampleSource(SourceConfig config)
    : state_(std::make_unique<State>(std::move(config))) {}
SampleSource::~SampleSource() = default;

namespace {

// Cuts what was found into batches; those with the same labels stay together.
class Batches {
 public:
  Batches(Span found, const StoredRange& range) : left_(found) {
    const auto each = (range.to_ms - range.from_ms) / kAssumedIntervalMs + 1;
    size_ =
        std::clamp<std::size_t>(kBatchSamples / static_cast<std::size_t>(each), 1, kBatchSeries);
    const auto share = (found.size() + kBatchesAtOnce - 1) / kBatchesAtOnce;
    size_ = std::min(size_, std::max(share, kLeastBatch));
  }
  bool more() const { return !left_.empty(); }
  Span next() {
    auto end = std::min(size_, left_.size());
    while (end < left_.size() && are_one(left_[end - 1], left_[end])) ++end;
    const auto batch = left_.first(end);
    left_ = left_.subspan(end);
    return batch;
  }
  // What came of one batch says how large the next ones may be.
  void learn(const Batch& batch) {
    if (batch.samples.size() <= kBatchSamples || batch.found.empty()) return;
    const auto each = batch.samples.size() / batch.found.size() + 1;
    size_ = std::clamp<std::size_t>(kBatchSamples / each, 1, size_);
  }

 private:
  Span left_;
  std::size_t size_ = kBatchSeries;
};

Result<void> visit_batch(const Batch& batch, Budget& budget, const promql::Source::Visit& visit) {
  const auto bytes = batch.samples.capacity() * sizeof(Sample);
  if (auto done = budget.hold(bytes); !done) return done;
  std::size_t begin = 0;
  Result<void> done;
  for (std::size_t i = 0; i < batch.found.size() && done; ++i) {
    const auto end = batch.ends[i];
    if (end > begin) {
      done = budget.take_samples(end - begin);
      if (done) {
        done = visit(*batch.found[i].labels, std::span(batch.samples).subspan(begin, end - begin));
      }
    }
    begin = end;
  }
  budget.give_back(bytes);
  return done;
}

}  // namespace

Result<void> SampleSource::select(const promql::Selection& selection, Budget& budget,
                                  const Visit& visit) {
  auto found = state_->find(selection.matchers, budget);
  if (!found) return fail(found.error());
  const StoredRange range{selection.from_ms, selection.to_ms};
  Batches batches(*found, range);
  const auto read = [&, this](Span batch) { return state_->read(batch, range, budget); };
  if (found->size() <= kLeastBatch) {
    while (batches.more()) {
      auto batch = read(batches.next());
      if (!batch) return fail(batch.error());
      batches.learn(*batch);
      if (auto done = visit_batch(*batch, budget, visit); !done) return done;
    }
    return {};
  }
  std::deque<std::future<Result<Batch>>> under_way;  // a future waits for its thread
  while (batches.more() || !under_way.empty()) {
    while (batches.more() && under_way.size() < kBatchesAtOnce) {
      under_way.push_back(std::async(std::launch::async, read, batches.next()));
    }
    auto batch = under_way.front().get();
    under_way.pop_front();
    if (!batch) return fail(batch.error());
    batches.learn(*batch);
    if (auto done = visit_batch(*batch, budget, visit); !done) return done;
  }
  return {};
}

}  // namespace monitron::series
