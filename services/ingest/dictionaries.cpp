#include "ingest/dictionaries.hpp"

namespace monitron::ingest {
namespace {

constexpr std::size_t kEntryBytes = 128;  // of memory, beside the dictionary itself

tl::unexpected<Error> wrong_count() {
  return fail(Fault::invalid, "series_count is not the dictionary's");
}

}  // namespace

Result<bool> Dictionaries::complete_known(contracts::Block& block) {
  auto& packed = block.dictionary.packed;
  const std::lock_guard lock(mutex_);
  const auto known = known_.find(block.dictionary.hash);
  if (known == known_.end() || (!packed.empty() && packed != known->second.packed)) return false;
  if (known->second.series_count != block.series_count) return wrong_count();
  packed = known->second.packed;
  return true;
}

Result<std::vector<KnownDictionary>> Dictionaries::complete(contracts::Batch& batch,
                                                            const contracts::Limits& limits) {
  std::vector<KnownDictionary> learned;
  for (auto& block : batch.blocks) {
    const auto known = complete_known(block);
    if (!known) return fail(known.error());
    if (*known) continue;
    if (block.dictionary.packed.empty()) {
      return fail(Fault::not_found, "dictionary_unknown: send the dictionary in full");
    }
    const auto series = contracts::unpack_dictionary(block.dictionary, limits);
    if (!series) return fail(series.error());
    if (series->size() != block.series_count) return wrong_count();
    learned.push_back({block.dictionary, block.series_count});
  }
  return learned;
}

void Dictionaries::remember(const std::vector<KnownDictionary>& confirmed) {
  const std::lock_guard lock(mutex_);
  for (const auto& [dictionary, series_count] : confirmed) {
    if (known_.contains(dictionary.hash)) continue;
    const auto size = dictionary.packed.size() + kEntryBytes;
    if (bytes_ + size > max_bytes_) {
      known_.clear();
      bytes_ = 0;
    }
    known_.emplace(dictionary.hash, Entry{dictionary.packed, series_count});
    bytes_ += size;
  }
}

}  // namespace monitron::ingest
