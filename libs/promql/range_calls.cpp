// Calls of range functions: windows slide over the samples of one series after the other.

#include "promql/absence.hpp"
#include "promql/analysis.hpp"
#include "promql/calls.hpp"
#include "promql/range_functions.hpp"

namespace monitron::promql {

namespace {

// Looking at this many samples takes some milliseconds; then the time is checked.
constexpr std::size_t kCheckAfter = 1u << 22;

class Sliding {
 public:
  Sliding(Evaluator& evaluator, const Windows& windows, const Steps& steps, Values values)
      : evaluator_(evaluator), windows_(windows), steps_(steps), values_(std::move(values)) {}

  std::span<double> values() { return values_; }

  // Both ends of the window only move forward.
  Result<void> apply(RangeFunction& function, std::span<const Sample> points) {
    function.begin(points);
    std::size_t first = 0;
    std::size_t last = 0;
    for (std::size_t i = 0; i < steps_.count; ++i) {
      const auto end = windows_.end(steps_, i);
      const auto start = end - windows_.range_ms;
      while (last < points.size() && points[last].time_ms <= end) ++last;
      while (first < last && points[first].time_ms < start) ++first;
      values_[i] =
          first == last
              ? kAbsent
              : function.at({points.subspan(first, last - first), start, end, steps_.at(i), i});
      seen_ += last - first;
      if (seen_ < kCheckAfter) continue;
      seen_ = 0;
      if (auto going = evaluator_.budget().check(); !going) return going;
    }
    return {};
  }

 private:
  Evaluator& evaluator_;
  Windows windows_;
  const Steps& steps_;
  Values values_;
  std::size_t seen_ = 0;
};

// The scalars among the arguments and the one range.
struct Arguments {
  std::vector<Values> scalars;
  Expr range;
};

Result<Arguments> arguments_of(Evaluator& evaluator, const Call& call, const Steps& steps) {
  Arguments arguments;
  for (const auto& argument : call.arguments) {
    if (argument->type == ValueType::matrix) {
      arguments.range = argument;
      continue;
    }
    auto values = evaluator.scalars(argument, steps);
    if (!values) return fail(std::move(values.error()));
    arguments.scalars.push_back(std::move(*values));
  }
  return arguments;
}

// The steps at which any series has a sample in its window, if not all.
Result<void> absent_over_time(Evaluator& evaluator, const Expr& range, const Steps& steps,
                              const Emit& emit) {
  const auto present = make_over_time("present_over_time");
  auto values = evaluator.values(steps);
  if (!values) return fail(std::move(values.error()));
  auto ones = evaluator.values(steps, 1);
  if (!ones) return fail(std::move(ones.error()));
  Sliding sliding(evaluator, evaluator.windows(range), steps, std::move(*values));
  Values& absent = *ones;
  auto read = evaluator.points(range, steps, "present_over_time",
                               [&](const Labels&, std::span<const Sample> points) {
                                 auto slid = sliding.apply(*present, points);
                                 mark_present(sliding.values(), absent);
                                 return slid;
                               });
  if (!read) return read;
  if (!any_present(absent)) return {};
  const Labels labels = labels_of_absence(range);
  return emit({&labels, false, absent});
}

}  // namespace

Result<void> range_call(Evaluator& evaluator, const Call& call, const Steps& steps,
                        const Emit& emit) {
  const auto name = call.function->name;
  auto arguments = arguments_of(evaluator, call, steps);
  if (!arguments) return fail(std::move(arguments.error()));
  const Expr range = arguments->range;
  if (name == "absent_over_time") return absent_over_time(evaluator, range, steps, emit);

  std::unique_ptr<RangeFunction> function;
  auto values = evaluator.values(steps);
  if (!values) return fail(std::move(values.error()));
  Sliding sliding(evaluator, evaluator.windows(range), steps, std::move(*values));
  const auto each = [&](const Labels& labels, std::span<const Sample> points,
                        const Emit& to) -> Result<void> {
    if (points.empty()) return {};
    if (!function) {
      auto made = make_range_function(name, std::move(arguments->scalars));
      if (!made) return fail(std::move(made.error()));
      function = std::move(*made);
    }
    if (auto slid = sliding.apply(*function, points); !slid) return slid;
    if (!any_present(sliding.values())) return {};
    return to({&labels, name != "last_over_time", sliding.values()});
  };

  if (name == "last_over_time" || differ_without_name(range)) {
    return evaluator.points(range, steps, name, [&](const Labels& labels, auto points) {
      return each(labels, points, emit);
    });
  }
  Merge merge(evaluator.budget(), Merge::Rule::apart);
  const Emit keep = [&merge](const RowView& row) {
    return merge.add(row.own_labels(), row.values);
  };
  auto read = evaluator.points(range, steps, name, [&](const Labels& labels, auto points) {
    return each(labels, points, keep);
  });
  return read ? merge.emit(emit) : read;
}

}  // namespace monitron::promql
