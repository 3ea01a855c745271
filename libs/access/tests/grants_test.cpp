#include "access/access.hpp"
#include "auth/token.hpp"
#include "db/migrations.hpp"
#include "store/tokens.hpp"
#include "testkit/database.hpp"
#include "testkit/eventually.hpp"
#include "testkit/servers.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>
#include <thread>

namespace monitron::access {
namespace {

using namespace std::chrono_literals;

store::User somebody() {
  return {.id = Uuid::make(),
          .email = "a@example.org",
          .name = "a",
          .role = "viewer",
          .password_hash = "$2b$no password"};
}

// How many sessions of this database wait for a lock that another one has.
int waiting(db::Pool& database) {
  const auto count = database.transact([](pqxx::work& tx) {
    return tx
        .exec1(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = "
            "current_database()")[0]
        .as<int>();
  });
  return count.value_or(0);
}

TEST(Grants, WhatIsRevokedCostsNoQueryAndWhatIsNewIsLookedFor) {
  MONITRON_REQUIRE_SERVERS();
  const auto url = testkit::fresh_database();
  ASSERT_TRUE(db::migrate_up(url, db::built_in_migrations()));
  db::Pool database({.url = url,
                     .application_name = "grants_test",
                     .statement_timeout = std::chrono::milliseconds(300)});
  const auto user = somebody();
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

// Of two that read at the same time, the one that has read before does not count, whoever is the
// last to write down what was read.
TEST(Grants, WhatWasReadBeforeDoesNotReplaceWhatWasReadSince) {
  MONITRON_REQUIRE_SERVERS();
  const auto url = testkit::fresh_database();
  ASSERT_TRUE(db::migrate_up(url, db::built_in_migrations()));
  db::Pool database({.url = url, .application_name = "grants_test"});
  const auto user = somebody();
  ASSERT_TRUE(database.transact([&](pqxx::work& tx) { store::insert_user(tx, user); }));
  Grants grants(database);
  for (int version = 2; version < 30; ++version) {
    pqxx::connection other(url);
    pqxx::work lock(other);
    lock.exec("LOCK TABLE roles");  // read after the users
    std::thread before([&] { EXPECT_TRUE(grants.refresh()); });
    EXPECT_TRUE(testkit::eventually(10s, [&] { return waiting(database) == 1; }));
    ASSERT_TRUE(database.transact(
        [&](pqxx::work& tx) { tx.exec_params0("UPDATE users SET token_version = $1", version); }));
    std::thread since([&] { EXPECT_TRUE(grants.refresh()); });
    // It may have to wait for the other one, and be seen nowhere.
    (void)testkit::eventually(50ms, [&] { return waiting(database) == 2; });
    lock.commit();
    before.join();
    since.join();
    ASSERT_EQ(grants.version_of(user.id.str()), version);
  }
}

// The token goes with its maker, also when that happens while it is looked up.
TEST(Grants, ATokenWhoseMakerIsDeletedMeanwhileIsNone) {
  MONITRON_REQUIRE_SERVERS();
  const auto url = testkit::fresh_database();
  ASSERT_TRUE(db::migrate_up(url, db::built_in_migrations()));
  db::Pool database({.url = url, .application_name = "grants_test"});
  const auto user = somebody();
  const auto token = auth::make_token(auth::TokenKind::api);
  ASSERT_TRUE(database.transact([&](pqxx::work& tx) {
    store::insert_user(tx, user);
    store::insert_api_token(tx, {.id = Uuid::make(),
                                 .name = "t",
                                 .hash = token.hash,
                                 .prefix = "mon_",
                                 .scopes = {"admin"},
                                 .created_by = user.id});
  }));
  Grants grants(database);
  const auth::Jwt jwt("0123456789abcdef0123456789abcdef");
  Access access(database, jwt, grants, system_clock());
  http::Request request;
  request.headers["authorization"] = "Bearer " + token.text;
  pqxx::connection other(url);
  pqxx::work deletion(other);
  deletion.exec("LOCK TABLE users");  // read after the token
  Result<http::Caller> caller = fail(Fault::bug, "not asked");
  std::thread asking([&] { caller = access(request); });
  EXPECT_TRUE(testkit::eventually(10s, [&] { return waiting(database) == 1; }));
  deletion.exec0("DELETE FROM users");
  deletion.commit();
  asking.join();
  ASSERT_FALSE(caller) << caller->permissions.size();
  EXPECT_EQ(caller.error().fault, Fault::denied);
}

}  // namespace
}  // namespace monitron::access
