#include "promql/accumulators.hpp"

#include "promql/rows.hpp"
#include "promql/sums.hpp"

namespace monitron::promql {

namespace {

struct Total {
  Sum sum;
  bool any = false;
  void add(double value) {
    any ? sum.add(value) : void(sum.sum = value);
    any = true;
  }
  double result() const { return any ? sum.value() : kAbsent; }
};

struct Average {
  Mean mean;
  void add(double value) { mean.add(value); }
  double result() const { return mean.count > 0 ? mean.value() : kAbsent; }
};

// NaN gives way to anything.
struct Least {
  double least = kAbsent;
  void add(double value) {
    if (value < least || std::isnan(least)) least = value;
  }
  double result() const { return least; }
};
struct Greatest {
  double greatest = kAbsent;
  void add(double value) {
    if (value > greatest || std::isnan(greatest)) greatest = value;
  }
  double result() const { return greatest; }
};

struct Count {
  double count = 0;
  void add(double) { ++count; }
  double result() const { return count > 0 ? count : kAbsent; }
};

struct One {
  double one = kAbsent;
  void add(double) { one = 1; }
  double result() const { return one; }
};

// A single value does not vary, not even if it is infinite or not a number.
struct Varying {
  Variance variance;
  void add(double value) { variance.add(value); }
  double result() const {
    if (variance.count == 0) return kAbsent;
    return variance.count == 1 ? 0 : variance.squares.value() / variance.count;
  }
};
struct Deviating : Varying {
  double result() const {
    const double squared = Varying::result();
    return is_absent(squared) ? kAbsent : std::sqrt(squared);
  }
};

template <class State>
class PerStep : public Accumulator {
 public:
  explicit PerStep(std::size_t steps) : states_(steps) {}
  void add(std::span<const double> values) override {
    for (std::size_t i = 0; i < states_.size(); ++i) {
      if (is_present(values[i])) states_[i].add(values[i]);
    }
  }
  void finish(std::span<double> values) const override {
    for (std::size_t i = 0; i < states_.size(); ++i) values[i] = states_[i].result();
  }

 private:
  std::vector<State> states_;
};

}  // namespace

std::size_t accumulator_bytes(AggregateOp, std::size_t steps) {
  return steps * sizeof(Varying);  // the largest
}

std::unique_ptr<Accumulator> make_accumulator(AggregateOp op, std::size_t steps) {
  switch (op) {
    case AggregateOp::sum:
      return std::make_unique<PerStep<Total>>(steps);
    case AggregateOp::avg:
      return std::make_unique<PerStep<Average>>(steps);
    case AggregateOp::min:
      return std::make_unique<PerStep<Least>>(steps);
    case AggregateOp::max:
      return std::make_unique<PerStep<Greatest>>(steps);
    case AggregateOp::count:
      return std::make_unique<PerStep<Count>>(steps);
    case AggregateOp::group:
      return std::make_unique<PerStep<One>>(steps);
    case AggregateOp::stddev:
      return std::make_unique<PerStep<Deviating>>(steps);
    case AggregateOp::stdvar:
      return std::make_unique<PerStep<Varying>>(steps);
    default:
      return nullptr;
  }
}

}  // namespace monitron::promql
