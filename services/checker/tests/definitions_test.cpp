// Reading of definitions with a real database in which tables are missing for a while.

#include "checker/definitions.hpp"

#include "db/migrations.hpp"
#include "testkit/database.hpp"
#include "testkit/servers.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace monitron::checker {
namespace {

class DefinitionsTest : public testing::Test {
 protected:
  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    const auto url = testkit::fresh_database();
    ASSERT_TRUE(db::migrate_up(url, db::built_in_migrations()));
    pool_.emplace(db::Config{.url = url, .application_name = "definitions_test"});
    definitions_.emplace(*pool_, "default", [this](const DefinitionsRead& read) {
      EXPECT_TRUE(read.types);
      ++taken_;
    });
    ASSERT_TRUE(definitions_->look());
  }
  void run(const std::string& sql) {
    EXPECT_TRUE(pool_->transact([&](pqxx::work& tx) { tx.exec0(sql); }));
  }

  std::optional<db::Pool> pool_;
  std::optional<Definitions> definitions_;
  int taken_ = 0;
};

TEST_F(DefinitionsTest, NoPageIsTakenBeforeTheOwnTypesAreRead) {
  run("ALTER TABLE check_types RENAME TO away");
  EXPECT_FALSE(definitions_->read_some());
  EXPECT_FALSE(definitions_->read_some()) << "asked for again";
  EXPECT_EQ(taken_, 0);
  run("ALTER TABLE away RENAME TO check_types");
  EXPECT_TRUE(definitions_->read_some());
  EXPECT_EQ(taken_, 1);
  EXPECT_TRUE(definitions_->complete());
}

TEST_F(DefinitionsTest, PagesAreReadAlsoWhenOldChangesCannotBeDeleted) {
  run("ALTER TABLE check_changes RENAME TO away");
  EXPECT_TRUE(definitions_->read_some());
  EXPECT_EQ(taken_, 1);
  EXPECT_TRUE(definitions_->complete());
}

TEST_F(DefinitionsTest, OldChangesAreDeletedInPieces) {
  run("INSERT INTO check_changes SELECT gen_random_uuid(), pg_current_xact_id(), "
      "now() - interval '2 hours' FROM generate_series(1, 10001)");
  EXPECT_TRUE(definitions_->read_some());
  const auto left = pool_->transact(
      [](pqxx::work& tx) { return tx.exec1("SELECT count(*) FROM check_changes")[0].as<int>(); });
  EXPECT_LE(left.value(), 1) << "a second piece only while there is time";
}

}  // namespace
}  // namespace monitron::checker
