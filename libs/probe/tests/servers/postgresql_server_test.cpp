// Checks of a real PostgreSQL.

#include "../target.hpp"
#include "testkit/database.hpp"
#include "testkit/servers.hpp"

#include <gtest/gtest.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;

namespace {

// postgres://user:password@host:port/database
struct Place {
  std::string user, password, target, database;
};

Place place_of(const std::string& url) {
  const auto user = url.find("//") + 2, password = url.find(':', user) + 1;
  const auto at = url.find('@'), slash = url.find('/', at);
  return {url.substr(user, password - 1 - user), url.substr(password, at - password),
          url.substr(at + 1, slash - at - 1), url.substr(slash + 1)};
}

class PostgresqlServer : public testing::Test {
 protected:
  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    place_ = place_of(testkit::fresh_database());
    check_ = check_of(CheckKind::postgresql, place_.target);
  }

  domain::PostgresqlSettings& log_in() {
    auto& settings = check_.use<domain::PostgresqlSettings>();
    settings.username = place_.user;
    settings.password.text = place_.password;
    settings.database = place_.database;
    return settings;
  }

  Place place_;
  domain::CheckDefinition check_;
};

}  // namespace

// C-001, M-029.
TEST_F(PostgresqlServer, AnswersWithoutALogin) {
  const auto outcome = run_once(check_);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_TRUE(outcome.phases.connect.has_value());
  EXPECT_TRUE(outcome.phases.first_byte.has_value());
}

TEST_F(PostgresqlServer, LogsInBySCRAMAndAsks) {
  auto& settings = log_in();
  EXPECT_EQ(run_once(check_).status, CheckStatus::up);
  settings.query = "SELECT count(*) FROM pg_database";
  settings.expected = "^[1-9]";
  const auto outcome = run_once(check_);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_GE(value_of(outcome, "probe_postgresql_query_value"), 3);
  EXPECT_EQ(value_of(outcome, "probe_postgresql_query_rows"), 1);
  EXPECT_GT(value_of(outcome, "probe_postgresql_query_seconds"), 0);
  EXPECT_TRUE(outcome.details.at("server_version").starts_with("15"));
}

TEST_F(PostgresqlServer, TellsWhatIsWrongWithALoginOrQuery) {
  auto& settings = log_in();
  settings.password.text = "wrong-one";
  const auto refused = run_once(check_);
  EXPECT_EQ(refused.status, CheckStatus::down);
  EXPECT_NE(refused.reason.find("28P01"), std::string::npos) << refused.reason;
  EXPECT_EQ(refused.reason.find("wrong-one"), std::string::npos);
  log_in().query = "SELECT nonsense";
  EXPECT_NE(run_once(check_).reason.find("42703"), std::string::npos);
  settings.query = "SELECT 1 WHERE false";
  settings.expected = "1";
  EXPECT_EQ(run_once(check_).reason, "the query brought no rows");
  settings.query = "SELECT NULL";
  EXPECT_EQ(run_once(check_).reason, "the query brought NULL");
}

TEST_F(PostgresqlServer, AQueryMayOnlyReadAndOnlyForTheTimeThatIsLeft) {
  auto& settings = log_in();
  settings.query = "CREATE TABLE harm (id int)";
  const auto harmless = run_once(check_);
  EXPECT_EQ(harmless.status, CheckStatus::down);
  EXPECT_NE(harmless.reason.find("25006"), std::string::npos) << harmless.reason;
  settings.query = "SELECT pg_sleep(60)";
  check_.timeout = std::chrono::milliseconds(500);
  EXPECT_EQ(run_once(check_).status, CheckStatus::down);
  settings.query =
      "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND "
      "state = 'active' AND pid <> pg_backend_pid()";
  settings.expected = "^0$";
  check_.timeout = std::chrono::milliseconds(3000);
  // The server notices at the same moment as we do; give it a few.
  bool gone = false;
  for (int i = 0; i < 50 && !gone; ++i) gone = run_once(check_).status == CheckStatus::up;
  EXPECT_TRUE(gone);
}

// A second statement could begin with SET TRANSACTION READ WRITE.
// S-30.
TEST_F(PostgresqlServer, AQueryIsOneStatement) {
  auto& settings = log_in();
  for (const char* several :
       {"SELECT 1; SELECT 2", "SET TRANSACTION READ WRITE; CREATE TABLE harm (id int)"}) {
    settings.query = several;
    const auto outcome = run_once(check_);
    EXPECT_EQ(outcome.status, CheckStatus::down);
    EXPECT_NE(outcome.reason.find("42601"), std::string::npos) << outcome.reason;
  }
  settings.query = "SELECT 7;";
  EXPECT_EQ(value_of(run_once(check_), "probe_postgresql_query_value"), 7);
}

TEST_F(PostgresqlServer, OffersNoTls) {
  check_.use<domain::PostgresqlSettings>().use_tls = true;
  EXPECT_EQ(run_once(check_).reason, "the server offers no TLS");
}

}  // namespace monitron::probe
