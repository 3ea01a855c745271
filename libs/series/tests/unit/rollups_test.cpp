// Buckets say what the plain samples say, and come back from their bytes bit by bit.

#include "series/rollups.hpp"

#include "promql/source.hpp"
#include "sequences.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <limits>
#include <rapidcheck/gtest.h>

namespace monitron::series {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr std::int64_t kWidth = 300'000;

std::vector<std::uint64_t> bits_of_all(const std::vector<Bucket>& buckets) {
  std::vector<std::uint64_t> out;
  for (const auto& one : buckets) {
    out.insert(out.end(), {static_cast<std::uint64_t>(one.first_ms),
                           static_cast<std::uint64_t>(one.last_ms), one.count});
    const auto values = bits_of({one.first, one.last, one.min, one.max, one.sum, one.correction});
    out.insert(out.end(), values.begin(), values.end());
  }
  return out;
}

void expect_kept(const std::vector<Bucket>& buckets) {
  std::vector<Bucket> back;
  const auto done = decode_rollup(rollup_times(buckets), encode_rollup(buckets), back);
  ASSERT_TRUE(done) << done.error().text;
  EXPECT_EQ(bits_of_all(back), bits_of_all(buckets));
}

TEST(Rollups, ABucketBeginsAtAMultipleOfItsWidthAndEmptyOnesAreAbsent) {
  const std::vector<std::int64_t> times = {-1, 0, 299'999, 300'000, 900'001};
  const std::vector<double> values = {1, 2, 3, 4, 5};
  const auto buckets = roll_up(times, values, kWidth);
  ASSERT_EQ(buckets.size(), 4u);
  EXPECT_EQ(buckets[0].first_ms, -1);
  EXPECT_EQ(buckets[1].first_ms, 0);
  EXPECT_EQ(buckets[1].last_ms, 299'999);
  EXPECT_EQ(buckets[1].sum, 5);
  EXPECT_EQ(buckets[3].first_ms, 900'001);
  EXPECT_EQ(bucket_start(-1, kWidth), -300'000);
  EXPECT_EQ(bucket_start(300'000, kWidth), 300'000);
  expect_kept(buckets);
}

TEST(Rollups, CountersAreCorrectedByWhatTheyLost) {
  const std::vector<std::int64_t> times = {0, 1, 2, 3, 4, 5, 6, 7};
  const std::vector<double> values = {10, 20, 5, 8, 9, 10, 2, 3};
  const auto buckets = roll_up(times, values, kWidth);
  ASSERT_EQ(buckets.size(), 1u);
  EXPECT_EQ(buckets[0].correction, 30);  // 20 and 10
  EXPECT_EQ(buckets[0].last - buckets[0].first + buckets[0].correction, 23);
  const std::vector<double> gauge = {10, 9, 10, 9, 10, 9, 10, 9};
  EXPECT_TRUE(std::isnan(roll_up(times, gauge, kWidth)[0].correction));
}

TEST(Rollups, StaleMarkersAndOlderSamplesOfEqualTimesAreLeftOut) {
  const double stale = double_of(promql::kStaleBits);
  const std::vector<std::int64_t> times = {0, 5, 5, 5, 10, 10, 20};
  const std::vector<double> values = {1, 100, 50, 2, 7, stale, stale};
  const auto buckets = roll_up(times, values, kWidth);
  ASSERT_EQ(buckets.size(), 1u);
  EXPECT_EQ(buckets[0].count, 2u);
  EXPECT_EQ(buckets[0].sum, 3);
  EXPECT_EQ(buckets[0].last_ms, 5);
  EXPECT_TRUE(roll_up(std::vector<std::int64_t>{1}, std::vector<double>{stale}, kWidth).empty());
}

TEST(Rollups, NanIsAValueThatIsNoExtreme) {
  const std::vector<std::int64_t> times = {0, 1, 2};
  const auto some = roll_up(times, std::vector<double>{kNan, 3, -kInf}, kWidth);
  EXPECT_EQ(some[0].count, 3u);
  EXPECT_EQ(some[0].min, -kInf);
  EXPECT_EQ(some[0].max, 3);
  EXPECT_TRUE(std::isnan(some[0].sum));
  const auto none = roll_up(times, std::vector<double>{kNan, kNan, kNan}, kWidth);
  EXPECT_TRUE(std::isnan(none[0].min) && std::isnan(none[0].max));
  expect_kept(some);
  expect_kept(none);
}

TEST(Rollups, AConstantTakesAFewBytes) {
  std::vector<std::int64_t> times;
  for (int i = 0; i < 8640; ++i) times.push_back(10'000ll * i);
  const auto buckets = roll_up(times, std::vector<double>(8640, 0.1), kWidth);
  EXPECT_LT(encode_rollup(buckets).size(), 40u);
  expect_kept(buckets);
}

TEST(Rollups, SumsAreExactWhateverTheOrder) {
  EXPECT_EQ(exact_sum(std::vector<double>{1e100, 1, -1e100}), 1);
  EXPECT_EQ(exact_sum(std::vector<double>{0.1, 0.2, 0.3, -0.6}), 2.7755575615628914e-17);
  EXPECT_EQ(exact_sum(std::vector<double>(10, 0.1)), 1.0);
  EXPECT_EQ(exact_sum(std::vector<double>{kInf, 1}), kInf);
  EXPECT_TRUE(std::isnan(exact_sum(std::vector<double>{kInf, -kInf})));
  constexpr double kMost = std::numeric_limits<double>::max();
  EXPECT_EQ(exact_sum(std::vector<double>{kMost, kMost, -kMost}), kMost);
  EXPECT_EQ(exact_sum(std::vector<double>{kMost, kMost}), kInf);
  EXPECT_EQ(exact_sum(std::vector<double>{}), 0);
}

RC_GTEST_PROP(Rollups, TheOrderOfASumDoesNotMatter, (const std::vector<double>& given)) {
  auto values = given;
  const auto sum = exact_sum(values);
  RC_PRE(!std::isnan(sum));
  std::reverse(values.begin(), values.end());
  RC_ASSERT(exact_sum(values) == sum);
  std::sort(values.begin(), values.end());
  RC_ASSERT(exact_sum(values) == sum);
}

TEST(Rollups, ComeBackBitByBit) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    Sequences sequences(seed);
    auto values = sequences.values();
    auto times = sequences.times();
    const auto count = std::min(values.size(), times.size());
    values.resize(count);
    times.resize(count);
    expect_kept(roll_up(times, values, seed % 2 == 0 ? kWidth : 3'600'000));
  }
}

TEST(Rollups, BytesThatNobodyMadeAreRefused) {
  std::mt19937 random(3);
  const std::vector<std::int64_t> times = {0, 10, 300'000, 300'010, 900'000, 900'000};
  const std::vector<double> values = {1, 2, 3.5, 4, 1e300, 0};
  auto good = encode_rollup(roll_up(times, values, kWidth));
  const auto own = rollup_times(roll_up(times, values, kWidth));
  for (int i = 0; i < 20'000; ++i) {
    auto data = good;
    for (int changes = 1 + static_cast<int>(random() % 3); changes > 0; --changes) {
      data[random() % data.size()] = static_cast<char>(random());
    }
    data.resize(random() % (data.size() + 1));
    std::vector<Bucket> out;
    if (!decode_rollup(own, data, out)) {
      EXPECT_TRUE(out.empty());
    } else {
      EXPECT_EQ(out.size(), own.size() / 2);
    }
  }
}

}  // namespace
}  // namespace monitron::series
