#include "probe/query_answer.hpp"

#include <charconv>
#include <cmath>
#include <re2/re2.h>

namespace monitron::probe {

using domain::CheckStatus;

void QueryAnswer::add_row(std::optional<std::string_view> value) {
  if (rows++ != 0) return;
  null = !value;
  if (value) first = value->substr(0, kQueryValueBytes);
}

Judgement judge(const QueryAnswer& answer, const std::string& expected) {
  if (expected.empty()) return {};
  if (answer.rows == 0) return {CheckStatus::down, "the query brought no rows"};
  if (answer.null) return {CheckStatus::down, "the query brought NULL"};
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  const RE2 expression(expected, options);
  if (!expression.ok()) return {CheckStatus::unknown, "expected: " + expression.error()};
  if (RE2::PartialMatch(answer.first, expression)) return {};
  return {CheckStatus::down, "the query brought '" + answer.first.substr(0, 100) +
                                 "', which does not match " + expected};
}

std::optional<double> number_of(const QueryAnswer& answer) {
  if (answer.rows == 0 || answer.null) return std::nullopt;
  double number = 0;
  const char* end = answer.first.data() + answer.first.size();
  const auto read = std::from_chars(answer.first.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

}  // namespace monitron::probe
