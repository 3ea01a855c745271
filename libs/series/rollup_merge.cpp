#include "series/rollup_merge.hpp"

#include <array>
#include <cmath>
#include <limits>

namespace monitron::series {
namespace {

// What a counter lost in both, which may be none: then NaN.
double correction_of(const Bucket& stored, const Bucket& late) {
  if (std::isnan(stored.correction) || std::isnan(late.correction)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const bool after = late.first_ms > stored.last_ms;
  if (!after && late.last_ms >= stored.first_ms)
    return std::max(stored.correction, late.correction);
  const auto& [before, then] = after ? std::tie(stored, late) : std::tie(late, stored);
  return before.correction + then.correction + (then.first < before.last ? before.last : 0);
}

Bucket together(const Bucket& stored, const Bucket& late) {
  Bucket all = stored;
  all.correction = correction_of(stored, late);
  if (late.first_ms <= stored.first_ms) {
    all.first_ms = late.first_ms;
    all.first = late.first;
  }
  if (late.last_ms >= stored.last_ms) {
    all.last_ms = late.last_ms;
    all.last = late.last;
  }
  all.count += late.count;
  all.min = std::fmin(stored.min, late.min);
  all.max = std::fmax(stored.max, late.max);
  all.sum = exact_sum(std::array{stored.sum, late.sum});
  return all;
}

template <class Combine>
std::vector<Bucket> merge(std::span<const Bucket> a, std::span<const Bucket> b,
                          std::int64_t width_ms, Combine combine) {
  std::vector<Bucket> all;
  const auto start = [&](const Bucket& one) { return bucket_start(one.first_ms, width_ms); };
  while (!a.empty() || !b.empty()) {
    const bool take_a = b.empty() || (!a.empty() && start(a.front()) <= start(b.front()));
    const bool take_b = a.empty() || (!b.empty() && start(b.front()) <= start(a.front()));
    all.push_back(take_a && take_b ? combine(a.front(), b.front())
                  : take_a         ? a.front()
                                   : b.front());
    if (take_a) a = a.subspan(1);
    if (take_b) b = b.subspan(1);
  }
  return all;
}

}  // namespace

std::vector<Bucket> with_late(std::span<const Bucket> stored, std::span<const Bucket> late,
                              std::int64_t width_ms) {
  return merge(stored, late, width_ms, together);
}

std::vector<Bucket> fuller(std::span<const Bucket> a, std::span<const Bucket> b,
                           std::int64_t width_ms) {
  return merge(a, b, width_ms, [](const Bucket& one, const Bucket& other) {
    return other.count > one.count ? other : one;
  });
}

}  // namespace monitron::series
