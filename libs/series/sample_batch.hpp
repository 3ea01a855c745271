#pragma once
// Decoded samples of some series, one after the other. Private to this room.

#include "series/directory.hpp"

namespace monitron::series {

struct SampleBatch {
  std::span<const FoundSeries> found{};
  std::vector<promql::Sample> samples{};
  std::vector<std::size_t> ends{};  // of the samples of each series
};

// Of equal times the sample that was stored last. Series with the same labels, which stand side by
// side, are one: the last of them has the samples of all.
Result<SampleBatch> decode_batch(StoredRuns& runs, std::span<const FoundSeries> found);

bool are_one(const FoundSeries& a, const FoundSeries& b);

}  // namespace monitron::series
