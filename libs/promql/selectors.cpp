// Instant selectors, range selectors and subqueries.

#include "promql/analysis.hpp"
#include "promql/evaluator.hpp"

#include <algorithm>

namespace monitron::promql {

namespace {

// The last sample of each step that is not older than `lookback`, step by step.
void look_back(std::span<const Sample> samples, const Steps& steps, const Windows& windows,
               Evaluator::What what, std::span<double> values) {
  std::size_t next = 0;  // the first sample after the step
  for (std::size_t i = 0; i < steps.count; ++i) {
    const auto end = windows.end(steps, i);
    while (next < samples.size() && samples[next].time_ms <= end) ++next;
    values[i] = kAbsent;
    if (next == 0) continue;
    const Sample& last = samples[next - 1];
    if (last.time_ms < end - windows.range_ms || is_stale(last.value)) continue;
    values[i] =
        what == Evaluator::What::value ? last.value : static_cast<double>(last.time_ms) / 1000;
  }
}

bool any_stale(std::span<const Sample> samples) {
  return std::any_of(samples.begin(), samples.end(),
                     [](const Sample& sample) { return is_stale(sample.value); });
}

Selection selection_of(const std::vector<Matcher>& matchers, const Windows& windows,
                       const Steps& steps) {
  const auto a = windows.end(steps, 0);
  const auto b = windows.end(steps, steps.count - 1);
  return {.matchers = matchers,
          .from_ms = a - windows.range_ms,
          .to_ms = b,
          .function = {},
          .range_ms = windows.range_ms,
          .step_ms = steps.count > 1 && !windows.fixed_ms ? steps.step_ms : 0};
}

// Division that rounds up. Steps of subqueries are multiples of their length.
std::int64_t align_up(std::int64_t time, std::int64_t step) {
  const auto down = time / step * step;
  return down < time ? down + step : down;
}

}  // namespace

Result<void> Evaluator::select(const VectorSelector& selector, const Steps& steps, What what,
                               const Emit& emit) {
  const Windows windows{options_.lookback_ms, selector.offset_ms, fixed(selector.at)};
  auto selection = selection_of(selector.matchers, windows, steps);
  selection.range_ms = 0;
  auto row = values(steps);
  if (!row) return fail(std::move(row.error()));
  return source_.select(selection, budget_,
                        [&](const Labels& labels, std::span<const Sample> samples) -> Result<void> {
                          if (auto going = budget_.check(); !going) return going;
                          look_back(samples, steps, windows, what, *row);
                          return any_present(*row) ? emit({&labels, false, *row}) : Result<void>{};
                        });
}

Windows Evaluator::windows(const Expr& range) const {
  if (const auto* subquery = as<Subquery>(range)) {
    return {subquery->range_ms, subquery->offset_ms, fixed(subquery->at)};
  }
  const auto& matrix = *as<MatrixSelector>(range);
  return {matrix.range_ms, matrix.selector.offset_ms, fixed(matrix.selector.at)};
}

Result<void> Evaluator::points(const Expr& range, const Steps& steps, std::string_view function,
                               const EmitPoints& emit) {
  if (const auto* subquery = as<Subquery>(range)) return subquery_points(*subquery, steps, emit);
  return selected_points(*as<MatrixSelector>(range), steps, function, emit);
}

Result<void> Evaluator::selected_points(const MatrixSelector& range, const Steps& steps,
                                        std::string_view function, const EmitPoints& emit) {
  const Windows windows{range.range_ms, range.selector.offset_ms, fixed(range.selector.at)};
  auto selection = selection_of(range.selector.matchers, windows, steps);
  selection.function = function;
  return source_.select(selection, budget_,
                        [&](const Labels& labels, std::span<const Sample> samples) -> Result<void> {
                          if (auto going = budget_.check(); !going) return going;
                          return any_stale(samples) ? fresh(labels, samples, emit)
                                                    : emit(labels, samples);
                        });
}

Result<void> Evaluator::fresh(const Labels& labels, std::span<const Sample> samples,
                              const EmitPoints& emit) {
  Hold hold(budget_);
  if (auto held = hold.add(samples.size_bytes()); !held) return held;
  std::vector<Sample> kept;
  kept.reserve(samples.size());
  std::copy_if(samples.begin(), samples.end(), std::back_inserter(kept),
               [](const Sample& sample) { return !is_stale(sample.value); });
  return emit(labels, kept);
}

Result<void> Evaluator::subquery_points(const Subquery& subquery, const Steps& steps,
                                        const EmitPoints& emit) {
  const Windows windows{subquery.range_ms, subquery.offset_ms, fixed(subquery.at)};
  const auto step = subquery.step_ms.value_or(options_.default_step_ms);
  const auto start = align_up(windows.end(steps, 0) - windows.range_ms, step);
  const auto end = windows.end(steps, steps.count - 1);
  if (end < start) return {};
  const Steps inner{start, step, static_cast<std::size_t>((end - start) / step) + 1};
  Hold hold(budget_);
  if (auto held = hold.add(inner.count * sizeof(Sample)); !held) return held;
  std::vector<Sample> samples;
  samples.reserve(inner.count);
  return stream(subquery.inner, inner, [&](const RowView& row) {
    samples.clear();
    for (std::size_t i = 0; i < inner.count; ++i) {
      if (is_present(row.values[i])) samples.push_back({inner.at(i), row.values[i]});
    }
    return emit(row.name_dropped ? row.own_labels() : *row.labels, samples);
  });
}

}  // namespace monitron::promql
