#include "api/throttle.hpp"

#include "testkit/fake_clock.hpp"

#include <gtest/gtest.h>

namespace monitron::api {
namespace {

using namespace std::chrono_literals;

class Throttled : public ::testing::Test {
 protected:
  testkit::FakeClock clock{from_ms(1'800'000'000'000)};
  Throttle throttle{clock};
};

// M-024, S8: a few tries are free; then each waits twice as long as the one before, up to 5 min.
// S-17.
TEST_F(Throttled, AnAccountFromANetworkWaitsLongerEachTime) {
  for (int i = 0; i < 4; ++i) {
    throttle.failed("ada", "192.0.2.1");
    EXPECT_EQ(throttle.wait_of("ada", "192.0.2.1"), 0s);
  }
  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 300s, 300s, 300s}) {
    throttle.failed("ada", "192.0.2.1");
    EXPECT_EQ(throttle.wait_of("ada", "192.0.2.1"), wait);
    EXPECT_EQ(throttle.wait_of("ada", "192.0.2.2"), 0s);
    EXPECT_EQ(throttle.wait_of("bob", "192.0.2.1"), 0s);
    clock.advance(wait);
    EXPECT_EQ(throttle.wait_of("ada", "192.0.2.1"), 0s);
  }
}

TEST_F(Throttled, IsForgottenAQuarterOfAnHourAfterTheLastWait) {
  for (int i = 0; i < 14; ++i) throttle.failed("ada", "192.0.2.1");
  EXPECT_EQ(throttle.wait_of("ada", "192.0.2.1"), 300s);
  clock.advance(300s + 15min);
  throttle.failed("ada", "192.0.2.1");
  EXPECT_EQ(throttle.wait_of("ada", "192.0.2.1"), 300s);
  clock.advance(300s + 15min + 1s);
  throttle.failed("ada", "192.0.2.1");
  EXPECT_EQ(throttle.wait_of("ada", "192.0.2.1"), 0s);
}

TEST_F(Throttled, SuccessForgetsTheFailuresFromThere) {
  for (int i = 0; i < 9; ++i) throttle.failed("ada", "192.0.2.1");
  EXPECT_GT(throttle.wait_of("ada", "192.0.2.1"), 0s);
  throttle.succeeded("ada", "192.0.2.1");
  EXPECT_EQ(throttle.wait_of("ada", "192.0.2.1"), 0s);
}

// S-17.
TEST_F(Throttled, ANetworkThatTriesManyAccountsWaits) {
  for (int i = 0; i < 33; ++i) throttle.failed("user" + std::to_string(i), "192.0.2.1");
  EXPECT_EQ(throttle.wait_of("another", "192.0.2.1"), 8s);
  EXPECT_EQ(throttle.wait_of("another", "192.0.2.2"), 0s);
}

// An attack from everywhere keeps the owner out for seconds; where only who has the password comes,
// for as long as is asked for, up to a quarter of an hour.
TEST_F(Throttled, AnAccountTriedFromManyNetworksWaitsAsLongAsIsAskedFor) {
  const auto from = [](int i) {
    return "198.51." + std::to_string(i / 250) + "." + std::to_string(i % 250);
  };
  for (int i = 0; i < 80; ++i) {
    throttle.failed("ada", from(i));
    throttle.failed("code", from(i), 15min);
  }
  EXPECT_EQ(throttle.wait_of("ada", "203.0.113.1"), 5s);
  EXPECT_EQ(throttle.wait_of("code", "203.0.113.1"), 15min);
  clock.advance(15min);
  EXPECT_EQ(throttle.wait_of("code", "203.0.113.1"), 0s);
  throttle.failed("code", "203.0.113.1", 15min);  // the next try waits as long again
  EXPECT_EQ(throttle.wait_of("code", "203.0.113.2"), 15min);
}

// One customer of IPv6 has 2^64 addresses.
TEST_F(Throttled, AddressesOfIpv6CountByTheirNetwork) {
  for (int i = 0; i < 8; ++i) throttle.failed("ada", "2001:db8:0:1::" + std::to_string(i));
  EXPECT_EQ(throttle.wait_of("ada", "2001:db8:0:1:ffff::9"), 8s);
  EXPECT_EQ(throttle.wait_of("ada", "2001:db8:0:2::1"), 0s);
  for (int i = 0; i < 5; ++i) throttle.failed("bob", "::ffff:192.0.2.7");
  EXPECT_EQ(throttle.wait_of("bob", "192.0.2.7"), 1s);
  EXPECT_EQ(throttle.wait_of("bob", "::ffff:192.0.2.8"), 0s);
}

TEST_F(Throttled, WithoutAddressTheAccountAloneCounts) {
  for (int i = 0; i < 40; ++i) throttle.failed("user" + std::to_string(i), "");
  EXPECT_EQ(throttle.wait_of("another", ""), 0s);
  for (int i = 0; i < 6; ++i) throttle.failed("ada", "");
  EXPECT_EQ(throttle.wait_of("ada", ""), 2s);
}

// Whoever fills the memory pushes out those of which nothing was heard longest, and no others.
TEST_F(Throttled, AFullMemoryForgetsTheOldestAlone) {
  Throttle small(clock, {.keys = 30});
  for (int i = 0; i < 10; ++i) small.failed("ada", "192.0.2.1");
  const auto wait = small.wait_of("ada", "192.0.2.1");
  EXPECT_GT(wait, 0s);
  for (int i = 0; i < 9; ++i) {
    small.failed("flood" + std::to_string(i), "198.51.100." + std::to_string(i));
  }
  EXPECT_EQ(small.wait_of("ada", "192.0.2.1"), wait);
  for (int i = 9; i < 30; ++i) {
    small.failed("flood" + std::to_string(i), "198.51.100." + std::to_string(i));
  }
  EXPECT_EQ(small.wait_of("ada", "192.0.2.1"), 0s);
}

TEST(ThrottlesOfTheApi, ForgetNothingForEachOther) {
  testkit::FakeClock clock{from_ms(1'800'000'000'000)};
  Throttles throttles(clock);
  for (int i = 0; i < 9; ++i) throttles.passwords.failed("ada", "192.0.2.1");
  for (int i = 0; i < 30'000; ++i) {
    throttles.letters.failed("flood" + std::to_string(i), "198.51.100.1");
  }
  EXPECT_GT(throttles.passwords.wait_of("ada", "192.0.2.1"), 0s);
  EXPECT_EQ(throttles.registrations.wait_of("flood1", "198.51.100.1"), 0s);
}

}  // namespace
}  // namespace monitron::api
