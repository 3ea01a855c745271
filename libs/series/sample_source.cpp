#include "series/sample_source_state.hpp"

#include <deque>
#include <future>

namespace monitron::series {
namespace {

using promql::Budget;
using promql::Hold;
using promql::Sample;

// What a batch of several series may hold, as long as the query may hold much more than that.
constexpr std::size_t kShareBytes = 64u << 20;
constexpr std::size_t kSharesOfABudget = 8;
// As it came and as it is given on, about.
constexpr std::size_t kBytesPerSample = 48;
constexpr std::size_t kBatchSeries = 1000;
constexpr std::size_t kBatchesAtOnce = 3;
// Fewer series than that are not worth a second session.
constexpr std::size_t kLeastBatch = 32;
constexpr std::int64_t kAssumedIntervalMs = 10'000;
constexpr std::int64_t kEndMs = 7'258'118'400'000;  // 2200-01-01; nothing later is stored

using FoundList = std::vector<FoundSeries>;
using Span = std::span<const FoundSeries>;

}  // namespace

Result<FoundList> SampleSource::State::find(const std::vector<promql::Matcher>& matchers,
                                            const Only& only, Budget& budget, Hold& hold) {
  FoundList found;
  Result<void> within;     // the budget
  std::uint64_t held = 0;  // by this and by attempts that failed
  auto done = pool.with(budget, [&](Session& session) -> Result<void> {
    std::uint64_t bytes = 0;
    auto list = directory.find(session, matchers, only.get(), [&](std::size_t more) {
      within = budget.check();
      bytes += more;
      if (within && bytes > held) {
        within = hold.add(bytes - held);
        held = bytes;
      }
      return within;
    });
    if (!list) return fail(list.error());
    found = std::move(*list);
    return {};
  });
  if (!within) return fail(within.error());
  if (!done) return fail(done.error());
  return found;
}

Result<std::optional<SampleBatch>> SampleSource::State::read(Span found, const StoredRange& range,
                                                             std::string_view function,
                                                             const Budget& budget,
                                                             std::size_t room) {
  std::optional<ReadRuns> runs;
  bool full = false;
  auto done = pool.with(budget, [&](Session& session) -> Result<void> {
    std::vector<WantedSeries> wanted;
    for (const auto& one : found) wanted.push_back(one.series);
    const auto check = [&](std::size_t bytes) {
      full = bytes > room;
      return full ? fail(Fault::invalid, "no room") : budget.check();
    };
    auto read = reader.read(session, wanted, range, {budget.remaining(), check});
    if (!read) return fail(read.error());
    runs.emplace(std::move(*read));
    return {};
  });
  if (full) return std::nullopt;
  if (!done) return fail(done.error());
  return decode_batch(*runs, found, function, room);
}

SampleSource::SampleSource(SourceConfig config)
    : state_(std::make_shared<State>(std::move(config))) {}
SampleSource::SampleSource(std::shared_ptr<State> state, Only only)
    : state_(std::move(state)), only_(std::move(only)) {}
SampleSource::~SampleSource() = default;

SampleSource SampleSource::of(Only sources) const { return {state_, std::move(sources)}; }

namespace {

bool is_one(Span batch) { return are_one(batch.front(), batch.back()); }

// How many of them are one with the `count`-th.
std::size_t whole(Span found, std::size_t count) {
  while (count < found.size() && are_one(found[count - 1], found[count])) ++count;
  return count;
}

// Cuts what was found into batches; those with the same labels stay together. How much a series
// has is assumed at first, and then known from the batches that came.
class Batches {
 public:
  Batches(Span found, const StoredRange& range, std::size_t share)
      : left_(found),
        fit_(share / kBytesPerSample),
        most_(std::max((found.size() + kBatchesAtOnce - 1) / kBatchesAtOnce, kLeastBatch)) {
    learn(static_cast<std::size_t>((range.to_ms - range.from_ms) / kAssumedIntervalMs));
  }
  bool more() const { return !left_.empty(); }
  bool fit() const { return each_fits_; }  // into their shares, it seems
  Span next() {
    const auto batch = left_.first(whole(left_, std::min(size_, left_.size())));
    left_ = left_.subspan(batch.size());
    return batch;
  }
  void learn(std::size_t samples_each) {
    const auto fit = fit_ / (samples_each + 1);
    each_fits_ = fit > 1;
    size_ = std::clamp<std::size_t>(fit, 1, std::min(kBatchSeries, most_));
  }

 private:
  Span left_;
  std::size_t fit_;   // samples
  std::size_t most_;  // more would leave sessions idle
  std::size_t size_ = 1;
  bool each_fits_ = true;
};

}  // namespace

// One selection. Batches are read at once, each within a share of the budget that is held before it
// is read; what does not fit into that is read by itself, in pieces.
class SampleSource::Selecting {
 public:
  struct Order {
    State& state;
    const promql::Selection& selection;
    StoredRange range;
    Budget& budget;
    const Visit& visit;
  };
  Selecting(const Order& order, Span found)
      : order_(order),
        share_(std::min(kShareBytes, order.budget.limits().bytes / kSharesOfABudget)),
        batches_(found, order.range, share_),
        at_once_(found.size() > kLeastBatch ? kBatchesAtOnce : 0) {}

  Result<void> run() {
    while (batches_.more() || !under_way_.empty()) {
      start();
      if (auto done = under_way_.empty() ? alone(batches_.next()) : first(); !done) return done;
    }
    return {};
  }

 private:
  struct Reading {
    Span found;
    Hold share;
    std::future<Result<std::optional<SampleBatch>>> batch;  // waits for its thread
  };

  Result<std::optional<SampleBatch>> read(Span found, std::size_t room) const {
    return order_.state.read(found, order_.range, order_.selection.function, order_.budget, room);
  }

  // As many as the budget has shares for.
  void start() {
    while (batches_.more() && batches_.fit() && under_way_.size() < at_once_) {
      Hold share(order_.budget);
      if (!share.add(share_)) return;
      const auto found = batches_.next();
      under_way_.push_back({found, std::move(share), std::async(std::launch::async, [this, found] {
                              return read(found, share_);
                            })});
    }
  }

  Result<void> first() {
    auto reading = std::move(under_way_.front());
    under_way_.pop_front();
    auto batch = reading.batch.get();
    if (!batch) return fail(batch.error());
    if (*batch) return visit(**batch);
    { const Hold given_back = std::move(reading.share); }
    return alone(reading.found);
  }

  // What is one series to PromQL may have all that is left.
  Result<void> alone(Span found) {
    const auto left = order_.budget.limits().bytes - order_.budget.bytes();
    const auto room = is_one(found) ? left : std::min<std::uint64_t>(share_, left);
    auto batch = read(found, room);
    if (!batch) return fail(batch.error());
    if (*batch) {
      Hold hold(order_.budget);
      auto done = hold.add((**batch).samples.capacity() * sizeof(Sample));
      return done ? visit(**batch) : done;
    }
    if (is_one(found)) return Hold(order_.budget).add(room + 1);  // the fault that names the limit
    const auto half = whole(found, found.size() / 2);
    const auto cut = half < found.size() ? half : first_of_the_last(found);
    auto done = alone(found.first(cut));
    return done ? alone(found.subspan(cut)) : done;
  }

  static std::size_t first_of_the_last(Span found) {
    auto cut = found.size() - 1;
    while (are_one(found[cut - 1], found[cut])) --cut;
    return cut;
  }

  Result<void> visit(const SampleBatch& batch) {
    batches_.learn(batch.samples.size() / batch.found.size());
    std::size_t begin = 0;
    for (std::size_t i = 0; i < batch.found.size(); begin = batch.ends[i++]) {
      if (auto done = order_.budget.check(); !done) return done;
      const auto samples = std::span(batch.samples).subspan(begin, batch.ends[i] - begin);
      if (samples.empty()) continue;
      if (auto done = order_.budget.take_samples(samples.size()); !done) return done;
      if (auto done = order_.visit(*batch.found[i].labels, samples); !done) return done;
    }
    return {};
  }

  const Order order_;
  const std::size_t share_;
  Batches batches_;
  const std::size_t at_once_;
  std::deque<Reading> under_way_;  // last: its threads use the rest
};

Result<void> SampleSource::select(const promql::Selection& selection, Budget& budget,
                                  const Visit& visit) {
  Hold hold(budget);
  auto found = state_->find(selection.matchers, only_, budget, hold);
  if (!found) return fail(found.error());
  const StoredRange range{std::max<std::int64_t>(selection.from_ms, 0),
                          std::min(selection.to_ms, kEndMs)};
  if (range.from_ms > range.to_ms) return {};
  return Selecting({*state_, selection, range, budget, visit}, *found).run();
}

}  // namespace monitron::series
