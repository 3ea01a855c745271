#include "store/leases.hpp"

#include "db/pool.hpp"
#include "testkit/database.hpp"
#include "testkit/servers.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace monitron::store {

using namespace std::chrono_literals;

TEST(Leases, OneHoldsItAndEachNewHolderHasAHigherFence) {
  MONITRON_REQUIRE_SERVERS();
  db::Pool database({.url = testkit::fresh_database(), .application_name = "leases_test"});
  const auto hold = [&](const char* holder, std::chrono::milliseconds ttl) {
    return database.transact([&](pqxx::work& tx) { return hold_lease(tx, "job", holder, ttl); })
        .value();
  };
  ASSERT_TRUE(database.transact([](pqxx::work& tx) {
    tx.exec(
        "CREATE TABLE leases (name text PRIMARY KEY, holder text NOT NULL, "
        "fence bigint NOT NULL, expires_at timestamptz NOT NULL)");
  }));
  EXPECT_EQ(hold("a", 60s), 1);
  EXPECT_EQ(hold("a", 60s), 1) << "renewing keeps the fence";
  EXPECT_EQ(hold("b", 60s), std::nullopt);
  ASSERT_TRUE(database.transact([](pqxx::work& tx) { release_lease(tx, "job", "a"); }));
  EXPECT_EQ(hold("b", 60s), 2);
  EXPECT_EQ(hold("a", 60s), std::nullopt);
  ASSERT_TRUE(database.transact([](pqxx::work& tx) { release_lease(tx, "job", "a"); }));
  const auto over_for = [&] {
    return *database.transact([](pqxx::work& tx) { return lease_over_for(tx, "job"); }).value();
  };
  EXPECT_LT(over_for(), -50s);
  EXPECT_EQ(hold("b", -60s), 2);
  EXPECT_GE(over_for(), 60s);
  EXPECT_EQ(hold("b", 60s), 2);
  EXPECT_EQ(hold("a", 60s), std::nullopt) << "only its holder gives a lease back";
}

}  // namespace monitron::store
