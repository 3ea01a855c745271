// What goes into a chunk comes out of it, bit by bit.

#include "series/chunk_codec.hpp"

#include "sequences.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <rapidcheck/gtest.h>

namespace monitron::series {
namespace {

std::vector<double> decoded_values(std::string_view data) {
  std::vector<double> values;
  const auto done = decode_values(data, values);
  EXPECT_TRUE(done) << done.error().text;
  return values;
}

std::vector<std::int64_t> decoded_times(std::string_view data) {
  std::vector<std::int64_t> times;
  const auto done = decode_times(data, times);
  EXPECT_TRUE(done) << done.error().text;
  return times;
}

void expect_kept(const std::vector<double>& values) {
  EXPECT_EQ(bits_of(decoded_values(encode_values(values))), bits_of(values));
}

TEST(ChunkCodec, KeepsEveryKindOfDouble) {
  using Limits = std::numeric_limits<double>;
  const double stale = double_of(0x7ff0000000000002);
  const double payload = double_of(0xfff8dead00000001);
  const std::vector<double> odd = {0.0,
                                   -0.0,
                                   1.5,
                                   stale,
                                   payload,
                                   Limits::infinity(),
                                   -Limits::infinity(),
                                   Limits::min(),
                                   Limits::denorm_min(),
                                   -Limits::denorm_min(),
                                   Limits::max(),
                                   Limits::lowest(),
                                   0.1 + 0.2,
                                   1e22,
                                   1e23,
                                   9007199254740993.0,
                                   9.2e18,
                                   9223372036854775808.0,
                                   -9223372036854775808.0,
                                   18446744073709551615.0,
                                   1e-7,
                                   123.456};
  expect_kept(odd);
  for (const double value : odd) {
    expect_kept({value});
    expect_kept(std::vector<double>(4096, value));
    expect_kept({1, 2, 3, value, 5, 6, 7});
    expect_kept({value, value, 3.25, 1e6, value, value});
    std::vector<double> many(1000, 7);
    many[500] = value;
    expect_kept(many);
  }
  expect_kept({});
}

// M-063.
TEST(ChunkCodec, ConstantsCostNextToNothing) {
  EXPECT_LE(encode_values(std::vector<double>(4096, 42)).size(), 5u);
  EXPECT_LE(encode_values(std::vector<double>(4096, 16'106'127'360)).size(), 10u);
  EXPECT_LE(encode_values(std::vector<double>(4096, 1'700'000'000.25)).size(), 10u);
  EXPECT_LE(encode_values(std::vector<double>(4096, 1.0 / 3)).size(), 12u);
  EXPECT_LE(encode_values(std::vector<double>(4096, std::nan(""))).size(), 12u);
}

TEST(ChunkCodec, AGridOfTimesCostsTheSameWhateverItsLength) {
  for (const std::size_t count : {2u, 30u, 720u, 8640u, 65'536u}) {
    for (const std::int64_t step : {1000, 10'000, 15'000, 60'000, 3'600'000}) {
      std::vector<std::int64_t> times(count);
      for (std::size_t i = 0; i < count; ++i) {
        times[i] = 1'700'000'000'123 + static_cast<std::int64_t>(i) * step;
      }
      const auto data = encode_times(times);
      EXPECT_LE(data.size(), 12u) << count << " " << step;
      EXPECT_EQ(decoded_times(data), times);
    }
  }
}

TEST(ChunkCodec, KeepsEqualTimes) {
  const std::vector<std::int64_t> times = {5, 5, 5, 7, 7, 1'700'000'000'000, 1'700'000'000'000};
  EXPECT_EQ(decoded_times(encode_times(times)), times);
  EXPECT_EQ(decoded_times(encode_times({})), std::vector<std::int64_t>());
  const std::vector<std::int64_t> one = {-62'135'596'800'000};
  EXPECT_EQ(decoded_times(encode_times(one)), one);
}

TEST(ChunkCodec, RefusesWhatNoEncoderMade) {
  std::vector<double> values = {1};
  std::vector<std::int64_t> times = {1};
  for (const auto* data : {"", "\x20\x01", "\x10", "\x10\xff\xff\xff\xff\x0f", "\x16\x05"}) {
    EXPECT_FALSE(decode_values(data, values));
    EXPECT_FALSE(decode_times(data, times));
  }
  auto longer = encode_values(std::vector<double>{1, 2, 4}) + "x";
  EXPECT_FALSE(decode_values(longer, values));
  EXPECT_EQ(values, std::vector<double>{1});
  EXPECT_EQ(times, std::vector<std::int64_t>{1});
}

RC_GTEST_PROP(ChunkCodec, AnyValuesComeBack, (const std::vector<std::uint64_t>& bits)) {
  std::vector<double> values;
  for (const auto one : bits) values.push_back(double_of(one));
  std::vector<double> back;
  RC_ASSERT(decode_values(encode_values(values), back).has_value());
  RC_ASSERT(bits_of(back) == bits_of(values));
}

RC_GTEST_PROP(ChunkCodec, ValuesOfMonitoringComeBack, (unsigned seed)) {
  Sequences sequences(seed);
  for (int i = 0; i < 10; ++i) {
    const auto values = sequences.values();
    std::vector<double> back;
    RC_ASSERT(decode_values(encode_values(values), back).has_value());
    RC_ASSERT(bits_of(back) == bits_of(values));
  }
}

RC_GTEST_PROP(ChunkCodec, AnyTimesComeBack, (std::vector<std::int64_t> times)) {
  std::vector<std::int64_t> back;
  RC_ASSERT(decode_times(encode_times(times), back).has_value());
  RC_ASSERT(back == times);
}

RC_GTEST_PROP(ChunkCodec, TimesOfReportsComeBack, (unsigned seed)) {
  Sequences sequences(seed);
  for (int i = 0; i < 10; ++i) {
    const auto times = sequences.times();
    std::vector<std::int64_t> back;
    RC_ASSERT(decode_times(encode_times(times), back).has_value());
    RC_ASSERT(back == times);
  }
}

RC_GTEST_PROP(ChunkCodec, PresencesComeBack, (const std::vector<bool>& present)) {
  std::vector<bool> back;
  RC_ASSERT(decode_presence(encode_presence(present), present.size(), back).has_value());
  RC_ASSERT(back == present);
  RC_ASSERT(!decode_presence(encode_presence(present), present.size() + 1, back).has_value());
}

}  // namespace
}  // namespace monitron::series
