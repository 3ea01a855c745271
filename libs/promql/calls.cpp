#include "promql/calls.hpp"

#include "promql/absence.hpp"
#include "promql/analysis.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace monitron::promql {

namespace {

// Go's math.Max and math.Min, which Prometheus takes: NaN wins, but not over the infinity asked
// for, and a zero is more than a minus zero.
double larger(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) {
    const double other = std::isnan(a) ? b : a;
    return std::isinf(other) && other > 0 ? other : std::nan("");
  }
  if (a == b) return std::signbit(a) ? b : a;
  return std::max(a, b);
}
double smaller(double a, double b) { return -larger(-a, -b); }

Result<Values> times_of(Evaluator& evaluator, const Steps& steps) {
  auto times = evaluator.values(steps);
  if (!times) return times;
  for (std::size_t i = 0; i < steps.count; ++i) {
    (*times)[i] = static_cast<double>(steps.at(i)) / 1000;
  }
  return times;
}

Result<void> math_call(Evaluator& evaluator, const Call& call, const Steps& steps, const Emit& emit,
                       OfOne function) {
  const auto change = [function](std::span<double> values) {
    for (auto& value : values) {
      if (is_present(value)) value = function(value);
    }
  };
  if (!call.arguments.empty()) {
    return changed(evaluator, call.arguments.front(), steps, change, emit);
  }
  auto times = times_of(evaluator, steps);  // only functions of dates go without argument
  if (!times) return fail(std::move(times.error()));
  change(*times);
  const Labels none;
  return emit({&none, false, *times});
}

Result<void> round_call(Evaluator& evaluator, const Call& call, const Steps& steps,
                        const Emit& emit) {
  const bool to_whole = call.arguments.size() < 2;
  auto to = to_whole ? evaluator.values(steps, 1) : evaluator.scalars(call.arguments[1], steps);
  if (!to) return fail(std::move(to.error()));
  // The inverse is exact where the fraction itself is not, as with 0.1.
  for (auto& value : *to) value = 1.0 / value;
  const auto change = [&to = *to](std::span<double> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (is_present(values[i])) values[i] = std::floor(values[i] * to[i] + 0.5) / to[i];
    }
  };
  return changed(evaluator, call.arguments.front(), steps, change, emit);
}

Result<void> clamp_call(Evaluator& evaluator, const Call& call, const Steps& steps,
                        const Emit& emit) {
  const auto name = call.function->name;
  std::vector<Values> bounds;  // of clamp_min and clamp_max there is one
  for (std::size_t i = 1; i < call.arguments.size(); ++i) {
    auto bound = evaluator.scalars(call.arguments[i], steps);
    if (!bound) return fail(std::move(bound.error()));
    bounds.push_back(std::move(*bound));
  }
  const auto change = [name, &low = bounds.front(), &high = bounds.back()](auto values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (is_absent(values[i])) continue;
      if (name == "clamp" && high[i] < low[i]) {
        values[i] = kAbsent;
        continue;
      }
      if (name != "clamp_min") values[i] = smaller(high[i], values[i]);
      if (name != "clamp_max") values[i] = larger(low[i], values[i]);
    }
  };
  return changed(evaluator, call.arguments.front(), steps, change, emit);
}

// Of samples as they are selected, their own time; of anything else, that of evaluation.
Result<void> timestamp_call(Evaluator& evaluator, const Call& call, const Steps& steps,
                            const Emit& emit) {
  const auto times = times_of(evaluator, steps);
  if (!times) return fail(times.error());
  const auto& argument = call.arguments.front();
  const auto* selector = as<VectorSelector>(argument);
  if (selector == nullptr) {
    const auto change = [&times = *times](std::span<double> values) {
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (is_present(values[i])) values[i] = times[i];
      }
    };
    return changed(evaluator, argument, steps, change, emit);
  }
  const bool differ = differ_without_name(argument);
  Merge merge(evaluator.budget());
  auto read =
      evaluator.select(*selector, steps, Evaluator::What::timestamp, [&](const RowView& row) {
        const RowView nameless{row.labels, true, row.values};
        return differ ? emit(nameless) : merge.add(nameless.own_labels(), row.values);
      });
  return read ? merge.emit(emit) : read;
}

Result<void> vector_call(Evaluator& evaluator, const Call& call, const Steps& steps,
                         const Emit& emit) {
  auto values = evaluator.scalars(call.arguments.front(), steps);
  if (!values) return fail(std::move(values.error()));
  const Labels none;
  return emit({&none, false, *values});
}

Result<void> absent_call(Evaluator& evaluator, const Call& call, const Steps& steps,
                         const Emit& emit) {
  auto ones = evaluator.values(steps, 1);
  if (!ones) return fail(std::move(ones.error()));
  Values& absent = *ones;
  auto read = evaluator.stream(call.arguments.front(), steps, [&absent](const RowView& row) {
    mark_present(row.values, absent);
    return Result<void>{};
  });
  if (!read) return read;
  const Labels labels = labels_of_absence(call.arguments.front());
  return any_present(absent) ? emit({&labels, false, absent}) : Result<void>{};
}

// An order is seen in instant queries alone: of the one step. NaN comes last in both directions.
Result<void> sort_call(Evaluator& evaluator, const Call& call, const Steps& steps,
                       const Emit& emit) {
  if (steps.count > 1) return evaluator.stream(call.arguments.front(), steps, emit);
  auto rows = evaluator.collect(call.arguments.front(), steps);
  if (!rows) return fail(std::move(rows.error()));
  rows->sort_by_labels();
  const bool down = call.function->name == "sort_desc";
  std::stable_sort(rows->all().begin(), rows->all().end(), [down](const Row& x, const Row& y) {
    const double a = x.values.front();
    const double b = y.values.front();
    if (std::isnan(a) || std::isnan(b)) return !std::isnan(a) && std::isnan(b);
    return down ? a > b : a < b;
  });
  return rows->emit(emit);
}

struct Named {
  std::string_view name;
  CallOf call;
};
constexpr Named kCalls[] = {
    {"absent", absent_call},
    {"clamp", clamp_call},
    {"clamp_max", clamp_call},
    {"clamp_min", clamp_call},
    {"histogram_quantile", histogram_quantile},
    {"label_ip", label_ip},
    {"label_join", label_join},
    {"label_replace", label_replace},
    {"round", round_call},
    {"sort", sort_call},
    {"sort_desc", sort_call},
    {"timestamp", timestamp_call},
    {"vector", vector_call},
};

bool has_range(const Call& call) {
  return std::any_of(call.arguments.begin(), call.arguments.end(),
                     [](const Expr& argument) { return argument->type == ValueType::matrix; });
}

}  // namespace

Result<void> changed(Evaluator& evaluator, const Expr& argument, const Steps& steps,
                     const Change& change, const Emit& emit) {
  if (differ_without_name(argument)) {
    return evaluator.stream(argument, steps, [&](const RowView& row) {
      change(row.values);
      return emit({row.labels, true, row.values});
    });
  }
  Merge merge(evaluator.budget());
  auto read = evaluator.stream(argument, steps, [&](const RowView& row) {
    change(row.values);
    return merge.add(RowView{row.labels, true, row.values}.own_labels(), row.values);
  });
  return read ? merge.emit(emit) : read;
}

Result<void> eval_call(Evaluator& evaluator, const Call& call, const Steps& steps,
                       const Emit& emit) {
  const auto name = call.function->name;
  if (has_range(call)) return range_call(evaluator, call, steps, emit);
  if (const auto of = math_function(name)) return math_call(evaluator, call, steps, emit, of);
  if (const auto of = date_function(name)) return math_call(evaluator, call, steps, emit, of);
  for (const auto& entry : kCalls) {
    if (entry.name == name) return entry.call(evaluator, call, steps, emit);
  }
  return fail(Fault::bug, "unknown function " + std::string(name));
}

Result<Values> scalar_call(Evaluator& evaluator, const Call& call, const Steps& steps) {
  const auto name = call.function->name;
  if (name == "time") return times_of(evaluator, steps);
  if (name == "pi") return evaluator.values(steps, std::numbers::pi);
  // scalar(): where there is exactly one element.
  auto values = evaluator.values(steps, std::nan(""));
  if (!values) return values;
  auto elements = evaluator.values(steps);
  if (!elements) return elements;
  auto read = evaluator.stream(call.arguments.front(), steps, [&](const RowView& row) {
    for (std::size_t i = 0; i < steps.count; ++i) {
      if (is_absent(row.values[i])) continue;
      (*values)[i] = ++(*elements)[i] == 1 ? row.values[i] : std::nan("");
    }
    return Result<void>{};
  });
  if (!read) return fail(std::move(read.error()));
  return values;
}

}  // namespace monitron::promql
