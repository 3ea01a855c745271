// Samples of one series, packed and back.

#include "head/samples.hpp"

#include <bit>
#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <rapidcheck/gtest.h>

namespace monitron::head {
namespace {

using promql::Sample;
using Plain = std::map<std::int64_t, std::uint64_t>;

constexpr auto kFirst = std::numeric_limits<std::int64_t>::min();
constexpr auto kLast = std::numeric_limits<std::int64_t>::max();

Plain plain_of(const Samples& samples, std::int64_t from = kFirst, std::int64_t to = kLast) {
  std::vector<Sample> all;
  samples.read(from, to, all);
  Plain plain;
  for (const auto& sample : all) plain[sample.time_ms] = std::bit_cast<std::uint64_t>(sample.value);
  RC_ASSERT(plain.size() == all.size());
  return plain;
}

double any_value() {
  switch (*rc::gen::inRange(0, 8)) {
    case 0:
      return static_cast<double>(*rc::gen::inRange(-5, 5));
    case 1:
      return *rc::gen::inRange(0, 1'000'000) / 100.0;
    case 2:
      return *rc::gen::element<double>(NAN, INFINITY, -INFINITY, -0.0, 5e-324, 1e300, 0.1, 1e15,
                                       -1e-12);
    case 3:
      return std::bit_cast<double>(*rc::gen::arbitrary<std::uint64_t>());
    case 4:
      return std::bit_cast<double>(promql::kStaleBits);
    default:
      return 42.5;
  }
}

// Both are given the same.
struct Twins {
  Samples samples;
  Plain plain;

  void forget_before(std::int64_t horizon) {
    samples.drop_before(horizon);
    // What it could not forget for want of room is older than the rest.
    while (!plain.empty() && (samples.empty() || plain.begin()->first < samples.first_ms())) {
      RC_ASSERT(plain.begin()->first < horizon);
      plain.erase(plain.begin());
    }
  }
  void take(const Sample& sample, bool replace) {
    const auto bits = std::bit_cast<std::uint64_t>(sample.value);
    if (samples.empty() || sample.time_ms > samples.last_ms()) {
      samples.append(sample, kFirst);
    } else {
      samples.merge({&sample, 1}, replace);
    }
    if (replace) plain[sample.time_ms] = bits;
    plain.try_emplace(sample.time_ms, bits);
    RC_ASSERT(samples.last_ms() == plain.rbegin()->first);
  }
};

// In any order, with gaps, with the same time again, forgetting meanwhile.
RC_GTEST_PROP(HeadSamples, AreWhatAPlainMapHas, ()) {
  Twins both;
  std::int64_t time = 1'700'000'000'000;
  for (int i = *rc::gen::inRange(1, 120); i > 0; --i) {
    time += *rc::gen::element<std::int64_t>(10'000, 10'000, 10'000, 10'001, 0, 1, 3'000'000'000,
                                            -10'000, -25'000, 10'003, 9'996, 10'017);
    if (*rc::gen::inRange(0, 20) == 0) both.forget_before(time - *rc::gen::inRange(0, 200'000));
    both.take({time, any_value()}, *rc::gen::arbitrary<bool>());
  }
  const auto& plain = both.plain;
  RC_ASSERT(plain_of(both.samples) == plain);
  RC_ASSERT(both.samples.count() == plain.size());
  const auto from = plain.begin()->first + *rc::gen::inRange(0, 100'000);
  const auto to = from + *rc::gen::inRange(0, 300'000);
  RC_ASSERT(plain_of(both.samples, from, to) ==
            Plain(plain.lower_bound(from), plain.upper_bound(to)));
}

TEST(HeadSamples, ForgetWhatIsOldInsteadOfGrowing) {
  Samples samples;
  std::size_t most = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::int64_t time = 10'000LL * i;
    samples.append({time, i * 1234.5}, time - 300'000);
    most = std::max(most, samples.bytes());
    std::vector<Sample> recent;
    samples.read(time - 300'000, time, recent);
    ASSERT_EQ(recent.size(), static_cast<std::size_t>(std::min(i + 1, 31)));
  }
  EXPECT_LE(most, 160U);  // of 31 samples, 4 bytes each
}

TEST(HeadSamples, AConstantTakesAByte) {
  Samples samples;
  for (int i = 0; i < 1000; ++i) samples.append({10'000LL * i, 98.6}, 0);
  EXPECT_LE(samples.bytes(), 1300U);
}

}  // namespace
}  // namespace monitron::head
