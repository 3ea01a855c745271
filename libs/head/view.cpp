#include "head/head_state.hpp"
#include "promql/query.hpp"

#include <algorithm>

namespace monitron::head {
namespace {

constexpr std::size_t kSeriesAtOnce = 256;

}  // namespace

Head::View::View(Head& head) : state_(*head.state_) {
  const std::lock_guard lock(state_.mutex);
  state_.views.push_back(this);
}

Head::View::~View() {
  const std::lock_guard lock(state_.mutex);
  std::erase(state_.views, this);
}

// With the head's lock, which is held for the whole of a batch.
void Head::View::hide(const SeriesRef& series, std::int64_t time_ms) {
  const auto& samples = state_.store.samples(series);
  if (samples.empty() || time_ms > samples.last_ms()) hidden_.try_emplace(series.place, time_ms);
}

std::int64_t Head::View::end_of(std::uint32_t place, std::int64_t to_ms) const {
  const auto hidden = hidden_.find(place);
  return hidden == hidden_.end() ? to_ms : std::min(to_ms, hidden->second - 1);
}

Result<std::vector<SeriesRef>> Head::View::series_of(
    const std::vector<promql::Matcher>& matchers) const {
  const auto key = key_of(matchers);
  const std::lock_guard lock(state_.mutex);
  const auto* found = state_.store.find(key);
  if (found == nullptr) return fail(Fault::not_found, "no rule reads this");
  if (!found->complete || state_.altered) {
    return fail(Fault::unavailable, "recent samples are still being read from storage");
  }
  if (!found->missing.empty()) {
    return fail(Fault::invalid, "the memory for recent samples (" +
                                    std::to_string(state_.max_bytes >> 20) +
                                    " MiB) is full: it has no room for " + found->missing);
  }
  std::vector<SeriesRef> series;
  series.reserve(found->series.size());
  for (const auto place : found->series) series.push_back(state_.store.at(place));
  return series;
}

Result<void> Head::View::select(const promql::Selection& selection, promql::Budget& budget,
                                const Visit& visit) {
  const auto series = series_of(selection.matchers);
  if (!series) return fail(series.error());
  std::vector<promql::Series> some(std::min(kSeriesAtOnce, series->size()));
  for (std::size_t at = 0; at < series->size();) {
    std::size_t count = 0;
    std::uint64_t samples = 0;
    {
      const std::lock_guard lock(state_.mutex);
      for (; at < series->size() && count < some.size(); ++at) {
        const auto& ref = (*series)[at];
        if (!state_.store.holds(ref)) continue;
        auto& one = some[count];
        one.samples.clear();
        const auto to_ms = end_of(ref.place, selection.to_ms);
        state_.store.samples(ref).read(selection.from_ms, to_ms, one.samples);
        if (one.samples.empty()) continue;
        one.labels = state_.store.labels(ref);
        samples += one.samples.size();
        ++count;
      }
    }
    if (auto taken = budget.take_samples(samples); !taken) return taken;
    if (auto going = budget.check(); !going) return going;
    for (std::size_t i = 0; i < count; ++i) {
      if (auto done = visit(some[i].labels, some[i].samples); !done) return done;
    }
  }
  return {};
}

Result<void> Head::select(const promql::Selection& selection, promql::Budget& budget,
                          const Visit& visit) {
  return View(*this).select(selection, budget, visit);
}

}  // namespace monitron::head
