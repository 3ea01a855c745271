// histogram_quantile on classic histograms.
// https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile

#include "promql/analysis.hpp"
#include "promql/calls.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

namespace monitron::promql {

namespace {

constexpr std::string_view kBound = "le";

struct Bucket {
  double bound = 0;
  double count = 0;  // cumulative
};

bool equals_lower(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

// A number as Go reads it, hexadecimal and infinities too.
std::optional<double> number_of(std::string_view text) {
  double sign = 1;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    sign = text.front() == '-' ? -1 : 1;
    text.remove_prefix(1);
  }
  if (equals_lower(text, "inf") || equals_lower(text, "infinity")) {
    return sign * std::numeric_limits<double>::infinity();
  }
  if (equals_lower(text, "nan")) return std::nan("");
  if (text.empty() ||
      !(std::isdigit(static_cast<unsigned char>(text.front())) != 0 || text.front() == '.')) {
    return {};
  }
  auto format = std::chars_format::general;
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    if (text.find_first_of("pP") == std::string_view::npos) return {};
    text.remove_prefix(2);
    format = std::chars_format::hex;
  }
  double value = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value, format);
  if (read.ec != std::errc() || read.ptr != end) return {};
  return sign * value;
}

// Equal bounds (written differently, or of several series) are one bucket.
void join_equal(std::vector<Bucket>& buckets) {
  std::size_t kept = 0;
  for (std::size_t i = 1; i < buckets.size(); ++i) {
    if (buckets[i].bound == buckets[kept].bound) {
      buckets[kept].count += buckets[i].count;
    } else {
      buckets[++kept] = buckets[i];
    }
  }
  buckets.resize(kept + 1);
}

// Counters of buckets are not read at one instant, so that a larger bucket may seem smaller.
void make_monotonic(std::vector<Bucket>& buckets) {
  double max = buckets.front().count;
  for (auto& bucket : buckets) {
    if (bucket.count > max) max = bucket.count;
    if (bucket.count < max) bucket.count = max;
  }
}

// `buckets` is in the order of bounds and not empty.
double quantile_in(double q, std::vector<Bucket>& buckets) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (std::isnan(q)) return std::nan("");
  if (q < 0) return -kInfinity;
  if (q > 1) return kInfinity;
  if (buckets.back().bound != kInfinity) return std::nan("");
  join_equal(buckets);
  make_monotonic(buckets);
  const double observations = buckets.back().count;
  if (buckets.size() < 2 || observations == 0) return std::nan("");
  double rank = q * observations;
  const auto at = std::lower_bound(
      buckets.begin(), buckets.end() - 1, rank,
      [](const Bucket& bucket, double wanted) { return !(bucket.count >= wanted); });
  if (at == buckets.end() - 1) return (at - 1)->bound;
  if (at == buckets.begin() && at->bound <= 0) return at->bound;
  double start = 0;
  double count = at->count;
  if (at != buckets.begin()) {
    start = (at - 1)->bound;
    count -= (at - 1)->count;
    rank -= (at - 1)->count;
  }
  return start + (at->bound - start) * (rank / count);
}

struct BucketRow {
  double bound = 0;
  const Row* row = nullptr;
};
using Histograms = std::map<Labels, std::vector<BucketRow>>;

Histograms histograms_of(const Rows& rows) {
  Histograms histograms;
  for (const auto& row : rows.all()) {
    const auto bound = number_of(row.labels.get(kBound));
    if (!bound || std::isnan(*bound)) continue;
    Labels labels = row.labels;
    labels.remove(kBound);
    histograms[std::move(labels)].push_back({*bound, &row});
  }
  for (auto& [labels, buckets] : histograms) {
    std::sort(buckets.begin(), buckets.end(),
              [](const BucketRow& a, const BucketRow& b) { return a.bound < b.bound; });
  }
  return histograms;
}

}  // namespace

Result<void> histogram_quantile(Evaluator& evaluator, const Call& call, const Steps& steps,
                                const Emit& emit) {
  const auto q = evaluator.scalars(call.arguments[0], steps);
  if (!q) return fail(q.error());
  const auto rows = evaluator.collect(call.arguments[1], steps);
  if (!rows) return fail(rows.error());
  const bool differ = differ_without_name(call.arguments[1]);
  Merge merge(evaluator.budget());
  auto room = evaluator.values(steps);
  if (!room) return fail(std::move(room.error()));
  Values& values = *room;
  std::vector<Bucket> present;
  for (const auto& [labels, buckets] : histograms_of(*rows)) {
    for (std::size_t i = 0; i < steps.count; ++i) {
      if (auto going = evaluator.budget().check(); !going) return going;
      present.clear();
      for (const auto& [bound, row] : buckets) {
        if (is_present(row->values[i])) present.push_back({bound, row->values[i]});
      }
      values[i] = present.empty() ? kAbsent : quantile_in((*q)[i], present);
    }
    if (!any_present(values)) continue;
    const RowView nameless{&labels, true, values};
    auto sent = differ ? emit(nameless) : merge.add(nameless.own_labels(), values);
    if (!sent) return sent;
  }
  return merge.emit(emit);
}

}  // namespace monitron::promql
