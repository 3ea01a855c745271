// count_values: how often each value occurs, with the value as a label.

#include "base/label_name.hpp"
#include "promql/aggregations.hpp"
#include "promql/analysis.hpp"
#include "promql/format_value.hpp"
#include "promql/projection.hpp"

#include <algorithm>
#include <map>

namespace monitron::promql {

namespace {

class Counts {
 public:
  Counts(Budget& budget, const Aggregate& aggregate, std::string label, std::size_t steps)
      : hold_(budget),
        projection_(aggregate.grouping, !aggregate.without),
        label_(std::move(label)),
        steps_(steps) {
    const auto& names = aggregate.grouping;
    const bool named = std::find(names.begin(), names.end(), label_) != names.end();
    labelled_ = !aggregate.without || (!named && label_ != kMetricName);
  }

  Result<void> add(const RowView& row) {
    const Labels group = projection_.labels(row);
    std::unordered_map<std::uint64_t, std::vector<double>*> seen;  // values of this row
    for (std::size_t i = 0; i < steps_; ++i) {
      if (is_absent(row.values[i])) continue;
      auto& counts = seen[std::bit_cast<std::uint64_t>(row.values[i])];
      if (counts == nullptr) {
        auto found = counts_of(group, row.values[i]);
        if (!found) return fail(std::move(found.error()));
        counts = *found;
      }
      auto& count = (*counts)[i];
      count = is_absent(count) ? 1 : count + 1;
    }
    return {};
  }

  Result<void> emit(const Emit& emit, const Budget& budget) {
    for (auto& [labels, counts] : counts_) {
      if (auto going = budget.check(); !going) return going;
      if (auto sent = emit({&labels, false, counts}); !sent) return sent;
    }
    return {};
  }

 private:
  Result<std::vector<double>*> counts_of(Labels labels, double value) {
    if (labelled_) labels.set(label_, format_plain(value));
    auto place = counts_.find(labels);
    if (place == counts_.end()) {
      auto held = hold_.add(steps_ * sizeof(double) + sizeof(Row));
      if (!held) return fail(std::move(held.error()));
      place = counts_.emplace(std::move(labels), std::vector<double>(steps_, kAbsent)).first;
    }
    return &place->second;
  }

  Hold hold_;
  Projection projection_;
  std::string label_;
  std::size_t steps_;
  bool labelled_ = true;  // false: the label of the value is one that is left out
  std::map<Labels, std::vector<double>> counts_;
};

}  // namespace

Result<void> count_values(Evaluator& evaluator, const Aggregate& aggregate, const Steps& steps,
                          const Emit& emit) {
  const auto& label = text_of(aggregate.parameter);
  if (!is_label_name(label)) return fail(Fault::invalid, "invalid label name \"" + label + "\"");
  Counts counts(evaluator.budget(), aggregate, label, steps.count);
  auto read = evaluator.stream(aggregate.inner, steps,
                               [&counts](const RowView& row) { return counts.add(row); });
  return read ? counts.emit(emit, evaluator.budget()) : read;
}

}  // namespace monitron::promql
