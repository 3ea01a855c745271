// Bytes of version 1 stay readable for ever. These are never edited, only added to.

#include "golden_chunks.hpp"
#include "sequences.hpp"
#include "series/chunk_codec.hpp"

#include <gtest/gtest.h>

namespace monitron::series {
namespace {

std::string bytes_of(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

TEST(ChunkFormat, ValuesOfVersion1AreRead) {
  const std::vector<std::string> golden = {
      "1000",
      "1080200054",
      "11ac02000a01",
      "12ac020080897a06",
      "1414010002440aa00a00a000a00a00a000",
      "14140080a8d6b907804004001493caac394101493ca0",
      ("1428000002880400050b11171d23292f353b41474d53595f656b71777d83898f959ba1a7adb3b9bf"
       "c5cbd1d7dde3"),
      "142800000243941f98ba14c5d0a62e853174298ba14c58",
      "142800000202016c6c6c6c6c6c6c6c6c6c01138088a5a9a307",
      ("14ac020200020701c803200c803200c803200c803200c803200c803200c803200c803200c803200c"
       "803200c803200c803200c803200c803200c803200c803200c803200c803200c803200c803200c803"
       "200c803200c803200c803200c803200c803200c803200c803200c803200c803200c803200c803200"
       "017f017f0202"),
      ("1c051f3fd5555555555555023feaddbbf7eeddbb37002bbbbbbbbbbbbb3e7e4aa2ee66dc02be7e4a"
       "a2ee66dc020000000000000000"),
      ("14112002024200431555240402047ff00000000000020102800000000000000007027ff000000000"
       "00000203"),
      "10011ffff8dead00000001",
  };
  const auto values = golden_values();
  ASSERT_EQ(golden.size(), values.size());
  for (std::size_t i = 0; i < golden.size(); ++i) {
    std::vector<double> read;
    EXPECT_TRUE(decode_values(bytes_of(golden[i]), read)) << i;
    EXPECT_EQ(bits_of(read), bits_of(values[i])) << i;
    EXPECT_EQ(encode_values(values[i]).substr(0, 1), bytes_of(golden[i]).substr(0, 1)) << i;
  }
}

TEST(ChunkFormat, TimesOfVersion1AreRead) {
  const std::vector<std::string> golden = {
      "14320002c300a09c0130830830830830830830830830830830830820",
      "1000",
      "1001f6a1abfef962",
      "120480a0abfef96214",
      "14060902430117820104ffc3d2d4d103",
  };
  const auto times = golden_times();
  ASSERT_EQ(golden.size(), times.size());
  for (std::size_t i = 0; i < golden.size(); ++i) {
    std::vector<std::int64_t> read;
    EXPECT_TRUE(decode_times(bytes_of(golden[i]), read)) << i;
    EXPECT_EQ(read, times[i]) << i;
  }
}

TEST(ChunkFormat, PresencesOfVersion1AreRead) {
  std::vector<bool> read;
  EXPECT_TRUE(decode_presence(bytes_of("1002010102"), 6, read));
  EXPECT_EQ(read, (std::vector<bool>{true, true, false, true, false, false}));
  read.clear();
  EXPECT_TRUE(decode_presence(bytes_of("10000101"), 2, read));
  EXPECT_EQ(read, (std::vector<bool>{false, true}));
}

}  // namespace
}  // namespace monitron::series
