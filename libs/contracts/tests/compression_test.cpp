// zstd of bodies: whole or refused, never larger than allowed.

#include "contracts/compression.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::contracts {
namespace {

RC_GTEST_PROP(Compression, WhatWasPackedIsUnpacked, (const std::string& plain)) {
  const auto again = zstd_unpack(zstd_pack(plain), plain.size());
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == plain);
}

TEST(Compression, AFewBytesDoNotBecomeMany) {
  const auto bomb = zstd_pack(std::string(64u << 20, 'x'));
  EXPECT_LT(bomb.size(), 64u << 10);
  const auto unpacked = zstd_unpack(bomb, 4u << 20);
  ASSERT_FALSE(unpacked);
  EXPECT_EQ(unpacked.error().fault, Fault::denied);
}

TEST(Compression, TheLimitItselfIsAllowed) {
  for (const std::size_t size : {0u, 1u, 65535u, 65536u, 65537u, 1u << 20}) {
    const auto packed = zstd_pack(std::string(size, 'x'));
    EXPECT_TRUE(zstd_unpack(packed, size)) << size;
    EXPECT_TRUE(size == 0 || !zstd_unpack(packed, size - 1)) << size;
  }
}

TEST(Compression, WhatIsCutOffIsRefused) {
  const auto packed = zstd_pack("some text, some more text, some text");
  for (std::size_t size = 0; size < packed.size(); ++size) {
    EXPECT_FALSE(zstd_unpack(std::string_view(packed).substr(0, size), 1000)) << size;
  }
}

RC_GTEST_PROP(Compression, NoiseNeverHarms, (const std::string& noise, std::size_t at)) {
  auto packed = zstd_pack(std::string(1000, 'x'));
  packed.insert(at % packed.size(), noise);
  const auto unpacked = zstd_unpack(packed, 1000);
  if (unpacked) RC_ASSERT(unpacked->size() <= 1000u);
}

}  // namespace
}  // namespace monitron::contracts
