#include "agent/batch.hpp"

#include <algorithm>

namespace monitron::agent {
namespace {

bool is_counter(const std::string& name) {
  const auto ends = {"_total", "_bucket", "_sum", "_count"};
  return std::any_of(ends.begin(), ends.end(),
                     [&](const char* end) { return std::string_view(name).ends_with(end); });
}

// Counters that were not among `before`. Without a zero ahead of their first value, what they have
// counted until then would be missing from every rate.
std::vector<contracts::Point> zeros(std::vector<contracts::Series> before,
                                    const std::vector<contracts::Series>& now,
                                    std::int64_t time_ms) {
  std::sort(before.begin(), before.end());
  std::vector<contracts::Point> points;
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (!is_counter(now[i].name) || std::binary_search(before.begin(), before.end(), now[i])) {
      continue;
    }
    points.push_back({static_cast<std::uint32_t>(i), time_ms, 0});
  }
  return points;
}

}  // namespace

void BatchMaker::add_block(Dictionary& known, const Measurements& measured, std::int64_t time_ms,
                           contracts::Batch& batch) {
  const auto& all = measured.all();
  if (all.empty()) return;
  const auto same = [](const Measurement& m, const contracts::Series& s) { return m.series == s; };
  contracts::Block block;
  if (!std::equal(all.begin(), all.end(), known.series.begin(), known.series.end(), same)) {
    auto before = std::exchange(known.series, {});
    for (const auto& measurement : all) known.series.push_back(measurement.series);
    known.packed = contracts::pack_dictionary(known.series);
    if (known.comes_and_goes && !before.empty()) {
      block.points = zeros(std::move(before), known.series, known.time_ms);
    }
  }
  known.time_ms = time_ms;
  block.dictionary = known.packed;
  block.series_count = static_cast<std::uint32_t>(all.size());
  contracts::Frame frame{time_ms, {}};
  frame.values.reserve(all.size());
  for (const auto& measurement : all) frame.values.push_back(measurement.value);
  block.frames.push_back(std::move(frame));
  batch.blocks.push_back(std::move(block));
}

// What was told before is not told again.
void BatchMaker::add_metadata(const Scraped& scraped, contracts::Batch& batch) {
  constexpr std::size_t kMost = contracts::Limits{}.metadata;
  for (const auto& one : scraped.metadata) {
    auto& told = told_[one.name];
    if (told == one || batch.metadata.size() >= kMost) continue;
    batch.metadata.push_back(told = one);
  }
}

std::string BatchMaker::make(const contracts::BatchId& id, const Round& round) {
  contracts::Batch batch{.id = id, .blocks = {}};
  add_block(host_, round.host, round.time_ms, batch);
  add_block(processes_, round.processes, round.time_ms, batch);
  add_block(connections_, round.connections, round.time_ms, batch);
  if (round.logs) add_block(logs_, *round.logs, round.time_ms, batch);
  batch.connections = round.log;
  for (const auto& scraped : round.scraped) {
    add_block(scraped_[scraped.job], scraped.measured, scraped.time_ms, batch);
    add_metadata(scraped, batch);
  }
  return contracts::encode(batch);
}

bool KnownDictionaries::knows(const contracts::DictionaryHash& hash) const {
  return std::find(hashes_.begin(), hashes_.end(), hash) != hashes_.end();
}

std::string KnownDictionaries::shorten(const contracts::Batch& batch) const {
  contracts::Batch shorter = batch;
  for (auto& block : shorter.blocks) {
    if (knows(block.dictionary.hash)) block.dictionary.packed.clear();
  }
  return contracts::encode(shorter);
}

void KnownDictionaries::accepted(const contracts::Batch& batch) {
  for (const auto& block : batch.blocks) {
    if (knows(block.dictionary.hash)) continue;
    hashes_.push_back(block.dictionary.hash);
    if (hashes_.size() > kMost) hashes_.pop_front();
  }
}

}  // namespace monitron::agent
