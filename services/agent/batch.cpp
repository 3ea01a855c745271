#include "agent/batch.hpp"

#include <algorithm>

namespace monitron::agent {

void BatchMaker::add_block(Dictionary& known, const Measurements& measured, std::int64_t time_ms,
                           contracts::Batch& batch) {
  const auto& all = measured.all();
  if (all.empty()) return;
  const auto same = [](const Measurement& m, const contracts::Series& s) { return m.series == s; };
  if (!std::equal(all.begin(), all.end(), known.series.begin(), known.series.end(), same)) {
    known.series.clear();
    for (const auto& measurement : all) known.series.push_back(measurement.series);
    known.packed = contracts::pack_dictionary(known.series);
  }
  contracts::Block block;
  block.dictionary = known.packed;
  block.series_count = static_cast<std::uint32_t>(all.size());
  contracts::Frame frame{time_ms, {}};
  frame.values.reserve(all.size());
  for (const auto& measurement : all) frame.values.push_back(measurement.value);
  block.frames.push_back(std::move(frame));
  batch.blocks.push_back(std::move(block));
}

std::string BatchMaker::make(const contracts::BatchId& id, const Round& round) {
  contracts::Batch batch{id, {}};
  add_block(host_, round.host, round.time_ms, batch);
  add_block(processes_, round.processes, round.time_ms, batch);
  add_block(connections_, round.connections, round.time_ms, batch);
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
