#include "head/needs.hpp"

#include <algorithm>

namespace monitron::head {

std::string key_of(const std::vector<promql::Matcher>& matchers) {
  std::vector<std::string> texts;
  for (const auto& matcher : matchers) texts.push_back(matcher.str());
  std::sort(texts.begin(), texts.end());
  std::string key;
  for (const auto& text : texts) key.append(text).append(",");
  return key;
}

Result<std::vector<Need>> needs_of(const promql::Expr& expr, std::int64_t lookback_ms) {
  auto reads = promql::reads_of(expr, lookback_ms);
  if (!reads) return fail(reads.error());
  std::vector<Need> needs;
  for (auto& read : *reads) needs.push_back({std::move(read.matchers), read.back_ms, {}});
  return needs;
}

}  // namespace monitron::head
