#include "notifier/recording.hpp"

#include "promql/source.hpp"

#include <map>

namespace monitron::notifier {

contracts::Series Recording::series_of(const QueryElement& element) const {
  auto labels = element.labels;
  for (const auto& [name, value] : rule_.labels) labels[name] = value;
  std::erase_if(labels, [](const auto& label) { return label.second.empty(); });
  return {rule_.record, {labels.begin(), labels.end()}};
}

Result<std::optional<contracts::Batch>> Recording::record(const std::vector<QueryElement>& result,
                                                          std::int64_t time_ms) {
  std::map<contracts::Series, double> values;
  for (const auto& element : result) {
    if (values.emplace(series_of(element), element.value).second) continue;
    return fail(Fault::invalid,
                "vector contains metrics with the same labelset after applying rule labels");
  }
  std::set<contracts::Series> present;
  for (const auto& [series, value] : values) present.insert(series);
  for (const auto& series : before_) {
    values.try_emplace(series, std::bit_cast<double>(promql::kStaleBits));
  }
  if (values.size() > contracts::Limits{}.series) {
    return fail(Fault::invalid, "a rule records at most 20,000 series");
  }
  before_ = std::move(present);
  if (values.empty()) return std::nullopt;
  std::vector<contracts::Series> all;
  contracts::Frame frame{time_ms, {}};
  for (auto& [series, value] : values) {
    all.push_back(series);
    frame.values.push_back(value);
  }
  contracts::Batch batch;
  batch.id = {contracts::kSuite, rule_.id.bytes, static_cast<std::uint64_t>(time_ms / 1000)};
  batch.blocks.push_back({contracts::pack_dictionary(all),
                          static_cast<std::uint32_t>(all.size()),
                          {std::move(frame)},
                          {}});
  return batch;
}

std::int64_t Recording::slot_at(const store::Rule& rule, std::int64_t now_ms) {
  const auto interval_ms = rule.interval_seconds * 1000LL;
  const auto seconds = rule.id.bytes.back() * 256 + rule.id.bytes[rule.id.bytes.size() - 2];
  const auto offset_ms = seconds % rule.interval_seconds * 1000LL;
  return (now_ms - offset_ms) / interval_ms * interval_ms + offset_ms;
}

}  // namespace monitron::notifier
