#pragma once
// A database of one's own for the tests of this room.

#include "db/migrations.hpp"
#include "db/pool.hpp"
#include "testkit/database.hpp"
#include "testkit/servers.hpp"

#include <gtest/gtest.h>
#include <optional>
#include <pqxx/pqxx>

namespace monitron::store {

class StoreTest : public testing::Test {
 protected:
  // Without servers there is no pool afterwards.
  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    url_ = testkit::fresh_database();
    ASSERT_TRUE(db::migrate_up(url_, db::built_in_migrations()));
    pool_.emplace(db::Config{.url = url_, .application_name = "store_test"});
  }
  template <class Do>
  auto in_transaction(Do work) {
    return pool_->transact(work);
  }
  void run(const std::string& sql) {
    EXPECT_TRUE(in_transaction([&](pqxx::work& tx) { tx.exec(sql); }));
  }

  std::string url_;
  std::optional<db::Pool> pool_;
};

}  // namespace monitron::store
