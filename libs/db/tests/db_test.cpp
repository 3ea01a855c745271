#include "db/limited.hpp"
#include "db/listener.hpp"
#include "db/migrations.hpp"
#include "db/pool.hpp"
#include "db/time_limits.hpp"
#include "testkit/database.hpp"
#include "testkit/eventually.hpp"
#include "testkit/private_postgres.hpp"
#include "testkit/servers.hpp"

#include <array>
#include <csignal>
#include <future>
#include <gtest/gtest.h>
#include <pqxx/pqxx>
#include <sys/socket.h>
#include <unistd.h>

namespace monitron::db {
namespace {

using namespace std::chrono_literals;

class Database : public ::testing::Test {
 protected:
  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    url_ = testkit::fresh_database();
  }
  Pool pool(std::size_t size = 2, std::chrono::milliseconds acquire_timeout = 200ms) {
    return Pool({.url = url_,
                 .application_name = "db_test",
                 .size = size,
                 .acquire_timeout = acquire_timeout,
                 .connect_timeout = 2s,
                 .statement_timeout = 300ms,
                 .transaction_timeout = 900ms});
  }
  std::string url_;
};

TEST_F(Database, FaultsSayWhatHappened) {
  auto database = pool();
  const auto run = [&](const char* sql) {
    return database.transact([&](pqxx::work& tx) { tx.exec(sql); });
  };
  ASSERT_TRUE(run("CREATE TABLE t (id integer PRIMARY KEY, n integer CHECK (n > 0))"));
  ASSERT_TRUE(run("INSERT INTO t VALUES (1, 1)"));
  EXPECT_EQ(run("INSERT INTO t VALUES (1, 1)").error().fault, Fault::conflict);
  EXPECT_EQ(run("INSERT INTO t VALUES (2, 0)").error().fault, Fault::invalid);
  EXPECT_EQ(run("SELECT 'x'::integer").error().fault, Fault::invalid);
  EXPECT_EQ(run("SELECT pg_sleep(2)").error().fault, Fault::timeout);
  EXPECT_EQ(run("SELECT nonsense").error().fault, Fault::bug);
  EXPECT_EQ(Pool({.url = "postgres://nobody@127.0.0.1:1/x", .application_name = "t"})
                .ping()
                .error()
                .fault,
            Fault::unavailable);
}

// The owner of a database, or the environment, may give each session other settings than ours.
TEST_F(Database, SettingsThatTextsAreMadeForAreOurOwn) {
  testkit::set_strange_defaults(url_);
  auto database = pool();
  const auto seen = database.transact([](pqxx::work& tx) {
    return tx
        .exec1(R"(SELECT concat_ws('|', '2026-11-21T08:09:10Z'::timestamptz, interval '1 day',
                  '\x0041'::bytea, 0.1::float8 + 0.2::float8, ('{1,NULL}'::text[])[2] IS NULL,
                  'a\n', current_setting('client_encoding'),
                  current_setting('transaction_isolation')))")[0]
        .as<std::string>();
  });
  ASSERT_TRUE(seen) << seen.error().text;
  EXPECT_EQ(*seen, R"(2026-11-21 08:09:10+00|1 day|\x0041|0.30000000000000004|t|a\n|UTF8|)"
                   "read committed");
}

TEST_F(Database, AnErrorOfTheBodyRollsBack) {
  auto database = pool();
  ASSERT_TRUE(database.transact([](pqxx::work& tx) { tx.exec("CREATE TABLE t (id integer)"); }));
  const auto refused = database.transact([](pqxx::work& tx) -> Result<int> {
    tx.exec("INSERT INTO t VALUES (1)");
    return fail(Fault::denied, "no");
  });
  EXPECT_EQ(refused.error().fault, Fault::denied);
  const auto count = database.transact(
      [](pqxx::work& tx) { return tx.exec1("SELECT count(*) FROM t")[0].as<int>(); });
  EXPECT_EQ(count.value(), 0);
}

// A connection that is given back before its transaction is over is used by two threads at once:
// answers go to the wrong one, which then waits for ever.
TEST_F(Database, AConnectionIsGivenBackAfterItsTransaction) {
  auto database = pool(1, 10s);
  const auto ask = [&database](bool good) {
    for (int i = 0; i < 2000; ++i) {
      const auto answer = database.transact([&](pqxx::work& tx) -> Result<int> {
        const auto value = tx.exec_params1("SELECT $1::integer", i)[0].as<int>();
        if (!good) return fail(Fault::denied, "no");
        return value;
      });
      if (good ? answer.value_or(-1) != i : answer.error().fault != Fault::denied) return i;
    }
    return -1;
  };
  std::vector<std::future<int>> threads;
  for (const bool good : {true, false, true, false}) {
    threads.push_back(std::async(std::launch::async, ask, good));
  }
  for (auto& thread : threads) EXPECT_EQ(thread.get(), -1);
}

// Stopped processes keep their connections open, take new ones and answer nothing.
TEST_F(Database, AServerThatStandsStillHoldsNobody) {
  testkit::PrivatePostgres server;
  url_ = server.url();
  auto database = pool(1);
  const auto processes = database.transact([](pqxx::work& tx) {
    const auto row = tx.exec1(
        "SELECT pg_backend_pid(), split_part(pg_read_file('postmaster.pid'), chr(10), 1)::integer");
    return std::array<pid_t, 2>{row[0].as<pid_t>(), row[1].as<pid_t>()};
  });
  ASSERT_TRUE(processes);
  for (const auto process : *processes) ASSERT_EQ(::kill(process, SIGSTOP), 0);
  const auto answer = std::async(std::launch::async, [&] { return database.ping(); });
  const bool in_time = answer.wait_for(10s) == std::future_status::ready;
  const auto at_once = database.ping();
  for (const auto process : *processes) ::kill(process, SIGCONT);
  EXPECT_TRUE(in_time);
  EXPECT_EQ(at_once.error().text, "the database is away");
  EXPECT_TRUE(testkit::eventually(10s, [&] { return database.ping().has_value(); }));
}

// Whose transaction took too long has not found out anything about the server.
TEST_F(Database, ATransactionThatTakesTooLongKeepsNobodyElseOut) {
  auto database = pool(2);
  const auto many_statements = database.transact([](pqxx::work& tx) {
    for (;;) tx.exec("SELECT 1");
  });
  EXPECT_EQ(many_statements.error().fault, Fault::unavailable);
  EXPECT_TRUE(database.ping());
  const auto something_else = database.transact([](pqxx::work& tx) {
    tx.exec("SELECT 1");
    EXPECT_FALSE(testkit::eventually(1200ms, [] { return false; }));  // its limit passes
  });
  EXPECT_EQ(something_else.error().fault, Fault::unavailable);
  EXPECT_TRUE(database.ping());
  EXPECT_EQ(database.stats().open, 1u);
}

TEST_F(Database, AServerThatStandsStillHoldsNoListener) {
  std::promise<void> listening;
  std::once_flag once;
  const auto wake = [&] { std::call_once(once, [&] { listening.set_value(); }); };
  auto listener = std::make_unique<Listener>(url_, "things_changed", wake);
  listening.get_future().wait();
  auto database = pool(1);
  const auto backend = database.transact([](pqxx::work& tx) {
    return tx
        .exec1(
            "SELECT pid FROM pg_stat_activity WHERE query ILIKE 'LISTEN%' AND "
            "datname = current_database() AND pid <> pg_backend_pid()")[0]
        .as<int>();
  });
  ASSERT_TRUE(backend);
  ASSERT_EQ(::kill(*backend, SIGSTOP), 0);
  const auto gone = std::async(std::launch::async, [&] { listener.reset(); });
  const bool in_time = gone.wait_for(10s) == std::future_status::ready;
  ::kill(*backend, SIGCONT);
  EXPECT_TRUE(in_time);
}

// libpq closes the socket of a connection that is lost; its number may be somebody else's by then.
TEST(TimeLimits, AreNotThoseOfWhoGetsTheSocketsNumberNext) {
  std::array<int, 2> lost{}, next{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, lost.data()), 0);
  AnswerLimit limit(lost[0], std::chrono::milliseconds(100));
  close(lost[0]);
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, next.data()), 0);
  EXPECT_EQ(next[0], lost[0]);
  EXPECT_TRUE(testkit::eventually(std::chrono::seconds(10), [&] { return limit.is_over(); }));
  EXPECT_EQ(send(next[0], "x", 1, MSG_NOSIGNAL), 1);
  char byte = 0;
  EXPECT_EQ(recv(lost[1], &byte, 1, MSG_DONTWAIT), 0) << "it is not shut down";
  for (const int socket : {next[0], next[1], lost[1]}) close(socket);
}

TEST(TimeLimits, AreAddedWhereTheUrlHasNone) {
  const auto text = with_time_limits("postgres://me:it's@host:5433/base?connect_timeout=2");
  for (const auto* word : {"connect_timeout='2'", "tcp_user_timeout='15000'", "host='host'",
                           "port='5433'", "user='me'", "password='it\\'s'", "dbname='base'"}) {
    EXPECT_NE(text.find(word), std::string::npos) << word << " in " << text;
  }
  EXPECT_EQ(with_time_limits("host=a what"), "host=a what");
}

// Between programs: a rule of PostgreSQL's own, not of the request, decides; later it may be well.
TEST_F(Database, TroubleOfTheServerIsNoFaultOfTheRequest) {
  auto database = pool();
  const auto raise = [&](const std::string& state) {
    return database
        .transact([&](pqxx::work& tx) {
          tx.exec("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '" + state + "'; END $$");
        })
        .error()
        .fault;
  };
  for (const auto* state : {"25006", "25P03", "40001", "53100", "55P03", "57P03", "58030"}) {
    EXPECT_EQ(raise(state), Fault::unavailable) << state;
  }
  EXPECT_EQ(raise("57014"), Fault::timeout);
  EXPECT_EQ(raise("22023"), Fault::invalid);
  EXPECT_EQ(raise("42P01"), Fault::bug);
}

TEST_F(Database, OutlivesAKilledBackend) {
  auto database = pool(1);
  ASSERT_TRUE(database.ping());
  {
    pqxx::connection killer(url_);
    pqxx::nontransaction(killer).exec(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = "
        "'db_test' AND datname = current_database()");
  }
  EXPECT_TRUE(database.ping());
  EXPECT_EQ(database.stats().open, 1u);
}

// R-026.
TEST_F(Database, AFullPoolSaysSo) {
  auto database = pool(1);
  std::promise<void> inside, leave;
  auto first = std::async(std::launch::async, [&] {
    return database.transact([&](pqxx::work&) {
      inside.set_value();
      leave.get_future().wait();
    });
  });
  inside.get_future().wait();
  EXPECT_EQ(database.ping().error().fault, Fault::unavailable);
  leave.set_value();
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(database.ping());
}

// M-201, M-203.
TEST_F(Database, TwoProgramsMigrateAtOnce) {
  const auto& all = built_in_migrations();
  std::vector<std::future<Result<int>>> starts;
  for (int i = 0; i < 3; ++i) {
    starts.push_back(std::async(std::launch::async, [&] { return migrate_up(url_, all); }));
  }
  int applied = 0;
  for (auto& one : starts) {
    const auto result = one.get();
    ASSERT_TRUE(result) << result.error().text;
    applied += *result;
  }
  EXPECT_EQ(applied, static_cast<int>(all.size()));
  EXPECT_TRUE(require_schema(url_, all.back().version));
  EXPECT_FALSE(require_schema(url_, 9999));
  // Down to nothing, and up again.
  EXPECT_EQ(migrate_down(url_, all, 100).value(), static_cast<int>(all.size()));
  EXPECT_FALSE(migration_status(url_, all).value().front().applied);
  EXPECT_EQ(migrate_up(url_, all).value(), static_cast<int>(all.size()));
}

TEST_F(Database, AChangedMigrationIsRefused) {
  const std::vector<Migration> before = {{1, "a", "CREATE TABLE a ()", "DROP TABLE a"}};
  ASSERT_TRUE(migrate_up(url_, before));
  auto after = before;
  after[0].up = "CREATE TABLE a (id integer)";
  EXPECT_EQ(migrate_up(url_, after).error().fault, Fault::invalid);
  const std::vector<Migration> broken = {before[0], {2, "b", "CREATE TABLE b (); SELECT 1/0", ""}};
  EXPECT_FALSE(migrate_up(url_, broken));
  EXPECT_FALSE(migration_status(url_, broken).value()[1].applied);
}

// M-214.
TEST_F(Database, ProvisionMakesRoleAndDatabaseOnce) {
  const auto& admin = testkit::server_addresses()->database_url;
  const auto at = admin.find('@');
  const auto slash = admin.find('/', at);
  const auto name = url_.substr(url_.rfind('/') + 1);
  const auto wanted =
      "postgres://u_" + name + ":secret'\"x@" + admin.substr(at + 1, slash - at) + "d_" + name;
  ASSERT_TRUE(provision(admin, wanted));
  ASSERT_TRUE(provision(admin, wanted));
  EXPECT_TRUE(migrate_up(wanted, built_in_migrations()));
  pqxx::connection connection(wanted);
  pqxx::nontransaction tx(connection);
  EXPECT_TRUE(
      tx.exec1("SELECT has_table_privilege('monitron_reader', 'monitron_v1.samples', 'SELECT')")[0]
          .as<bool>());
}

// S9: limited callers are refused where their role is missing, and it is said what makes it.
TEST_F(Database, WithoutItsRoleNobodyIsLimitedByWordAlone) {
  const auto& admin = testkit::server_addresses()->database_url;
  const auto at = admin.find('@');
  const auto name = url_.substr(url_.rfind('/') + 1);
  const auto wanted = "postgres://l_" + name + ":secret@" +
                      admin.substr(at + 1, admin.find('/', at) - at) + "l_" + name;
  ASSERT_TRUE(provision(admin, wanted));
  const auto as_admin = [&](const std::string& sql) {
    pqxx::connection connection(admin);
    pqxx::nontransaction(connection).exec(sql);
  };
  as_admin("DROP ROLE l_" + name + "_scoped");
  ASSERT_TRUE(migrate_up(wanted, built_in_migrations()));
  Pool pool({.url = wanted, .application_name = "db_test"});
  const auto seen = [&] {
    return pool.transact(
        [](pqxx::work& tx) { return tx.exec1("SELECT count(*) FROM instances")[0].as<int>(); });
  };
  const auto limited = [&] {
    const Limited held(R"([{"env": "prod"}])");
    return seen();
  };
  const auto problem = pool.transact(can_limit);
  ASSERT_FALSE(problem);
  const auto& text = problem.error().text;
  const auto from = text.find("CREATE ROLE");
  ASSERT_NE(from, std::string::npos) << text;
  EXPECT_EQ(limited().error().fault, Fault::unavailable);
  EXPECT_EQ(seen().value_or(-1), 0);
  as_admin(text.substr(from, text.find(';') - from));
  const auto not_granted = pool.transact(can_limit);
  ASSERT_FALSE(not_granted);
  EXPECT_EQ(not_granted.error().text.find("CREATE ROLE"), std::string::npos);
  as_admin(text.substr(text.find("GRANT"), text.rfind(';') - text.find("GRANT")));
  EXPECT_TRUE(pool.transact(can_limit));
  ASSERT_TRUE(migrate_up(wanted, built_in_migrations()));
  EXPECT_EQ(limited().value_or(-1), 0);
}

// M-180: it is said at once, and nothing is left behind.
TEST(Server, ThatIsTooOldIsRefusedByItsVersion) {
  EXPECT_TRUE(check_server(150'000));
  EXPECT_TRUE(check_server(170'010));
  const auto refused = check_server(140'023);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::invalid);
  EXPECT_EQ(refused.error().text, "PostgreSQL 15 or newer is needed: this one is version 14");
}

// S9: an owner who may make roles takes the one that it made. From PostgreSQL 16 on, that has to be
// granted.
TEST_F(Database, AnOwnerWhoMayMakeRolesLimitsByItself) {
  const auto& admin = testkit::server_addresses()->database_url;
  const auto at = admin.find('@');
  const auto owner = "o_" + url_.substr(url_.rfind('/') + 1);
  const auto wanted =
      "postgres://" + owner + ":secret@" + admin.substr(at + 1, admin.find('/', at) - at) + owner;
  {
    pqxx::connection connection(admin);
    pqxx::nontransaction tx(connection);
    tx.exec("CREATE ROLE " + owner + " LOGIN CREATEROLE PASSWORD 'secret'");
    tx.exec("CREATE DATABASE " + owner + " OWNER " + owner);
    tx.exec("DO $$ BEGIN CREATE ROLE monitron_reader; EXCEPTION WHEN duplicate_object THEN END $$");
  }
  ASSERT_TRUE(migrate_up(wanted, built_in_migrations()));
  Pool pool({.url = wanted, .application_name = "db_test"});
  const auto able = pool.transact(can_limit);
  EXPECT_TRUE(able) << able.error().text;
  const Limited held(R"([{"env": "prod"}])");
  const auto seen = pool.transact(
      [](pqxx::work& tx) { return tx.exec1("SELECT count(*) FROM instances")[0].as<int>(); });
  EXPECT_EQ(seen.value_or(-1), 0);
}

}  // namespace
}  // namespace monitron::db
