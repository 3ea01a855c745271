#include "db/joined.hpp"

#include "db/pool.hpp"
#include "testkit/database.hpp"
#include "testkit/servers.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>
#include <thread>

namespace monitron::db {
namespace {

class JoinedTransactions : public ::testing::Test {
 protected:
  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    const auto url = testkit::fresh_database();
    outer_.emplace(Config{.url = url, .application_name = "outer"});
    inner_.emplace(Config{.url = url, .application_name = "inner"});
    ASSERT_TRUE(write(*outer_, "CREATE TABLE t (n integer PRIMARY KEY)"));
  }
  static Result<void> write(Pool& pool, const std::string& sql) {
    return pool.transact([&](pqxx::work& tx) { tx.exec(sql); });
  }
  int count(Pool& pool) {
    return pool
        .transact([](pqxx::work& tx) { return tx.exec1("SELECT count(*) FROM t")[0].as<int>(); })
        .value_or(-1);
  }
  std::optional<Pool> outer_, inner_;
};

TEST_F(JoinedTransactions, HoldTogetherOrNotAtAll) {
  for (const bool well : {false, true}) {
    const auto done = outer_->transact([&](pqxx::work& tx) -> Result<void> {
      const Joined joined(tx);
      EXPECT_TRUE(write(*inner_, "INSERT INTO t VALUES (1)"));
      EXPECT_TRUE(write(*inner_, "INSERT INTO t VALUES (2)"));
      EXPECT_EQ(count(*inner_), 2);
      std::thread([&] { EXPECT_EQ(count(*inner_), 0); }).join();
      if (well) return {};
      return fail(Fault::conflict, "no");
    });
    EXPECT_EQ(done.has_value(), well);
    EXPECT_EQ(count(*inner_), well ? 2 : 0);
  }
}

TEST_F(JoinedTransactions, WhatIsRefusedIsUndoneAlone) {
  const auto done = outer_->transact([&](pqxx::work& tx) {
    const Joined joined(tx);
    EXPECT_TRUE(write(*inner_, "INSERT INTO t VALUES (1)"));
    const auto refused = inner_->transact([&](pqxx::work& part) -> Result<void> {
      part.exec("INSERT INTO t VALUES (3)");
      EXPECT_TRUE(write(*outer_, "INSERT INTO t VALUES (4)"));
      return fail(Fault::denied, "no");
    });
    EXPECT_EQ(refused.error().fault, Fault::denied);
    EXPECT_TRUE(write(*inner_, "INSERT INTO t VALUES (5)"));
  });
  ASSERT_TRUE(done) << done.error().text;
  EXPECT_EQ(count(*inner_), 2);
  EXPECT_TRUE(write(*inner_, "INSERT INTO t VALUES (6)"));
  EXPECT_EQ(count(*outer_), 3);
}

TEST_F(JoinedTransactions, AreUndoneStepByStep) {
  EXPECT_TRUE(outer_->transact([&](pqxx::work& tx) {
    Joined joined(tx);
    for (const auto* n : {"1", "2", "3"}) {
      EXPECT_TRUE(joined.begin_step());
      EXPECT_TRUE(write(*inner_, "INSERT INTO t VALUES (" + std::string(n) + ")"));
      if (*n == '2') {
        EXPECT_TRUE(joined.undo_step());
      }
    }
  }));
  EXPECT_EQ(count(*inner_), 2);
}

TEST_F(JoinedTransactions, APartOfAStepIsUndoneAloneWhicheverItIs) {
  const auto fails = [&](const char* n) {
    return inner_->transact([&](pqxx::work& part) {
      part.exec_params("INSERT INTO t VALUES ($1)", n);
      EXPECT_TRUE(write(*inner_, "INSERT INTO t VALUES (100)"));
      part.exec_params("INSERT INTO t VALUES ($1::int / 0)", n);
    });
  };
  const auto refuses = [&](const char* n) {
    return inner_->transact([&](pqxx::work& part) -> Result<void> {
      part.exec_params("INSERT INTO t VALUES ($1)", n);
      return fail(Fault::conflict, "no");
    });
  };
  EXPECT_TRUE(outer_->transact([&](pqxx::work& tx) {
    Joined joined(tx);
    EXPECT_TRUE(joined.begin_step());
    EXPECT_TRUE(write(*inner_, "INSERT INTO t VALUES (1)"));
    EXPECT_FALSE(fails("2"));
    EXPECT_FALSE(refuses("3"));
    EXPECT_TRUE(joined.begin_step());
    EXPECT_FALSE(fails("4"));
    EXPECT_TRUE(write(*inner_, "INSERT INTO t VALUES (5)"));
    EXPECT_TRUE(joined.begin_step());
    EXPECT_FALSE(refuses("6"));
    EXPECT_TRUE(write(*inner_, "INSERT INTO t VALUES (7)"));
    EXPECT_TRUE(joined.begin_step());
    EXPECT_TRUE(write(*inner_, "INSERT INTO t VALUES (8)"));
    EXPECT_TRUE(joined.undo_step());
    EXPECT_TRUE(write(*inner_, "INSERT INTO t VALUES (9)"));
  }));
  EXPECT_TRUE(outer_->transact([](pqxx::work& tx) {
    EXPECT_STREQ(tx.exec1("SELECT string_agg(n::text, ' ' ORDER BY n) FROM t")[0].c_str(),
                 "1 5 7 9");
  }));
}

TEST_F(JoinedTransactions, AStatementOfExecThatFailsEndsAllOfIt) {
  const auto done = outer_->transact([&](pqxx::work& tx) -> Result<void> {
    Joined joined(tx);
    EXPECT_TRUE(write(*inner_, "INSERT INTO t VALUES (1)"));
    EXPECT_EQ(write(*inner_, "INSERT INTO t VALUES (2), (1)").error().fault, Fault::conflict);
    EXPECT_FALSE(write(*inner_, "INSERT INTO t VALUES (3)"));
    EXPECT_FALSE(joined.begin_step());
    return {};
  });
  EXPECT_FALSE(done);
  EXPECT_EQ(count(*inner_), 0);
  EXPECT_TRUE(write(*outer_, "INSERT INTO t VALUES (4)"));
  EXPECT_EQ(count(*inner_), 1);
}

// What goes wrong in a body's own code is no reason to keep half of what it did.
TEST_F(JoinedTransactions, APartThatThrowsIsUndoneAlone) {
  EXPECT_TRUE(outer_->transact([&](pqxx::work& tx) {
    const Joined joined(tx);
    EXPECT_TRUE(write(*inner_, "INSERT INTO t VALUES (1)"));
    const auto thrown = inner_->transact([&](pqxx::work& part) {
      part.exec("INSERT INTO t VALUES (2)");
      throw std::logic_error("an id that is none");
    });
    EXPECT_EQ(thrown.error().fault, Fault::bug);
    const auto refused = inner_->transact([&](pqxx::work& part) {
      part.exec("INSERT INTO t VALUES (3)");
      part.exec_params("INSERT INTO t VALUES ($1)", 1);
    });
    EXPECT_EQ(refused.error().fault, Fault::conflict);
    EXPECT_TRUE(write(*inner_, "INSERT INTO t VALUES (4)"));
  }));
  EXPECT_TRUE(outer_->transact([](pqxx::work& tx) {
    EXPECT_STREQ(tx.exec1("SELECT string_agg(n::text, ' ' ORDER BY n) FROM t")[0].c_str(), "1 4");
  }));
}

TEST_F(JoinedTransactions, ACollisionIsThrownSoThatAllOfItIsTriedAgain) {
  ASSERT_TRUE(write(*outer_, "INSERT INTO t VALUES (1)"));
  int tries = 0;
  const auto done = outer_->transact([&](pqxx::work& tx) -> Result<void> {
    read_one_moment(tx);
    const Joined joined(tx);
    EXPECT_EQ(count(*inner_), 1);
    if (++tries == 1) {
      std::thread([&] { EXPECT_TRUE(write(*outer_, "UPDATE t SET n = 2")); }).join();
    }
    const auto changed = write(*inner_, "UPDATE t SET n = n + 10");
    joined.throw_collision();
    return changed;
  });
  ASSERT_TRUE(done) << done.error().text;
  EXPECT_EQ(tries, 2);
  EXPECT_TRUE(outer_->transact(
      [](pqxx::work& tx) { EXPECT_EQ(tx.exec1("SELECT n FROM t")[0].as<int>(), 12); }));
}

}  // namespace
}  // namespace monitron::db
