// Servers stay known while the database is away, and a database that hangs is not asked by
// everybody.

#include "ingest/known_servers.hpp"

#include "testkit/fake_clock.hpp"

#include <gtest/gtest.h>
#include <set>

namespace monitron::ingest {
namespace {

using namespace std::chrono_literals;

class KnownServersTest : public testing::Test {
 protected:
  Result<bool> ask(const Uuid& server) {
    ++asked_;
    if (away_) return fail(Fault::unavailable, "away");
    return exists_.contains(server);
  }

  testkit::FakeClock clock_{from_ms(1'700'000'000'000)};
  const Uuid server_ = Uuid::make();
  std::set<Uuid> exists_{server_};
  bool away_ = false;
  int asked_ = 0;
  KnownServers sut_{[this](const Uuid& server) { return ask(server); }, clock_};
};

TEST_F(KnownServersTest, IsAskedOnceInAWhile) {
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(*sut_.knows(server_));
  EXPECT_EQ(asked_, 1);
  EXPECT_FALSE(*sut_.knows(Uuid::make()));
}

TEST_F(KnownServersTest, ANewServerIsKnownAtOnce) {
  const auto late = Uuid::make();
  EXPECT_FALSE(*sut_.knows(late));
  exists_.insert(late);
  EXPECT_TRUE(*sut_.knows(late));
}

TEST_F(KnownServersTest, ADeletedServerIsNoticed) {
  EXPECT_TRUE(*sut_.knows(server_));
  exists_.clear();
  clock_.advance(31s);
  EXPECT_FALSE(*sut_.knows(server_));
}

TEST_F(KnownServersTest, GoesOnWithoutTheDatabaseForAnHour) {
  EXPECT_TRUE(*sut_.knows(server_));
  away_ = true;
  clock_.advance(59min);
  EXPECT_TRUE(*sut_.knows(server_));
  EXPECT_EQ(sut_.knows(Uuid::make()).error().fault, Fault::unavailable);
  clock_.advance(2min);
  EXPECT_FALSE(sut_.knows(server_));
}

TEST_F(KnownServersTest, ADatabaseThatFailedIsLeftAloneForAMoment) {
  away_ = true;
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(sut_.knows(Uuid::make()));
  EXPECT_EQ(asked_, 1);
  away_ = false;
  clock_.advance(3s);
  EXPECT_TRUE(*sut_.knows(server_));
}

}  // namespace
}  // namespace monitron::ingest
