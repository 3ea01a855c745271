#pragma once
// What a rule's expression reads: it is evaluated again and again, always at the present. Pure.

#include "promql/ast.hpp"

namespace monitron::promql {

// Series, and how far back from the moment the expression is evaluated at.
struct Read {
  std::vector<Matcher> matchers{};
  std::int64_t back_ms = 0;
};

inline constexpr std::int64_t kLongestReadMs = 31LL * 86'400'000;

// One for each selector. Fault: invalid, for `@ <time>` (a fixed time is further away every day)
// and for what looks back further than the longest time that samples are kept for.
Result<std::vector<Read>> reads_of(const Expr& expr, std::int64_t lookback_ms = 300'000);

}  // namespace monitron::promql
