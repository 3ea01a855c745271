#include "promql/accumulators.hpp"
#include "promql/aggregations.hpp"
#include "promql/projection.hpp"

namespace monitron::promql {

namespace {

struct Group {
  Labels labels;
  std::unique_ptr<Accumulator> accumulator;
};

// Groups in the order in which they are first seen.
class Groups {
 public:
  Groups(Budget& budget, const Aggregate& aggregate, std::size_t steps)
      : hold_(budget),
        op_(aggregate.op),
        steps_(steps),
        projection_(aggregate.grouping, !aggregate.without) {}

  Result<void> add(const RowView& row) {
    const auto& key = projection_.key(row);
    auto place = places_.find(key);
    if (place == places_.end()) {
      if (auto held = hold_.add(accumulator_bytes(op_, steps_) + 2 * key.size()); !held) {
        return held;
      }
      place = places_.emplace(key, groups_.size()).first;
      groups_.push_back({projection_.labels(row), make_accumulator(op_, steps_)});
    }
    groups_[place->second].accumulator->add(row.values);
    return {};
  }

  Result<void> emit(const Emit& emit, Budget& budget) const {
    auto values = Values::make(budget, steps_, 0);
    if (!values) return fail(std::move(values.error()));
    for (const auto& group : groups_) {
      if (auto going = budget.check(); !going) return going;
      group.accumulator->finish(*values);
      if (auto sent = emit({&group.labels, false, *values}); !sent) return sent;
    }
    return {};
  }

 private:
  Hold hold_;
  AggregateOp op_;
  std::size_t steps_;
  Projection projection_;
  std::vector<Group> groups_;
  std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace

Result<void> eval_aggregate(Evaluator& evaluator, const Aggregate& aggregate, const Steps& steps,
                            const Emit& emit) {
  switch (aggregate.op) {
    case AggregateOp::topk:
    case AggregateOp::bottomk:
      return ranked(evaluator, aggregate, steps, emit);
    case AggregateOp::quantile:
      return quantile(evaluator, aggregate, steps, emit);
    case AggregateOp::count_values:
      return count_values(evaluator, aggregate, steps, emit);
    default:
      break;
  }
  Groups groups(evaluator.budget(), aggregate, steps.count);
  auto read = evaluator.stream(aggregate.inner, steps,
                               [&groups](const RowView& row) { return groups.add(row); });
  return read ? groups.emit(emit, evaluator.budget()) : read;
}

}  // namespace monitron::promql
