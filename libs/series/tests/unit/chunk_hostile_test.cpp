// Bytes that nobody encoded cost an answer, no more. FUZZ_ROUNDS makes it longer; under the address
// sanitizer it shows that nothing is read beyond the end.

#include "sequences.hpp"
#include "series/chunk_codec.hpp"
#include "series/chunk_reader.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <memory>

namespace monitron::series {
namespace {

int rounds() {
  const char* asked = std::getenv("FUZZ_ROUNDS");
  return asked == nullptr ? 20'000 : std::atoi(asked);
}

std::string encoded(Sequences& sequences) {
  switch (sequences.below(4)) {
    case 0:
      return encode_times(sequences.times());
    case 1:
      return encode_presence(sequences.presence());
    case 2: {
      std::string noise(sequences.below(200), '\x10');
      for (auto& byte : noise) byte = static_cast<char>(sequences.below(256));
      if (!noise.empty()) noise[0] = static_cast<char>(0x10 + sequences.below(16));
      return noise;
    }
    default:
      return encode_values(sequences.values());
  }
}

void damage(Sequences& sequences, std::string& data) {
  for (auto changes = sequences.below(5); changes > 0 && !data.empty(); --changes) {
    const auto at = sequences.below(data.size());
    switch (sequences.below(5)) {
      case 0:
        data.resize(at);
        break;
      case 1:
        data.insert(at, 1 + sequences.below(9), static_cast<char>(sequences.below(256)));
        break;
      case 2:
        data[at] = static_cast<char>(0xff);
        break;
      case 3:
        data[at] = static_cast<char>(data[at] ^ (1 << sequences.below(8)));
        break;
      default:
        data[at] = static_cast<char>(sequences.below(256));
    }
  }
}

// Appends at most as much as a chunk may hold, nothing when it fails.
template <class T, class Decode>
void expect_bounded(Decode decode) {
  std::vector<T> out(3);
  const bool done = decode(out).has_value();
  ASSERT_LE(out.size(), 3 + kMaxChunkSamples);
  ASSERT_TRUE(done || out.size() == 3);
}

TEST(ChunkDecoders, StandHostileBytes) {
  Sequences sequences(6);
  for (int i = 0; i < rounds() && !HasFatalFailure(); ++i) {
    auto data = encoded(sequences);
    damage(sequences, data);
    // In memory of its very size, so that a sanitizer sees each byte too much.
    const auto exact = std::make_unique<char[]>(data.size());
    std::copy(data.begin(), data.end(), exact.get());
    const std::string_view bytes(exact.get(), data.size());
    expect_bounded<double>([&](auto& out) { return decode_values(bytes, out); });
    expect_bounded<std::int64_t>([&](auto& out) { return decode_times(bytes, out); });
    const auto count = sequences.below(2000);
    expect_bounded<bool>([&](auto& out) { return decode_presence(bytes, count, out); });
  }
}

TEST(ChunkDecoders, StandEveryBytePairAtTheBeginning) {
  auto data = encode_values(std::vector<double>{1, 2, 4, 8, 16, 17, 18, 1e9});
  for (unsigned pair = 0; pair < 65'536; ++pair) {
    data[2] = static_cast<char>(pair >> 8);
    data[4] = static_cast<char>(pair);
    expect_bounded<double>([&](auto& out) { return decode_values(data, out); });
  }
}

TEST(ChunkReader, RefusesRowsThatDoNotAgreeWithThemselves) {
  const std::vector<std::int64_t> shared = {1, 2, 3};
  const auto values = encode_values(std::vector<double>{1, 2, 3});
  const auto times = encode_times(shared);
  const auto two = encode_presence({true, false, true});
  Samples out{{7}, {7}};
  EXPECT_FALSE(decode_chunk({2, false, times, values}, {}, out));
  EXPECT_FALSE(decode_chunk({3, false, {}, values}, shared, out));
  EXPECT_FALSE(decode_chunk({3, true, two, values}, shared, out));
  EXPECT_FALSE(decode_chunk({3, true, {}, values}, {}, out));
  EXPECT_EQ(out.times_ms, std::vector<std::int64_t>{7});
  EXPECT_EQ(out.values, std::vector<double>{7});
  EXPECT_TRUE(decode_chunk({3, true, {}, values}, shared, out));
  EXPECT_EQ(out.times_ms, (std::vector<std::int64_t>{7, 1, 2, 3}));
}

}  // namespace
}  // namespace monitron::series
