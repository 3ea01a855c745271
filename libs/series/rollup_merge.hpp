#pragma once
// Buckets of one series from two sources, by time. Pure. Private to this room.

#include "series/rollups.hpp"

namespace monitron::series {

// `late` is of other samples, which were stored after those of `stored`. Exact, but where the times
// of two buckets overlap: of equal times both count, and the greater correction stands for both.
std::vector<Bucket> with_late(std::span<const Bucket> stored, std::span<const Bucket> late,
                              std::int64_t width_ms);

// Both are of the same samples, of which each may lack some: of two buckets the one with more.
std::vector<Bucket> fuller(std::span<const Bucket> a, std::span<const Bucket> b,
                           std::int64_t width_ms);

}  // namespace monitron::series
