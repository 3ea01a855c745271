// The built program with a real broker and database: what is asked for is made and mailed, on
// request and on schedule, once, whatever dies (M-015, M-032, M-065, M-147).

#include "testkit/program.hpp"

#include "contracts/email_requested.hpp"
#include "contracts/report_requested.hpp"
#include "contracts/topology.hpp"
#include "db/migrations.hpp"
#include "db/pool.hpp"
#include "mq/consumer.hpp"
#include "mq/publisher.hpp"
#include "testkit/database.hpp"
#include "testkit/eventually.hpp"
#include "testkit/servers.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <mutex>
#include <pqxx/pqxx>

namespace monitron::report {
namespace {

using namespace std::chrono_literals;
using testkit::eventually;

constexpr auto kPatience = 60s;

// What lies in jobs.email.low.
class Letters {
 public:
  explicit Letters(const mq::Endpoint& broker)
      : consumer_({.endpoint = broker,
                   .topology = contracts::durable_topology(),
                   .queue = "jobs.email.low",
                   .name = "report test"},
                  [this](const mq::Delivery& delivery) -> Result<void> {
                    const auto letter = contracts::decode_email_requested(delivery.message.body);
                    if (!letter) return fail(letter.error());
                    const std::lock_guard lock(mutex_);
                    seen_.push_back(*letter);
                    return {};
                  }) {}
  std::vector<contracts::EmailRequested> of(const std::string& run) {
    const std::lock_guard lock(mutex_);
    std::vector<contracts::EmailRequested> own;
    for (const auto& letter : seen_) {
      if (letter.delivery_key.starts_with("report." + run + ".")) own.push_back(letter);
    }
    return own;
  }

 private:
  std::mutex mutex_;
  std::vector<contracts::EmailRequested> seen_;
  mq::Consumer consumer_;
};

class ReportProgram : public testing::Test {
 protected:
  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    url_ = testkit::fresh_database();
    ASSERT_TRUE(db::migrate_up(url_, db::built_in_migrations()));
    pool_.emplace(db::Config{.url = url_, .application_name = "report test"});
    const auto broker = mq::parse_endpoint(testkit::server_addresses()->rabbitmq_url);
    ASSERT_TRUE(broker);
    broker_ = *broker;
    letters_.emplace(broker_);
    publisher_.emplace(mq::PublisherConfig{
        .endpoint = broker_, .topology = contracts::durable_topology(), .name = "report test"});
    log_ = std::filesystem::temp_directory_path() / ("report." + Uuid::make().str() + ".log");
  }
  void TearDown() override {
    if (!HasFailure()) std::filesystem::remove(log_);
  }
  std::unique_ptr<testkit::Program> start() {
    return std::make_unique<testkit::Program>(
        "monitron-report", std::vector<std::string>{}, log_,
        std::vector<std::string>{"DATABASE_URL=" + url_,
                                 "RABBITMQ_URL=" + testkit::server_addresses()->rabbitmq_url,
                                 "MONITRON_REPORT_PROBES_ADDRESS=127.0.0.1:0"});
  }
  std::string one(const std::string& sql) {
    const auto rows = pool_->transact([&](pqxx::work& tx) { return tx.exec(sql); });
    if (!rows) return rows.error().text;
    return rows->empty() ? "" : (*rows)[0][0].c_str();
  }
  contracts::ReportRequested ask(const std::string& time_zone = "UTC") {
    contracts::ReportRequested report;
    report.report_id = ReportId::make();
    report.from = *parse_rfc3339("2026-11-20T00:00:00Z");
    report.to = *parse_rfc3339("2026-11-21T00:00:00Z");
    report.time_zone = time_zone;
    report.recipients = {"a@example.com", "b@example.com", "a@example.com"};
    EXPECT_TRUE(publisher_->publish_and_wait(contracts::to_message(report)));
    return report;
  }
  bool becomes(const ReportId& run, const std::string& state) {
    return eventually(kPatience, [&] {
      return one("SELECT state FROM report_runs WHERE id = '" + run.str() + "'") == state;
    });
  }

  std::string url_, log_;
  mq::Endpoint broker_;
  std::optional<db::Pool> pool_;
  std::optional<Letters> letters_;
  std::optional<mq::Publisher> publisher_;
};

TEST_F(ReportProgram, MakesWhatIsAskedForAndTellsEachRecipientOnce) {
  auto program = start();
  const auto report = ask();
  ASSERT_TRUE(becomes(report.report_id, "done"));
  EXPECT_EQ(one("SELECT content_type FROM report_files"), "application/pdf");
  ASSERT_TRUE(
      eventually(kPatience, [&] { return letters_->of(report.report_id.str()).size() >= 2; }));
  const auto letters = letters_->of(report.report_id.str());
  EXPECT_EQ(letters.size(), 2U);
  EXPECT_EQ(letters.front().attachments.at(0).file_id, report.report_id.value);
  EXPECT_EQ(program->terminate(), 0);
}

TEST_F(ReportProgram, WhatCannotBeMadeIsFailedWithTheReason) {
  auto program = start();
  const auto report = ask("Mars/Olympus");
  ASSERT_TRUE(becomes(report.report_id, "failed"));
  EXPECT_EQ(one("SELECT error FROM report_runs"), "is no time zone: Mars/Olympus");
  EXPECT_TRUE(letters_->of(report.report_id.str()).empty());
}

TEST_F(ReportProgram, KilledInTheMiddleItMakesTheReportOnceAfterItsRestart) {
  auto program = start();
  contracts::ReportRequested report;
  const auto held = pool_->transact([&](pqxx::work& tx) {
    tx.exec("LOCK TABLE report_files IN ACCESS EXCLUSIVE MODE");
    report = ask();
    const bool in_the_middle = eventually(kPatience, [&] {
      return one("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                 "application_name = 'monitron-report' AND datname = current_database()") == "1";
    });
    EXPECT_TRUE(in_the_middle);
    EXPECT_EQ(one("SELECT state FROM report_runs"), "running");
    program->kill_hard();
  });
  ASSERT_TRUE(held);
  program = start();
  ASSERT_TRUE(becomes(report.report_id, "done"));
  ASSERT_TRUE(
      eventually(kPatience, [&] { return letters_->of(report.report_id.str()).size() >= 2; }));
  EXPECT_EQ(program->terminate(), 0);
  EXPECT_EQ(one("SELECT count(*) FROM report_files"), "1");
  EXPECT_EQ(one("SELECT count(*) FROM report_outbox"), "2");
  EXPECT_EQ(letters_->of(report.report_id.str()).size(), 2U);
}

// Missed while nothing ran: the latest is made up for, once, by however many programs.
TEST_F(ReportProgram, AScheduleEndsInOneLetterOfAllPrograms) {
  one("INSERT INTO report_schedules (id, name, kind, format, cadence, at, time_zone, recipients, "
      "created_at, updated_at) SELECT '" +
      Uuid::make().str() +
      "', 'daily', 'availability', 'csv', 'daily', '04:30', 'Asia/Kathmandu', "
      "'[\"a@example.com\"]', now() - interval '5 days', now() - interval '5 days'");
  auto first = start(), second = start();
  ASSERT_TRUE(
      eventually(kPatience, [&] { return one("SELECT state FROM report_runs") == "done"; }));
  const auto run = one("SELECT id FROM report_runs");
  ASSERT_TRUE(eventually(kPatience, [&] { return !letters_->of(run).empty(); }));
  EXPECT_EQ(first->terminate(), 0);
  EXPECT_EQ(second->terminate(), 0);
  EXPECT_EQ(one("SELECT count(*) FROM report_runs"), "1");
  EXPECT_EQ(letters_->of(run).size(), 1U);
  EXPECT_EQ(one("SELECT extract(epoch FROM to_time - from_time)::int FROM report_runs"), "86400");
}

}  // namespace
}  // namespace monitron::report
