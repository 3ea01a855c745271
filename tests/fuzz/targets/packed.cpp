// zstd and gzip that say of themselves what they like.

#include "contracts/compression.hpp"
#include "fuzz.hpp"

MONITRON_FUZZ(packed) {
  using namespace monitron;
  constexpr std::size_t kLimit = 10'000;
  for (const auto unpack : {contracts::zstd_unpack, contracts::gzip_unpack}) {
    const auto plain = unpack(bytes, kLimit);
    if (!plain) continue;
    fuzz::must(plain->size() <= kLimit, "more than allowed");
    fuzz::must(contracts::zstd_unpack(contracts::zstd_pack(*plain), kLimit) == *plain,
               "it says something else");
  }
}
