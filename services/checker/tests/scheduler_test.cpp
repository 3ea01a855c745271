// The scheduler with a real database.

#include "checker/scheduler.hpp"

#include "db/migrations.hpp"
#include "store/checks.hpp"
#include "testkit/database.hpp"
#include "testkit/eventually.hpp"
#include "testkit/servers.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>
#include <sstream>

namespace monitron::checker {
namespace {

using namespace std::chrono_literals;
using testkit::eventually;

double value_of(const service::Metrics& metrics, const std::string& name) {
  std::istringstream text(metrics.text());
  for (std::string line; std::getline(text, line);) {
    if (line.rfind(name + " ", 0) == 0) return std::stod(line.substr(name.size() + 1));
  }
  return -1;
}

// A service ends in this order too. Under the address sanitizer it shows what a completion touches.
TEST(Scheduler, SlicesThatNobodyConfirmedAreCountedAfterItsEnd) {
  MONITRON_REQUIRE_SERVERS();
  const auto url = testkit::fresh_database();
  ASSERT_TRUE(db::migrate_up(url, db::built_in_migrations()));
  db::Pool database({.url = url, .application_name = "scheduler_test"});
  ASSERT_TRUE(database.transact([](pqxx::work& tx) {
    store::Check check;
    check.id = Uuid::make();
    check.name = "each second";
    check.kind = "tcp";
    check.target = "127.0.0.1:1";
    check.interval_seconds = check.timeout_seconds = 1;
    return store::insert_check(tx, check);
  }));
  service::Metrics metrics;
  {
    // Nobody listens there: its end waits until the last slice may be given up.
    const auto nobody = *mq::parse_endpoint("amqp://guest:guest@127.0.0.1:1/");
    mq::Publisher broker({.endpoint = nobody, .topology = {}, .name = "scheduler_test"});
    const auto scheduler = std::make_unique<Scheduler>(
        Scheduler::Config{url, nobody, "default", "test"}, database, broker, metrics);
    ASSERT_TRUE(eventually(
        30s, [&] { return value_of(metrics, "monitron_checker_slices_sent_total") >= 1; }));
  }
  EXPECT_EQ(value_of(metrics, "monitron_checker_slices_unsent_total"),
            value_of(metrics, "monitron_checker_slices_sent_total"));
}

}  // namespace
}  // namespace monitron::checker
