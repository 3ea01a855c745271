#include "series/sample_source_state.hpp"

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
constexpr std::int64_t kAssumedSpanMs = 7ll * 24 * 3'600'000;
constexpr std::int64_t kEndMs = 7'258'118'400'000;  // 2200-01-01; nothing later is stored

using FoundList = std::vector<FoundSeries>;
using Span = std::span<const FoundSeries>;

}  // namespace

Result<FoundList> SampleSource::State::find(const std::vector<promql::Matcher>& matchers,
                                            Budget& budget) {
  FoundList found;
  auto done = pool.with(budget, [&](Session& session) -> Result<void> {
    auto list = directory.find(session, matchers, budget);
    if (!list) return fail(list.error());
    found = std::move(*list);
    return {};
  });
  if (!done) return fail(done.error());
  return found;
}

Result<SampleBatch> SampleSource::State::read(Span found, const StoredRange& range,
                                              std::string_view function, const Budget& budget) {
  std::optional<ReadRuns> runs;
  auto done = pool.with(budget, [&](Session& session) -> Result<void> {
    std::vector<WantedSeries> wanted;
    for (const auto& one : found) wanted.push_back(one.series);
    auto read = reader.read(
        session, wanted, range,
        {budget.limits().bytes, budget.remaining(), [&budget] { return budget.check(); }});
    if (!read) return fail(read.error());
    runs.emplace(std::move(*read));
    return {};
  });
  if (!done) return fail(done.error());
  return decode_batch(*runs, found, function);
}

SampleSource::SampleSource(SourceConfig config)
    : state_(std::make_unique<State>(std::move(config))) {}
SampleSource::~SampleSource() = default;

namespace {

// Cuts what was found into batches; those with the same labels stay together. How much a series
// has is assumed at first, and then known from the batches that came.
class Batches {
 public:
  Batches(Span found, const StoredRange& range)
      : left_(found),
        most_(std::max((found.size() + kBatchesAtOnce - 1) / kBatchesAtOnce, kLeastBatch)) {
    const auto span = std::min(range.to_ms - range.from_ms, kAssumedSpanMs);
    set_size(static_cast<std::size_t>(span / kAssumedIntervalMs));
  }
  bool more() const { return !left_.empty(); }
  Span next() {
    auto end = std::min(size_, left_.size());
    while (end < left_.size() && are_one(left_[end - 1], left_[end])) ++end;
    const auto batch = left_.first(end);
    left_ = left_.subspan(end);
    return batch;
  }
  void learn(const SampleBatch& batch) { set_size(batch.samples.size() / batch.found.size()); }

 private:
  void set_size(std::size_t samples_each) {
    const auto fit = kBatchSamples / (samples_each + 1);
    size_ = std::min(std::clamp<std::size_t>(fit, 1, kBatchSeries), most_);
  }

  Span left_;
  std::size_t most_;  // more would leave sessions idle
  std::size_t size_ = 1;
};

Result<void> visit_batch(const SampleBatch& batch, Budget& budget,
                         const promql::Source::Visit& visit) {
  const auto bytes = batch.samples.capacity() * sizeof(Sample);
  if (auto done = budget.check(); !done) return done;
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
  const StoredRange range{std::max<std::int64_t>(selection.from_ms, 0),
                          std::min(selection.to_ms, kEndMs)};
  if (range.from_ms > range.to_ms) return {};
  Batches batches(*found, range);
  const auto read = [&, this](Span batch) {
    return state_->read(batch, range, selection.function, budget);
  };
  if (found->size() <= kLeastBatch) {
    while (batches.more()) {
      auto batch = read(batches.next());
      if (!batch) return fail(batch.error());
      batches.learn(*batch);
      if (auto done = visit_batch(*batch, budget, visit); !done) return done;
    }
    return {};
  }
  std::deque<std::future<Result<SampleBatch>>> under_way;  // a future waits for its thread
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
