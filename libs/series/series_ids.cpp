#include "series/sample_source_state.hpp"

#include <set>

namespace monitron::series {

Result<std::vector<std::int32_t>> SampleSource::series_ids(
    const std::vector<std::vector<promql::Matcher>>& sets, promql::Budget& budget) {
  std::set<std::int32_t> ids;
  for (const auto& matchers : sets) {
    promql::Hold hold(budget);
    const auto found = state_->find(matchers, only_, budget, hold);
    if (!found) return fail(found.error());
    for (const auto& one : *found) ids.insert(one.series.id);
  }
  return std::vector<std::int32_t>(ids.begin(), ids.end());
}

}  // namespace monitron::series
