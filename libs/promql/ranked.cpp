// topk, bottomk and quantile: they need the values of all rows of a group at once.

#include "promql/aggregations.hpp"
#include "promql/projection.hpp"
#include "promql/quantile.hpp"

#include <algorithm>
#include <cmath>

namespace monitron::promql {

namespace {

using Members = std::vector<Row*>;

// Groups in the order of their first row.
std::vector<Members> grouped(Rows& rows, const Aggregate& aggregate) {
  Projection projection(aggregate.grouping, !aggregate.without);
  std::unordered_map<std::string, std::size_t> places;
  std::vector<Members> groups;
  for (auto& row : rows.all()) {
    const auto [place, first] = places.try_emplace(projection.key(row.labels), groups.size());
    if (first) groups.emplace_back();
    groups[place->second].push_back(&row);
  }
  return groups;
}

Result<void> check_k(const Values& k) {
  for (const double value : k) {
    if (std::abs(value) < 0x1p63) continue;
    return fail(Fault::invalid, "Scalar value " + format_value(value) + " overflows int64");
  }
  return {};
}

// NaN comes last in both directions; of equal values the first by labels is taken.
struct Before {
  bool top = true;
  std::size_t step = 0;
  bool operator()(const Row* x, const Row* y) const {
    const double a = x->values[step];
    const double b = y->values[step];
    if (std::isnan(a) || std::isnan(b)) {
      if (std::isnan(a) != std::isnan(b)) return std::isnan(b);
      return x < y;
    }
    if (a != b) return top ? a > b : a < b;
    return x < y;
  }
};

// Puts the k rows that are chosen at the step first, in order, and returns how many these are.
std::size_t choose(Members& members, double k, const Before& before) {
  const auto end = std::partition(members.begin(), members.end(), [&](const Row* row) {
    return is_present(row->values[before.step]);
  });
  const auto present = static_cast<std::size_t>(end - members.begin());
  const auto count = k < 1 ? 0 : std::min(present, static_cast<std::size_t>(std::min(k, 9e18)));
  std::partial_sort(members.begin(), members.begin() + static_cast<std::ptrdiff_t>(count), end,
                    before);
  return count;
}

Result<void> emit_chosen(Members& members, double k, bool top, const Emit& emit) {
  const auto count = choose(members, k, {top, 0});
  for (std::size_t i = 0; i < count; ++i) {
    if (auto sent = emit({&members[i]->labels, false, members[i]->values}); !sent) return sent;
  }
  return {};
}

Result<void> drop_others(Members members, const Values& k, bool top, const Budget& budget) {
  for (std::size_t step = 0; step < k.size(); ++step) {
    if (auto going = budget.check(); !going) return going;
    const auto count = choose(members, k[step], {top, step});
    for (auto i = count; i < members.size(); ++i) members[i]->values[step] = kAbsent;
  }
  return {};
}

}  // namespace

Result<void> ranked(Evaluator& evaluator, const Aggregate& aggregate, const Steps& steps,
                    const Emit& emit) {
  const auto k = evaluator.scalars(aggregate.parameter, steps);
  if (!k) return fail(k.error());
  if (auto good = check_k(*k); !good) return good;
  auto rows = evaluator.collect(aggregate.inner, steps);
  if (!rows) return fail(std::move(rows.error()));
  rows->sort_by_labels();
  const bool top = aggregate.op == AggregateOp::topk;
  auto groups = grouped(*rows, aggregate);
  if (steps.count == 1) {
    for (auto& members : groups) {
      if (auto sent = emit_chosen(members, k->front(), top, emit); !sent) return sent;
    }
    return {};
  }
  for (auto& members : groups) {
    auto dropped = drop_others(members, *k, top, evaluator.budget());
    if (!dropped) return dropped;
  }
  return rows->emit(emit);
}

Result<void> quantile(Evaluator& evaluator, const Aggregate& aggregate, const Steps& steps,
                      const Emit& emit) {
  const auto q = evaluator.scalars(aggregate.parameter, steps);
  if (!q) return fail(q.error());
  auto rows = evaluator.collect(aggregate.inner, steps);
  if (!rows) return fail(std::move(rows.error()));
  const Projection projection(aggregate.grouping, !aggregate.without);
  auto values = evaluator.values(steps);
  if (!values) return fail(std::move(values.error()));
  std::vector<double> present;
  for (const auto& members : grouped(*rows, aggregate)) {
    for (std::size_t step = 0; step < steps.count; ++step) {
      if (auto going = evaluator.budget().check(); !going) return going;
      present.clear();
      for (const Row* row : members) {
        if (is_present(row->values[step])) present.push_back(row->values[step]);
      }
      (*values)[step] = present.empty() ? kAbsent : quantile_of((*q)[step], present);
    }
    const Labels labels = projection.labels(members.front()->labels);
    if (auto sent = emit({&labels, false, *values}); !sent) return sent;
  }
  return {};
}

}  // namespace monitron::promql
