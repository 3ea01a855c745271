#pragma once
// What expressions become while they are evaluated: rows, each of one value or none per step.

#include "promql/source.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

namespace monitron::promql {

// No value at this step. The stale marker serves for it: selectors never give it as a value, and
// arithmetic never makes it, since it is a signalling NaN.
inline constexpr double kAbsent = std::bit_cast<double>(kStaleBits);
inline bool is_absent(double value) { return is_stale(value); }
inline bool is_present(double value) { return !is_stale(value); }
bool any_present(std::span<const double> values);

// The times of evaluation: start, start + step, ….
struct Steps {
  std::int64_t start_ms = 0;
  std::int64_t step_ms = 1;
  std::size_t count = 1;

  std::int64_t at(std::size_t i) const { return start_ms + step_ms * static_cast<std::int64_t>(i); }
};

// A row on its way. It belongs to whom it comes from and lives for the call; the receiver may
// change the values.
struct RowView {
  const Labels* labels = nullptr;
  bool name_dropped = false;  // `labels` counts without the metric name
  std::span<double> values;

  Labels own_labels() const;
};
using Emit = std::function<Result<void>(const RowView&)>;

// Bytes held, given back at the end.
class Hold {
 public:
  explicit Hold(Budget& budget) : budget_(&budget) {}
  Hold(Hold&& other) noexcept : budget_(other.budget_), bytes_(std::exchange(other.bytes_, 0)) {}
  Hold(const Hold&) = delete;
  Hold& operator=(const Hold&) = delete;
  Hold& operator=(Hold&& other) noexcept {
    std::swap(budget_, other.budget_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Hold() { budget_->give_back(bytes_); }

  Result<void> add(std::uint64_t bytes);

 private:
  Budget* budget_;
  std::uint64_t bytes_ = 0;
};

// One for each step, counted in the budget.
class Values {
 public:
  static Result<Values> make(Budget& budget, std::size_t count, double value);

  double& operator[](std::size_t i) { return values_[i]; }
  double operator[](std::size_t i) const { return values_[i]; }
  double front() const { return values_.front(); }
  double* data() { return values_.data(); }
  const double* data() const { return values_.data(); }
  std::size_t size() const { return values_.size(); }
  auto begin() { return values_.begin(); }
  auto begin() const { return values_.begin(); }
  auto end() { return values_.end(); }
  auto end() const { return values_.end(); }

 private:
  Values(Hold hold, std::vector<double> values)
      : hold_(std::move(hold)), values_(std::move(values)) {}

  Hold hold_;
  std::vector<double> values_;
};

struct Row {
  Labels labels;
  std::vector<double> values;
};

// Rows that are kept, counted in the budget.
class Rows {
 public:
  explicit Rows(Budget& budget) : budget_(&budget), hold_(budget) {}

  Result<void> add(Labels labels, std::vector<double> values);
  Result<void> add(const RowView& row);
  Result<void> emit(const Emit& emit);  // all, in order, as long as there is time
  void sort_by_labels();

  std::vector<Row>& all() { return rows_; }
  const std::vector<Row>& all() const { return rows_; }

 private:
  Budget* budget_;
  std::vector<Row> rows_;
  Hold hold_;
};

struct LabelsHash {
  std::size_t operator()(const Labels& labels) const;
};

// Puts rows of equal labels together: they may have no values at the same step.
class Merge {
 public:
  // apart: equal labels are a fault even if the values are at different steps.
  enum class Rule { by_step, apart };
  static constexpr std::string_view kCollision =
      "vector cannot contain metrics with the same labelset";
  explicit Merge(Budget& budget, Rule rule = Rule::by_step, std::string_view collision = kCollision)
      : rows_(budget), rule_(rule), collision_(collision) {}

  // Fault: invalid, with the text `collision`.
  Result<void> add(Labels labels, std::span<const double> values);
  Result<void> emit(const Emit& emit) { return rows_.emit(emit); }

 private:
  Rows rows_;
  Rule rule_;
  std::string_view collision_;
  std::unordered_map<Labels, std::size_t, LabelsHash> places_;
};

}  // namespace monitron::promql
