#include "ingest/dictionaries.hpp"

#include <optional>

namespace monitron::ingest {
namespace {

std::string key_of(const contracts::DictionaryHash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

}  // namespace

Result<void> Dictionaries::complete(contracts::Batch& batch, const contracts::Limits& limits) {
  for (auto& block : batch.blocks) {
    std::optional<Entry> known;
    {
      const std::lock_guard lock(mutex_);
      const auto found = known_.find(key_of(block.dictionary.hash));
      if (found != known_.end()) known = found->second;
    }
    if (known && (block.dictionary.packed.empty() || block.dictionary.packed == known->packed)) {
      if (known->series_count != block.series_count) {
        return fail(Fault::invalid, "series_count is not the dictionary's");
      }
      block.dictionary.packed = std::move(known->packed);
      continue;
    }
    if (block.dictionary.packed.empty()) {
      return fail(Fault::not_found, "dictionary_unknown: send the dictionary in full");
    }
    const auto series = contracts::unpack_dictionary(block.dictionary, limits);
    if (!series) return fail(series.error());
    if (series->size() != block.series_count) {
      return fail(Fault::invalid, "series_count is not the dictionary's");
    }
  }
  return {};
}

void Dictionaries::remember(const contracts::Batch& batch) {
  const std::lock_guard lock(mutex_);
  for (const auto& block : batch.blocks) {
    const auto size = block.dictionary.packed.size();
    if (bytes_ + size > max_bytes_) {
      known_.clear();
      bytes_ = 0;
    }
    const auto [entry, added] = known_.try_emplace(
        key_of(block.dictionary.hash), Entry{block.dictionary.packed, block.series_count});
    if (added) bytes_ += size;
  }
}

}  // namespace monitron::ingest
