#pragma once
// Decoded samples of some series, one after the other. Private to this room.

#include "series/directory.hpp"
#include "series/run_reader.hpp"

namespace monitron::series {

struct SampleBatch {
  std::span<const FoundSeries> found{};
  std::vector<promql::Sample> samples{};
  std::vector<std::size_t> ends{};  // of the samples of each series
};

// `function`: what is done with the samples, for those that stand for rollups (rolled.hpp).
// Of equal times the sample that was stored last. Series with the same labels, which stand side by
// side, are one: the last of them has the samples of all. Nothing, when more than `room` bytes
// would be held on the way.
Result<std::optional<SampleBatch>> decode_batch(ReadRuns& runs, std::span<const FoundSeries> found,
                                                std::string_view function, std::size_t room);

bool are_one(const FoundSeries& a, const FoundSeries& b);

}  // namespace monitron::series
