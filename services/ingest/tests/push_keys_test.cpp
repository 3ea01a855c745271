// What the door remembers of Idempotency-Keys: recent ones, and never more than so many.

#include "ingest/push_keys.hpp"

#include "testkit/fake_clock.hpp"

#include <gtest/gtest.h>

namespace monitron::ingest {
namespace {

using namespace std::chrono_literals;

PushKeys::Key key_of(std::uint32_t number) {
  PushKeys::Key key{};
  for (std::size_t i = 0; i < 4; ++i) key[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return key;
}

TEST(PushKeys, TellAnotherBodyFromTheSame) {
  testkit::FakeClock clock{from_ms(1'700'000'000'000)};
  PushKeys keys(clock);
  EXPECT_TRUE(keys.belongs(key_of(1), "", "body"));
  EXPECT_TRUE(keys.belongs(key_of(1), "", "body"));
  EXPECT_FALSE(keys.belongs(key_of(1), "", "another"));
  EXPECT_TRUE(keys.belongs(key_of(1), "", "body")) << "the refused one took its place";
  EXPECT_TRUE(keys.belongs(key_of(2), "", "another"));
}

TEST(PushKeys, AreForgottenBeforeTheLedgerForgetsThem) {
  testkit::FakeClock clock{from_ms(1'700'000'000'000)};
  PushKeys keys(clock);
  EXPECT_TRUE(keys.belongs(key_of(1), "", "body"));
  clock.advance(11h);
  EXPECT_FALSE(keys.belongs(key_of(1), "", "another"));
  clock.advance(13h);
  EXPECT_TRUE(keys.belongs(key_of(1), "", "another"));
}

TEST(PushKeys, AreBoundedAndTheRecentOnesStay) {
  testkit::FakeClock clock{from_ms(1'700'000'000'000)};
  PushKeys keys(clock, 100);
  for (std::uint32_t i = 0; i < 1000; ++i) EXPECT_TRUE(keys.belongs(key_of(i), "", "body"));
  EXPECT_LE(keys.size(), 200u);
  EXPECT_FALSE(keys.belongs(key_of(999), "", "another"));
  EXPECT_FALSE(keys.belongs(key_of(900), "", "another"));
  EXPECT_TRUE(keys.belongs(key_of(1), "", "another"));
}

}  // namespace
}  // namespace monitron::ingest
