#include "access/grants.hpp"

#include "db/migrations.hpp"
#include "testkit/database.hpp"
#include "testkit/servers.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace monitron::access {
namespace {

TEST(Grants, WhatIsRevokedCostsNoQueryAndWhatIsNewIsLookedFor) {
  MONITRON_REQUIRE_SERVERS();
  const auto url = testkit::fresh_database();
  ASSERT_TRUE(db::migrate_up(url, db::built_in_migrations()));
  db::Pool database({.url = url,
                     .application_name = "grants_test",
                     .statement_timeout = std::chrono::milliseconds(300)});
  const store::User user{.id = Uuid::make(),
                         .email = "a@example.org",
                         .name = "a",
                         .role = "viewer",
                         .password_hash = "$2b$no password"};
  const auto version_is = [&](int version) {
    return database.transact(
        [&](pqxx::work& tx) { tx.exec_params0("UPDATE users SET token_version = $1", version); });
  };
  ASSERT_TRUE(database.transact([&](pqxx::work& tx) { store::insert_user(tx, user); }));
  ASSERT_TRUE(version_is(2));

  Grants grants(database);
  auth::Claims claims;
  claims.subject = user.id.str();
  claims.version = 2;
  const auto caller = grants.caller_of_now(claims);  // nothing was read before
  ASSERT_TRUE(caller) << caller.error().text;
  EXPECT_TRUE(caller->may("checks:read"));
  EXPECT_FALSE(caller->may("checks:write"));
  ASSERT_TRUE(version_is(3));
  claims.version = 3;
  EXPECT_TRUE(grants.caller_of_now(claims)) << "raised by another replica";

  pqxx::connection other(url);
  pqxx::work lock(other);
  lock.exec("LOCK TABLE users");
  claims.version = 2;
  EXPECT_EQ(grants.caller_of_now(claims).error().fault, Fault::denied);
  claims.version = 4;
  EXPECT_EQ(grants.caller_of_now(claims).error().fault, Fault::timeout);
}

}  // namespace
}  // namespace monitron::access
