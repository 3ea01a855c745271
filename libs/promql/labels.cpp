#include "promql/labels.hpp"

#include "promql/quote.hpp"

#include <algorithm>

namespace monitron::promql {

namespace {

bool name_less(const Labels::Pair& pair, std::string_view name) { return pair.first < name; }

}  // namespace

Labels::Labels(std::vector<Pair> pairs) : pairs_(std::move(pairs)) {
  const auto by_name = [](const Pair& a, const Pair& b) { return a.first < b.first; };
  if (!std::is_sorted(pairs_.begin(), pairs_.end(), by_name)) {
    std::stable_sort(pairs_.begin(), pairs_.end(), by_name);
  }
  // The last of equal names stays: it is the first one seen from behind.
  const auto same_name = [](const Pair& a, const Pair& b) { return a.first == b.first; };
  const auto kept = std::unique(pairs_.rbegin(), pairs_.rend(), same_name);
  pairs_.erase(pairs_.begin(), kept.base());
  std::erase_if(pairs_, [](const Pair& pair) { return pair.second.empty(); });
}

std::string_view Labels::get(std::string_view name) const {
  const auto at = std::lower_bound(pairs_.begin(), pairs_.end(), name, name_less);
  return at != pairs_.end() && at->first == name ? std::string_view(at->second)
                                                 : std::string_view();
}

void Labels::set(std::string_view name, std::string_view value) {
  const auto at = std::lower_bound(pairs_.begin(), pairs_.end(), name, name_less);
  const bool present = at != pairs_.end() && at->first == name;
  if (value.empty()) {
    if (present) pairs_.erase(at);
  } else if (present) {
    at->second = value;
  } else {
    pairs_.emplace(at, name, value);
  }
}

std::string Labels::str() const {
  std::string out(get(kMetricName));
  std::string rest;
  for (const auto& [name, value] : pairs_) {
    if (name == kMetricName) continue;
    if (!rest.empty()) rest += ", ";
    ((rest += name) += '=') += quote(value);
  }
  if (!rest.empty() || out.empty()) ((out += '{') += rest) += '}';
  return out;
}

}  // namespace monitron::promql
