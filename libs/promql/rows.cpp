#include "promql/rows.hpp"

#include <algorithm>

namespace monitron::promql {

namespace {

// What a kept row costs, its strings counted roughly.
std::uint64_t cost(const Labels& labels, std::size_t values) {
  return sizeof(Row) + labels.pairs().size() * sizeof(Labels::Pair) + values * sizeof(double);
}

}  // namespace

bool any_present(std::span<const double> values) {
  return std::any_of(values.begin(), values.end(), is_present);
}

Labels RowView::own_labels() const {
  Labels copy = *labels;
  if (name_dropped) copy.remove(kMetricName);
  return copy;
}

Result<void> Hold::add(std::uint64_t bytes) {
  if (auto held = budget_->hold(bytes); !held) return held;
  bytes_ += bytes;
  return {};
}

Result<Values> Values::make(Budget& budget, std::size_t count, double value) {
  Hold hold(budget);
  if (auto held = hold.add(count * sizeof(double)); !held) return fail(std::move(held.error()));
  return Values(std::move(hold), std::vector<double>(count, value));
}

Result<void> Rows::add(Labels labels, std::vector<double> values) {
  if (auto held = hold_.add(cost(labels, values.size())); !held) return held;
  rows_.push_back({std::move(labels), std::move(values)});
  return {};
}

Result<void> Rows::add(const RowView& row) {
  return add(row.own_labels(), std::vector<double>(row.values.begin(), row.values.end()));
}

Result<void> Rows::emit(const Emit& emit) {
  for (auto& row : rows_) {
    if (auto going = budget_->check(); !going) return going;
    if (auto sent = emit({.labels = &row.labels, .values = row.values}); !sent) return sent;
  }
  return {};
}

void Rows::sort_by_labels() {
  std::sort(rows_.begin(), rows_.end(),
            [](const Row& a, const Row& b) { return a.labels < b.labels; });
}

std::size_t LabelsHash::operator()(const Labels& labels) const {
  std::size_t hash = labels.pairs().size();
  const auto mix = [&hash](const std::string& text) {
    hash ^= std::hash<std::string_view>{}(text) + 0x9e3779b97f4a7c15 + (hash << 6) + (hash >> 2);
  };
  for (const auto& [name, value] : labels.pairs()) {
    mix(name);
    mix(value);
  }
  return hash;
}

Result<void> Merge::add(Labels labels, std::span<const double> values) {
  const auto [place, first] = places_.try_emplace(labels, rows_.all().size());
  if (first) return rows_.add(std::move(labels), {values.begin(), values.end()});
  auto& kept = rows_.all()[place->second].values;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    if (is_absent(values[i])) continue;
    if (rule_ == Rule::apart || is_present(kept[i])) {
      return fail(Fault::invalid, std::string(collision_));
    }
    kept[i] = values[i];
  }
  return {};
}

}  // namespace monitron::promql
