#include "series/aggregates.hpp"

#include "base/text.hpp"
#include "series/rollups.hpp"

#include <algorithm>
#include <cmath>

namespace monitron::series {
namespace {

// NaN only when there is nothing else.
template <class Better>
double best(const std::vector<double>& values, Better better) {
  double found = values.front();
  for (const double value : values) {
    if (better(value, found) || std::isnan(found)) found = value;
  }
  return found;
}

// As PromQL's quantile: between the two nearest ranks. NaN counts as less than everything.
double quantile(double share, std::vector<double>& values) {
  std::sort(values.begin(), values.end(), [](double a, double b) {
    if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && !std::isnan(b);
    return a < b;
  });
  const double rank = share * static_cast<double>(values.size() - 1);
  const auto low = static_cast<std::size_t>(rank);
  const auto high = std::min(low + 1, values.size() - 1);
  const double weight = rank - std::floor(rank);
  if (weight == 0) return values[low];
  return values[low] * (1 - weight) + values[high] * weight;
}

std::optional<double> share_of(std::string_view text) {
  if (text.size() < 2 || text.front() != 'p') return std::nullopt;
  text.remove_prefix(1);
  const auto dot = text.find('.');
  const bool short_enough = dot == text.npos || (dot > 0 && text.size() - dot - 1 <= 3);
  const bool digits = text.find_first_not_of("0123456789.") == text.npos && text.back() != '.';
  const auto percent = parse_number<double>(text);
  if (!short_enough || !digits || !percent || *percent > 100) return std::nullopt;
  return *percent / 100;
}

}  // namespace

std::optional<Aggregate> parse_aggregate(std::string_view text) {
  static constexpr std::pair<std::string_view, Aggregate::Kind> kKinds[] = {
      {"avg", Aggregate::avg},
      {"min", Aggregate::min},
      {"max", Aggregate::max},
      {"sum", Aggregate::sum},
      {"count", Aggregate::count}};
  for (const auto& [name, kind] : kKinds) {
    if (text == name) return Aggregate{kind, 0, std::string(text)};
  }
  const auto share = share_of(text);
  if (!share) return std::nullopt;
  return Aggregate{Aggregate::quantile, *share, std::string(text)};
}

double aggregate(const Aggregate& by, std::vector<double>& values) {
  switch (by.kind) {
    case Aggregate::avg:
      return exact_sum(values) / static_cast<double>(values.size());
    case Aggregate::min:
      return best(values, std::less<double>());
    case Aggregate::max:
      return best(values, std::greater<double>());
    case Aggregate::sum:
      return exact_sum(values);
    case Aggregate::count:
      return static_cast<double>(values.size());
    case Aggregate::quantile:
      return quantile(by.share, values);
  }
  return 0;
}

std::optional<Fill> parse_fill(std::string_view text) {
  if (text == "none") return Fill::none;
  if (text == "null") return Fill::null;
  if (text == "previous") return Fill::previous;
  if (text == "linear") return Fill::linear;
  return std::nullopt;
}

void fill(Fill how, std::vector<std::vector<double>>& buckets) {
  if (how == Fill::none || how == Fill::null) return;
  std::optional<std::size_t> last;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    if (buckets[i].empty()) {
      if (how == Fill::previous && last) buckets[i] = buckets[*last];
      continue;
    }
    for (auto between = last ? *last + 1 : i; how == Fill::linear && between < i; ++between) {
      const double way = static_cast<double>(between - *last) / static_cast<double>(i - *last);
      for (std::size_t at = 0; at < buckets[i].size(); ++at) {
        buckets[between].push_back(buckets[*last][at] * (1 - way) + buckets[i][at] * way);
      }
    }
    last = i;
  }
}

}  // namespace monitron::series
