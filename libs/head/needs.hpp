#pragma once
// What an expression reads. Pure.

#include "base/ids.hpp"
#include "promql/reads.hpp"

namespace monitron::head {

// Series that a rule looks at, and how far back from the moment it is evaluated at.
struct Need {
  std::vector<promql::Matcher> matchers{};
  std::int64_t keep_ms = 0;
  Uuid reader{};  // who is to be told when samples of them arrive; nil: nobody
};

std::string key_of(const std::vector<promql::Matcher>& matchers);  // in whatever order they are

// One for each selector; faults as promql::reads_of.
Result<std::vector<Need>> needs_of(const promql::Expr& expr, std::int64_t lookback_ms = 300'000);

}  // namespace monitron::head
