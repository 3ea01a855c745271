#pragma once
// What samples of a bucket of time come to. Pure.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace monitron::series {

struct Aggregate {
  enum Kind { avg, min, max, sum, count, quantile };
  Kind kind = avg;
  double share = 0;          // of a quantile: 0.95 for p95
  std::string name = "avg";  // as it was asked for
};
// avg, min, max, sum, count, and p0 to p100 with up to three decimals (p99.9).
std::optional<Aggregate> parse_aggregate(std::string_view text);

// Of at least one value, none of them a stale marker; as PromQL's …_over_time: NaN makes an
// average, a sum or a quantile NaN, but is neither least nor greatest where there is a number. A
// quantile between two values is interpolated. May change the order of `values`.
double aggregate(const Aggregate& by, std::vector<double>& values);

// What is shown for a bucket without samples: nothing, null, the value before, or what lies on the
// line between the values before and after. Where there is none before (or after), null.
enum class Fill { none, null, previous, linear };
std::optional<Fill> parse_fill(std::string_view text);

// A series in buckets start + i * step; empty ones have no values. Fills `buckets` in place.
void fill(Fill how, std::vector<std::vector<double>>& buckets);

}  // namespace monitron::series
