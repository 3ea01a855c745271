// and, or, unless: elements of one vector by what the other one has at the same step.

#include "promql/operators.hpp"
#include "promql/projection.hpp"

namespace monitron::promql {

namespace {

// The steps at which anything is there, for each match group.
class Presence {
 public:
  Presence(const VectorMatching& matching, const Steps& steps, Budget& budget)
      : projection_(matching.labels, matching.on), steps_(steps.count), hold_(budget) {}

  Result<void> add(const RowView& row) {
    auto [place, first] = groups_.try_emplace(projection_.key(row));
    if (first) {
      if (auto held = hold_.add(steps_ / 8 + 2 * place->first.size() + 64); !held) return held;
      place->second.resize(steps_);
    }
    for (std::size_t i = 0; i < steps_; ++i) {
      if (is_present(row.values[i])) place->second[i] = true;
    }
    return {};
  }

  // Takes away the values at steps at which the group is (or is not) present.
  void remove(const RowView& row, bool where_present) {
    const auto place = groups_.find(projection_.key(row));
    for (std::size_t i = 0; i < steps_; ++i) {
      const bool present = place != groups_.end() && place->second[i];
      if (present == where_present) row.values[i] = kAbsent;
    }
  }

 private:
  Projection projection_;
  std::size_t steps_;
  Hold hold_;
  std::unordered_map<std::string, std::vector<bool>> groups_;
};

Result<void> filter(Evaluator& evaluator, const Binary& binary, const Steps& steps,
                    const Emit& emit) {
  Presence right(*binary.matching, steps, evaluator.budget());
  auto read = evaluator.stream(binary.right, steps,
                               [&right](const RowView& row) { return right.add(row); });
  if (!read) return read;
  return evaluator.stream(binary.left, steps, [&](const RowView& row) {
    right.remove(row, binary.op == BinaryOp::unless);
    return any_present(row.values) ? emit(row) : Result<void>{};
  });
}

// A series may go over from one side to the other in the course of a range.
Result<void> unite(Evaluator& evaluator, const Binary& binary, const Steps& steps,
                   const Emit& emit) {
  Presence left(*binary.matching, steps, evaluator.budget());
  Merge merge(evaluator.budget());
  auto read = evaluator.stream(binary.left, steps, [&](const RowView& row) {
    if (auto added = left.add(row); !added) return added;
    return merge.add(row.own_labels(), row.values);
  });
  if (!read) return read;
  read = evaluator.stream(binary.right, steps, [&](const RowView& row) {
    left.remove(row, true);
    return any_present(row.values) ? merge.add(row.own_labels(), row.values) : Result<void>{};
  });
  return read ? merge.emit(emit) : read;
}

}  // namespace

Result<void> join_sets(Evaluator& evaluator, const Binary& binary, const Steps& steps,
                       const Emit& emit) {
  return binary.op == BinaryOp::or_ ? unite(evaluator, binary, steps, emit)
                                    : filter(evaluator, binary, steps, emit);
}

}  // namespace monitron::promql
