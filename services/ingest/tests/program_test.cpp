// The built ingest with a real broker and a real database: what it promises when they hang or die.

#include "testkit/program.hpp"

#include "auth/token.hpp"
#include "contracts/check_results.hpp"
#include "contracts/check_state_changed.hpp"
#include "contracts/topology.hpp"
#include "db/migrations.hpp"
#include "db/pool.hpp"
#include "http/client.hpp"
#include "mq/consumer.hpp"
#include "mq/publisher.hpp"
#include "store/instances.hpp"
#include "store/tokens.hpp"
#include "testkit/database.hpp"
#include "testkit/eventually.hpp"
#include "testkit/private_broker.hpp"
#include "testkit/servers.hpp"
#include "testkit/tool_server.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <map>
#include <mutex>
#include <pqxx/pqxx>
#include <set>
#include <thread>

namespace monitron::ingest {
namespace {

using namespace std::chrono_literals;
using testkit::eventually;
using SteadyClock = std::chrono::steady_clock;

const std::string kJwtSecret = "0123456789abcdef0123456789abcdef";

// What the senders of a test have seen.
class Log {
 public:
  void note(int status, SteadyClock::duration took, int value) {
    const std::lock_guard lock(mutex_);
    ++statuses_[status];
    slowest_ = std::max(slowest_, took);
    if (status == 202) accepted_.insert(value);
  }
  int count(int status) const {
    const std::lock_guard lock(mutex_);
    const auto found = statuses_.find(status);
    return found == statuses_.end() ? 0 : found->second;
  }
  SteadyClock::duration slowest() const {
    const std::lock_guard lock(mutex_);
    return slowest_;
  }
  std::set<int> accepted() const {
    const std::lock_guard lock(mutex_);
    return accepted_;
  }
  // Statuses other than these.
  int others(const std::set<int>& expected) const {
    const std::lock_guard lock(mutex_);
    int count = 0;
    for (const auto& [status, times] : statuses_) count += expected.contains(status) ? 0 : times;
    return count;
  }

 private:
  mutable std::mutex mutex_;
  std::map<int, int> statuses_;
  SteadyClock::duration slowest_{};
  std::set<int> accepted_;
};

class IngestProgram : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (testkit::server_addresses()) broker_ = std::make_unique<testkit::PrivateBroker>();
  }
  static void TearDownTestSuite() { broker_.reset(); }

  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    database_url_ = testkit::fresh_database();
    ASSERT_TRUE(db::migrate_up(database_url_, db::built_in_migrations()));
    database_.emplace(db::Config{.url = database_url_, .application_name = "test"});
    ASSERT_TRUE(database_->transact([&](pqxx::work& tx) {
      store::Instance instance;
      instance.id = server_;
      instance.name = instance.hostname = "watched";
      store::insert_instance(tx, instance);
      store::insert_api_token(tx, {.id = Uuid::make(),
                                   .name = "script",
                                   .hash = token_.hash,
                                   .prefix = token_.prefix,
                                   .scopes = {"ingest"}});
    }));
  }
  void TearDown() override {
    const auto log = testkit::read_file(log_);
    for (const auto& secret : {token_.text, kJwtSecret, database_url_, broker_->url()}) {
      EXPECT_EQ(log.find(secret), std::string::npos) << "a secret is in the log";
    }
    if (HasFailure())
      std::fputs(log.substr(log.size() - std::min(log.size(), 8000ul)).c_str(), stderr);
    std::remove(log_.c_str());
  }

  std::unique_ptr<testkit::Program> start(const std::string& roles,
                                          const std::string& max_age = "7d") {
    auto program = std::make_unique<testkit::Program>(
        "monitron-ingest", std::vector<std::string>{}, log_,
        std::vector<std::string>{
            "DATABASE_URL=" + database_url_, "RABBITMQ_URL=" + broker_->url(),
            "JWT_SECRET=" + kJwtSecret, "ENCRYPTION_KEY=" + kJwtSecret,
            "MONITRON_INGEST_ROLES=" + roles, "MONITRON_INGEST_MAX_AGE=" + max_age,
            "MONITRON_INGEST_ADDRESS=127.0.0.1:" + std::to_string(port_),
            "MONITRON_INGEST_PROBES_ADDRESS=127.0.0.1:" + std::to_string(port_ + 1)});
    EXPECT_TRUE(eventually(30s, [&] {
      const auto ready = http::fetch({.url = at(port_ + 1) + "/readyz"});
      return ready && ready->status == 200;
    }));
    return program;
  }

  static std::string at(int port) { return "http://127.0.0.1:" + std::to_string(port); }

  http::Response push(int value, const Uuid& server) const {
    http::ClientRequest request{.method = http::Method::post, .url = at(port_) + "/api/v1/ingest"};
    request.headers = {{"Content-Type", "application/json"},
                       {"Authorization", "Bearer " + token_.text}};
    request.body = R"({"server_id":")" + server.str() +
                   R"(","metrics":[{"metric_type":"cpu","metric_name":"n","value":)" +
                   std::to_string(value) + "}]}";
    auto answer = http::fetch(request);
    return answer.value_or(http::Response{.status = 0});
  }

  int import(const std::string& lines, const std::string& key) const {
    http::ClientRequest request{.method = http::Method::post,
                                .url = at(port_) + "/api/v1/import/prometheus"};
    request.headers = {{"Authorization", "Bearer " + token_.text}, {"Idempotency-Key", key}};
    request.body = lines;
    const auto answer = http::fetch(request);
    return answer ? answer->status : 0;
  }

  // Sends one number after the other until the test says stop.
  std::jthread sender(Log& log) {
    return std::jthread([this, &log](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        const int value = next_value_++;
        const auto started = SteadyClock::now();
        const auto answer = push(value, server_);
        log.note(answer.status, SteadyClock::now() - started, value);
      }
    });
  }

  // How often each number of this test is stored: the broker keeps those of others too.
  std::map<int, int> stored() {
    std::map<int, int> times;
    EXPECT_TRUE(database_->transact([&](pqxx::work& tx) {
      const auto rows = tx.exec_params(
          "SELECT \"values\"[1]::int FROM staging JOIN sources ON sources.id = source_id "
          "WHERE uuid = $1",
          server_.str());
      for (const auto& row : rows) ++times[row[0].as<int>()];
    }));
    return times;
  }

  static std::unique_ptr<testkit::PrivateBroker> broker_;
  const Uuid server_ = Uuid::make();
  const auth::NewToken token_ = auth::make_token(auth::TokenKind::api);
  const int port_ = testkit::free_ports(2);
  const std::string log_ = testing::TempDir() + "ingest-" + server_.str() + ".log";
  std::string database_url_;
  std::optional<db::Pool> database_;
  std::atomic<int> next_value_ = 0;
};

std::unique_ptr<testkit::PrivateBroker> IngestProgram::broker_;

// M-005: known senders go on, whatever holds the database up; others are told to come later.
TEST_F(IngestProgram, GoesOnWhileTheDatabaseHangs) {
  const auto program = start("door");
  ASSERT_EQ(push(1, server_).status, 202);
  pqxx::connection blocker(database_url_);
  pqxx::work lock(blocker);
  lock.exec("LOCK TABLE users, api_tokens, instances IN ACCESS EXCLUSIVE MODE");
  Log log;
  {
    std::vector<std::jthread> senders;
    for (int i = 0; i < 6; ++i) senders.push_back(sender(log));
    // Well after what is known of the token is to be asked again.
    const auto enough = SteadyClock::now() + 9s;
    ASSERT_TRUE(eventually(30s, [&] { return SteadyClock::now() > enough; }));
    const auto started = SteadyClock::now();
    EXPECT_EQ(push(1, Uuid::make()).status, 503);
    EXPECT_LT(SteadyClock::now() - started, 5s);
  }
  EXPECT_EQ(log.others({202}), 0);
  EXPECT_GT(log.count(202), 1000);
  EXPECT_LT(log.slowest(), 5s);
  lock.abort();
  EXPECT_TRUE(eventually(10s, [&] { return push(1, Uuid::make()).status == 404; }));
  EXPECT_EQ(program->terminate(), 0);
}

// Of any age that is accepted, once per key, of nobody, with the labels that they came with.
TEST_F(IngestProgram, HistoryIsImported) {
  const auto key = Uuid::make().str();
  const std::string lines =
      "orders_total{shop=\"north\"} 1 86400000\n"  // 1970-01-02
      "orders_total{shop=\"north\"} 2 1500000000000\n"
      "orders_total{shop=\"north\"} 3 1500000000000\n";
  {
    const auto program = start("door");
    EXPECT_EQ(import(lines, key), 400) << "older than a week";
    EXPECT_EQ(program->terminate(), 0);
  }
  const auto program = start("door,writer", "36500d");
  ASSERT_EQ(import(lines, key), 202);
  ASSERT_EQ(import(lines, key), 202);
  std::string found;
  EXPECT_TRUE(eventually(30s, [&] {
    return database_
        ->transact([&](pqxx::work& tx) {
          const auto rows = tx.exec(
              "SELECT name || labels::text || ' ' || string_agg(\"values\"[1] || '@' || "
              "extract(epoch FROM time)::bigint, ' ' ORDER BY time, row_id) FROM staging st "
              "JOIN layouts l ON l.id = layout_id JOIN series s ON s.id = series_ids[1] "
              "JOIN sources o ON o.id = s.source_id "
              "WHERE uuid = '00000000-0000-0000-0000-000000000000' GROUP BY name, labels");
          found = rows.empty() ? "" : rows[0][0].c_str();
          return tx.exec(
                       "SELECT FROM batch_ledger WHERE source = "
                       "'00000000-0000-0000-0000-000000000000'")
                         .size() == 1 &&
                 !found.empty();
        })
        .value_or(false);
  }));
  EXPECT_EQ(found, R"(orders_total{"shop": "north"} 1@86400 2@1500000000 3@1500000000)");
  EXPECT_TRUE(database_->transact([&](pqxx::work& tx) {
    EXPECT_TRUE(tx.exec("SELECT FROM instance_activity WHERE source_id = "
                        "'00000000-0000-0000-0000-000000000000'")
                    .empty());
  }));
  EXPECT_EQ(program->terminate(), 0);
}

// R-019: an instance was last seen when its latest accepted samples came.
TEST_F(IngestProgram, AnInstanceIsSeenWithEachAcceptedBatch) {
  auto program = start("door,writer");
  const auto last_seen = [&] {
    return database_
        ->transact([&](pqxx::work& tx) -> std::string {
          const auto rows = tx.exec_params(
              "SELECT last_seen FROM instance_activity WHERE source_id = $1", server_.str());
          return rows.empty() ? "" : rows[0][0].c_str();
        })
        .value_or("");
  };
  EXPECT_EQ(last_seen(), "");
  std::string before;
  for (int value = 1; value <= 3; ++value) {
    ASSERT_EQ(push(value, server_).status, 202);
    EXPECT_TRUE(eventually(30s, [&] { return last_seen() > before; }));
    before = last_seen();
  }
  EXPECT_EQ(program->terminate(), 0);
}

// M-005, M-037, M-068: a broker that dies, a stop under load; each accepted number is stored once.
TEST_F(IngestProgram, WhatIsAcceptedIsStoredOnceWhateverDies) {
  auto program = start("door,writer");
  Log log;
  {
    std::vector<std::jthread> senders;
    for (int i = 0; i < 3; ++i) senders.push_back(sender(log));
    ASSERT_TRUE(eventually(30s, [&] { return log.count(202) > 300; }));
    broker_->kill();
    ASSERT_TRUE(eventually(30s, [&] { return log.count(503) > 3; }));
    EXPECT_LT(log.slowest(), 2500ms);
    const auto refusal = push(next_value_++, server_);
    EXPECT_EQ(refusal.status, 503);
    broker_->start();
    const auto before = log.count(202);
    ASSERT_TRUE(eventually(60s, [&] { return log.count(202) > before + 300; }));
    EXPECT_EQ(program->terminate(), 0);
  }
  EXPECT_EQ(log.others({202, 503, 0}), 0);
  program = start("writer");
  const auto accepted = log.accepted();
  EXPECT_TRUE(eventually(60s, [&] {
    const auto numbers = stored();
    return std::all_of(accepted.begin(), accepted.end(),
                       [&](int value) { return numbers.contains(value); });
  }));
  for (const auto& [value, times] : stored()) EXPECT_EQ(times, 1) << value;
}

// Changed states reach a queue of somebody's own, whatever dies between storing and telling.
TEST_F(IngestProgram, ChangedStatesAreToldWhateverDies) {
  const auto broker = *mq::parse_endpoint(broker_->url());
  auto topology = contracts::durable_topology();
  contracts::QueueSpec mine;
  mine.name = "mine";
  topology.queues.push_back(mine);
  topology.bindings.push_back({"mine", std::string(contracts::kEventsExchange), "check.state.#"});
  std::mutex mutex;
  std::set<std::string> told;
  const mq::Consumer consumer(
      {.endpoint = broker, .topology = topology, .queue = "mine", .name = "test"},
      [&](const mq::Delivery& delivery) {
        const std::lock_guard lock(mutex);
        told.insert(delivery.message.message_id);
        return Result<void>{};
      });
  ASSERT_TRUE(eventually(30s, [&] { return consumer.connected(); }));
  mq::Publisher publisher({.endpoint = broker, .topology = topology, .name = "test"});
  domain::CheckDefinition check;
  check.id = CheckId::make();
  check.failures_before_down = check.successes_before_up = 1;
  std::set<std::string> expected;
  const auto begin = system_clock().now();
  for (int i = 0; i < 5; ++i) {
    auto program = start("writer");
    domain::ProbeOutcome outcome;
    outcome.status = i % 2 == 0 ? domain::CheckStatus::down : domain::CheckStatus::up;
    const auto at = begin + std::chrono::seconds(i);
    contracts::CheckResults results;
    results.worker = "w";
    results.results = {domain::make_result(check, "default", at, at, outcome)};
    expected.insert(contracts::id_of(contracts::state_changed(results.results[0], {}, {})));
    ASSERT_TRUE(publisher.publish_and_wait(
        contracts::to_message(results, contracts::check_key(SourceId{check.id.value}))));
    ASSERT_TRUE(eventually(30s, [&] {
      const auto rows = database_->transact(
          [](pqxx::work& tx) { return tx.exec("SELECT count(*) FROM check_events"); });
      return rows && (*rows)[0][0].as<int>() == i + 1;
    }));
    program->kill_hard();
  }
  const auto last = start("writer");
  EXPECT_TRUE(eventually(30s, [&] {
    const std::lock_guard lock(mutex);
    return told == expected;
  }));
}

}  // namespace
}  // namespace monitron::ingest
