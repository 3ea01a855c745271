// zstd of bodies: whole or refused, never larger than allowed.

#include "contracts/compression.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <zlib.h>

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

std::string gzip_of(const std::string& plain) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string packed(deflateBound(&stream, plain.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

RC_GTEST_PROP(Gzip, WhatWasPackedIsUnpacked, (const std::string& plain, const std::string& more)) {
  const auto packed = gzip_of(plain) + gzip_of(more);
  const auto again = gzip_unpack(packed, plain.size() + more.size());
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == plain + more);
}

TEST(Gzip, AFewBytesDoNotBecomeMany) {
  const auto unpacked = gzip_unpack(gzip_of(std::string(64u << 20, 'x')), 4u << 20);
  ASSERT_FALSE(unpacked);
  EXPECT_EQ(unpacked.error().fault, Fault::denied);
}

TEST(Gzip, TheLimitItselfIsAllowed) {
  for (const std::size_t size : {0u, 1u, 65535u, 65536u, 65537u, 1u << 20}) {
    const auto packed = gzip_of(std::string(size, 'x'));
    EXPECT_TRUE(gzip_unpack(packed, size)) << size;
    EXPECT_TRUE(size == 0 || !gzip_unpack(packed, size - 1)) << size;
  }
}

TEST(Gzip, WhatIsCutOffOrNotGzipIsRefused) {
  const auto packed = gzip_of("some text, some more text, some text");
  for (std::size_t size = 0; size < packed.size(); ++size) {
    EXPECT_FALSE(gzip_unpack(std::string_view(packed).substr(0, size), 1000)) << size;
  }
  EXPECT_FALSE(gzip_unpack("name 1\n", 1000));
  EXPECT_FALSE(gzip_unpack(packed + "name 1\n", 1000));
}

RC_GTEST_PROP(Compression, NoiseNeverHarms, (const std::string& noise, std::size_t at)) {
  auto packed = zstd_pack(std::string(1000, 'x'));
  packed.insert(at % packed.size(), noise);
  const auto unpacked = zstd_unpack(packed, 1000);
  if (unpacked) RC_ASSERT(unpacked->size() <= 1000u);
}

}  // namespace
}  // namespace monitron::contracts
