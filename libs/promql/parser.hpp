#pragma once
// Text to expression: the whole language of Prometheus 2.4x but for native histograms and
// experimental functions. https://prometheus.io/docs/prometheus/latest/querying/basics/

#include "base/result.hpp"
#include "promql/ast.hpp"

namespace monitron::promql {

inline constexpr std::size_t kMaxQueryBytes = 64u << 10;
inline constexpr int kMaxDepth = 200;    // of nesting: parentheses, calls, signs
inline constexpr int kMaxChain = 1'000;  // of operators in a row

// Fault: invalid; the text is "<line>:<column>: parse error: …", in the words of Prometheus.
Result<Expr> parse(std::string_view text);

// A selector alone, for match[]. Fault: invalid.
Result<std::vector<Matcher>> parse_selector(std::string_view text);

// "5m", "1h30m", "1d" … to milliseconds. Fault: invalid.
Result<std::int64_t> parse_duration(std::string_view text);

// 5400000 -> "1h30m". Not negative.
std::string format_duration(std::int64_t ms);

// The expression as Prometheus prints it.
std::string to_string(const Expr& expr);

}  // namespace monitron::promql
