#include "base/clock.hpp"
#include "fixture.hpp"
#include "store/users.hpp"
#include "testkit/eventually.hpp"

#include <thread>

namespace monitron::store {
namespace {

using namespace std::chrono_literals;
using Sessions = StoreTest;

NewRefresh refresh_of(const Uuid& user, const Uuid& family, const std::string& hash) {
  return {.hash = hash, .family = family, .user = user, .expires_at = system_clock().now() + 1h};
}

// S11: a copy of the token is refreshed at the moment in which its owner ends the session. What is
// made then is not seen by what revokes, and must be of no use.
TEST_F(Sessions, WhatIsRefreshedWhileItIsRevokedIsRevoked) {
  if (IsSkipped()) return;
  const auto user = Uuid::make(), family = Uuid::make();
  run("INSERT INTO users (id, email, name, password_hash, role) VALUES ('" + user.str() +
      "', 'a@example.org', 'a', '$2b$x', 'viewer')");
  ASSERT_TRUE(in_transaction(
      [&](pqxx::work& tx) { insert_refresh(tx, refresh_of(user, family, "first")); }));
  std::thread owner;
  const auto waits = [&] {
    const auto rows = in_transaction([&](pqxx::work& tx) {
      return tx.exec(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND "
          "wait_event_type = 'Lock'");
    });
    return rows && !rows->empty();
  };
  ASSERT_TRUE(in_transaction([&](pqxx::work& tx) {
    EXPECT_EQ(use_refresh(tx, "first").state, RefreshState::good);
    insert_refresh(tx, refresh_of(user, family, "second"));
    owner = std::thread([&] {
      EXPECT_TRUE(in_transaction(
          [&](pqxx::work& other) { EXPECT_TRUE(revoke_session(other, user, family)); }));
    });
    EXPECT_TRUE(testkit::eventually(30s, waits));
  }));
  owner.join();
  ASSERT_TRUE(in_transaction([&](pqxx::work& tx) {
    EXPECT_TRUE(list_sessions(tx, user).empty());
    EXPECT_EQ(use_refresh(tx, "second").state, RefreshState::dead);
  }));
}

}  // namespace
}  // namespace monitron::store
