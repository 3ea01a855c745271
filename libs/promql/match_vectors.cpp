// Arithmetic and comparisons between two vectors.
// https://prometheus.io/docs/prometheus/latest/querying/operators/#vector-matching

#include "promql/operators.hpp"
#include "promql/projection.hpp"
#include "promql/quote.hpp"

#include <algorithm>
#include <map>

namespace monitron::promql {

namespace {

using Card = VectorMatching::Card;

// Rows that match each other by their labels. Each step is on its own: a row may stand in for
// another that has ended.
struct Match {
  std::vector<const Row*> many;
  std::vector<const Row*> one;
};

// As errors of Prometheus show labels: the name is one of them.
std::string in_braces(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels.pairs()) {
    if (!text.empty()) text += ", ";
    text += name + "=" + quote(value);
  }
  return "{" + text + "}";
}

class Matching {
 public:
  Matching(const Binary& binary, Values values, Budget& budget)
      : binary_(binary),
        matching_(*binary.matching),
        projection_(matching_.labels, matching_.on),
        values_(std::move(values)),
        budget_(budget) {}

  Result<void> run(const Rows& left, const Rows& right, const Emit& emit) {
    const bool swapped = matching_.card == Card::one_to_many;
    const Rows& many = swapped ? right : left;
    const Rows& one = swapped ? left : right;
    for (const auto& row : many.all()) matches_[projection_.key(row.labels)].many.push_back(&row);
    for (const auto& row : one.all()) matches_[projection_.key(row.labels)].one.push_back(&row);
    if (auto good = check_one(many); !good) return good;
    if (!named_groups()) return combine_all(emit);
    Merge merge(budget_);
    auto sent = combine_all(
        [&merge](const RowView& row) { return merge.add(row.own_labels(), row.values); });
    return sent ? merge.emit(emit) : sent;
  }

 private:
  // Rows of different groups may become equal: the name, which goes, is what tells these apart.
  bool named_groups() const {
    const auto& names = matching_.labels;
    return matching_.on && drops_name(binary_) &&
           std::find(names.begin(), names.end(), kMetricName) != names.end();
  }

  Result<void> combine_all(const Emit& emit) {
    for (const auto& [key, match] : matches_) {
      if (auto sent = combine(match, emit); !sent) return sent;
    }
    return {};
  }

  // At any step, only one row of the side that is "one" may be there (where the other side has
  // anything at all).
  Result<void> check_one(const Rows& many) const {
    const bool single = std::all_of(matches_.begin(), matches_.end(),
                                    [](const auto& match) { return match.second.one.size() < 2; });
    if (single) return {};
    std::vector<bool> any(values_.size());
    for (const auto& row : many.all()) {
      if (auto going = budget_.check(); !going) return going;
      for (std::size_t step = 0; step < any.size(); ++step) {
        if (is_present(row.values[step])) any[step] = true;
      }
    }
    for (const auto& [key, match] : matches_) {
      if (match.one.size() < 2) continue;
      if (auto good = check_group(match.one, any); !good) return good;
    }
    return {};
  }

  Result<void> check_group(const std::vector<const Row*>& rows,
                           const std::vector<bool>& any) const {
    for (std::size_t step = 0; step < any.size(); ++step) {
      if (auto going = budget_.check(); !going) return going;
      const Row* first = nullptr;
      for (const Row* row : rows) {
        if (!any[step] || is_absent(row->values[step])) continue;
        if (first != nullptr) return duplicate(*first, *row);
        first = row;
      }
    }
    return {};
  }

  Result<void> duplicate(const Row& first, const Row& second) const {
    const char* side = matching_.card == Card::one_to_many ? "left" : "right";
    return fail(Fault::invalid,
                "found duplicate series for the match group " +
                    in_braces(projection_.labels(second.labels)) + " on the " + side +
                    " hand-side of the operation: [" + in_braces(second.labels) + ", " +
                    in_braces(first.labels) +
                    "];many-to-many matching not allowed: matching labels must be unique on one "
                    "side");
  }

  // Sets values_; false: none is present.
  bool apply(const Row& many, const Row& one) {
    const bool swapped = matching_.card == Card::one_to_many;
    const auto& left = swapped ? one.values : many.values;
    const auto& right = swapped ? many.values : one.values;
    bool any = false;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      values_[i] = is_absent(left[i]) || is_absent(right[i]) ? kAbsent
                                                             : combined(binary_, left[i], right[i]);
      any = any || is_present(values_[i]);
    }
    return any;
  }

  Labels labels_of(const Labels& many, const Labels& one) const {
    Labels labels = many;
    if (is_nameless(binary_.op)) labels.remove(kMetricName);
    if (matching_.card == Card::one_to_one) labels = kept(labels);
    for (const auto& name : matching_.include) labels.set(name, one.get(name));
    if (binary_.return_bool) labels.remove(kMetricName);
    return labels;
  }

  // on: these labels only; ignoring: all others, and the name.
  Labels kept(const Labels& labels) const {
    if (matching_.on) return projection_.labels(labels);
    Labels rest = labels;
    for (const auto& name : matching_.labels) rest.remove(name);
    return rest;
  }

  Result<void> combine(const Match& match, const Emit& emit) {
    if (match.many.empty() || match.one.empty()) return {};
    if (auto going = budget_.check(); !going) return going;
    if (match.many.size() == 1 && match.one.size() == 1) {
      if (!apply(*match.many[0], *match.one[0])) return {};
      const Labels labels = labels_of(match.many[0]->labels, match.one[0]->labels);
      return emit({&labels, false, values_});
    }
    const bool single = matching_.card == Card::one_to_one;
    Merge merge(budget_, Merge::Rule::by_step,
                single ? Merge::kCollision
                       : "multiple matches for labels: grouping labels must ensure unique matches");
    std::vector<bool> taken(values_.size());
    for (const Row* many : match.many) {
      for (const Row* one : match.one) {
        if (auto going = budget_.check(); !going) return going;
        if (!apply(*many, *one)) continue;
        if (auto good = single ? take(taken) : Result<void>{}; !good) return good;
        auto added = merge.add(labels_of(many->labels, one->labels), values_);
        if (!added) return added;
      }
    }
    return merge.emit(emit);
  }

  Result<void> take(std::vector<bool>& taken) const {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (is_absent(values_[i])) continue;
      if (taken[i]) {
        return fail(Fault::invalid,
                    "multiple matches for labels: many-to-one matching must be explicit "
                    "(group_left/group_right)");
      }
      taken[i] = true;
    }
    return {};
  }

  const Binary& binary_;
  const VectorMatching& matching_;
  Projection projection_;
  Values values_;
  Budget& budget_;
  std::map<std::string, Match> matches_;
};

}  // namespace

Result<void> match_vectors(Evaluator& evaluator, const Binary& binary, const Steps& steps,
                           const Emit& emit) {
  auto left = evaluator.collect(binary.left, steps);
  if (!left) return fail(std::move(left.error()));
  auto right = evaluator.collect(binary.right, steps);
  if (!right) return fail(std::move(right.error()));
  left->sort_by_labels();
  right->sort_by_labels();
  auto values = evaluator.values(steps);
  if (!values) return fail(std::move(values.error()));
  return Matching(binary, std::move(*values), evaluator.budget()).run(*left, *right, emit);
}

}  // namespace monitron::promql
