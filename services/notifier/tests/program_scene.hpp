#pragma once
// The built program with a real broker, database, Alertmanager and mail server.

#include "alertmanager/client.hpp"
#include "contracts/check_results.hpp"
#include "contracts/telemetry.hpp"
#include "contracts/topology.hpp"
#include "db/migrations.hpp"
#include "db/pool.hpp"
#include "mq/publisher.hpp"
#include "store/checks.hpp"
#include "testkit/alertmanager_server.hpp"
#include "testkit/database.hpp"
#include "testkit/eventually.hpp"
#include "testkit/mail_sink.hpp"
#include "testkit/private_broker.hpp"
#include "testkit/program.hpp"
#include "testkit/servers.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace monitron::notifier {

using namespace std::chrono_literals;
using domain::CheckStatus;
using testkit::eventually;
using testkit::header_of;

constexpr auto kPatience = 60s;
constexpr const char* kSecret = "tell-nobody";
constexpr const char* kEncryptionKey = "fedcba9876543210fedcba9876543210";

// Queues are named alike in every suite: this one must have a broker of its own.
struct Surroundings {
  testkit::PrivateBroker broker;
  testkit::AlertmanagerServer alertmanager;
  testkit::MailSink mail;
};

class NotifierProgram : public testing::Test {
 protected:
  static void TearDownTestSuite() { around.reset(); }
  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    if (!around) around = std::make_unique<Surroundings>();
    around->broker.empty_queues();
    const auto broker = mq::parse_endpoint(around->broker.url());
    ASSERT_TRUE(broker);
    publisher_.emplace(mq::PublisherConfig{
        .endpoint = *broker, .topology = contracts::durable_topology(), .name = "notifier test"});
    const auto tag = Uuid::make().str();
    name_ = "shop " + tag.substr(24);
    log_ = std::filesystem::temp_directory_path() / ("notifier." + tag + ".log");
    check_.id = CheckId::make();
    check_.name = name_;
    check_.target = "http://shop.example/";
    check_.failures_before_down = check_.successes_before_up = 1;
    use(testkit::fresh_database());
  }
  // The database that the program and the test look at from now on, made ready.
  void use(const std::string& url) {
    url_ = url;
    ASSERT_TRUE(db::migrate_up(url_, db::built_in_migrations()));
    pool_.emplace(db::Config{.url = url_, .application_name = "notifier test"});
    store::Check row;
    row.id = check_.id.value;
    row.name = name_;
    row.kind = "http";
    row.target = check_.target;
    row.labels = {{"team", "web"}};
    row.failures_before_down = row.successes_before_up = 1;
    ASSERT_TRUE(pool_->transact([&](pqxx::work& tx) { store::insert_check(tx, row); }));
  }
  // Nothing that opens a door is ever logged.
  void TearDown() override {
    const auto log = testkit::read_file(log_);
    const auto password = url_.find(':', url_.find("//")) + 1;
    for (const auto& secret :
         {std::string(kSecret), url_.substr(password, url_.find('@') - password)}) {
      EXPECT_EQ(log.find(secret), std::string::npos);
    }
    if (!HasFailure()) std::filesystem::remove(log_);
  }

  // The older path, and a peer that is away.
  virtual std::string alertmanagers() const {
    return std::string("http://us:") + kSecret + "@127.0.0.1:9/api/v2/alerts," +
           around->alertmanager.url() + "/api/v1/alerts";
  }
  std::unique_ptr<testkit::Program> start(const std::string& resend_seconds = "60") {
    return std::make_unique<testkit::Program>(
        "monitron-notifier", std::vector<std::string>{}, log_,
        std::vector<std::string>{
            "DATABASE_URL=" + url_, "RABBITMQ_URL=" + around->broker.url(),
            "ALERTMANAGER_URL=" + alertmanagers(),
            "MONITRON_NOTIFIER_RESEND_SECONDS=" + resend_seconds, "EMAIL_HOST=127.0.0.1",
            "EMAIL_PORT=" + std::to_string(around->mail.port()),
            std::string("EMAIL_PASSWORD=") + kSecret, "EMAIL_FROM=Monitron <no-reply@example.com>",
            "MONITRON_EMAIL_TLS=none", "MONITRON_NOTIFIER_EMAIL_TO=ops@example.com",
            std::string("ENCRYPTION_KEY=") + kEncryptionKey,
            "MONITRON_WEBHOOK_ALLOW_NETWORKS=127.0.0.1/32",
            "MONITRON_NOTIFIER_PROBES_ADDRESS=127.0.0.1:0",
            "MONITRON_NOTIFIER_RESOLVES_WITHIN_SECONDS=10"});
  }
  void publish_result(CheckStatus status, const std::string& reason) {
    contracts::CheckResults results;
    const auto now = system_clock().now();
    domain::ProbeOutcome outcome;
    outcome.status = status;
    outcome.reason = reason;
    results.results.push_back(domain::make_result(check_, "default", now, now, outcome));
    EXPECT_TRUE(publisher_->publish_and_wait(
        contracts::to_message(results, contracts::check_key(SourceId{check_.id.value}))));
  }
  void publish_load(const Uuid& instance, double value) {
    contracts::Envelope envelope;
    contracts::Batch batch;
    batch.id.source = SourceId{instance};
    contracts::Block block;
    block.dictionary = contracts::pack_dictionary({{"node_load1", {}}});
    block.series_count = 1;
    block.frames.push_back({to_ms(system_clock().now()), {value}});
    batch.blocks.push_back(block);
    envelope.batches.push_back(batch);
    contracts::Message message;
    message.exchange = contracts::kTelemetryExchange;
    message.routing_key = contracts::metric_key(batch.id.source);
    message.type = contracts::Envelope::contract.type;
    message.message_id = Uuid::make().str();
    message.content_type = "application/x-protobuf";
    message.body = contracts::encode(envelope);
    EXPECT_TRUE(publisher_->publish_and_wait(message));
  }
  // Results go on until `condition` is: as they do, and the program may still be starting.
  bool while_results(CheckStatus status, const std::function<bool()>& condition) {
    auto next = std::chrono::steady_clock::now();
    return eventually(kPatience, [&] {
      if (std::chrono::steady_clock::now() >= next) {
        publish_result(status, "status 500, expected 200-299");
        next = std::chrono::steady_clock::now() + 200ms;
      }
      return condition();
    });
  }
  // Of all incidents one is open.
  bool incident_opens() {
    return while_results(CheckStatus::down, [&] { return open() == "1"; });
  }
  bool incident_resolves() {
    return while_results(CheckStatus::up, [&] { return open() == "0"; });
  }
  // An hour of silence about the check, made there; its id.
  std::string silence(const std::string& peer) {
    const auto now = system_clock().now();
    const auto id = alertmanager::Client({.url = peer}, {})
                        .add_silence({.matchers = {{"check", name_, false, true}},
                                      .starts_at = now,
                                      .ends_at = now + 1h,
                                      .created_by = "ann",
                                      .comment = "new disks"});
    EXPECT_TRUE(id);
    return id.value_or("");
  }
  std::string open() { return count("incidents WHERE resolved_at IS NULL"); }
  std::vector<nlohmann::json> alerts() { return around->alertmanager.alerts("check", name_); }
  std::vector<nlohmann::json> letters(const std::string& state) {
    return around->mail.letters("[" + state + "] " + name_);
  }
  std::string one(const std::string& sql) {
    const auto rows = pool_->transact([&](pqxx::work& tx) { return tx.exec(sql); });
    if (!rows) return rows.error().text;
    return rows->empty() ? "" : (*rows)[0][0].c_str();
  }
  std::string count(const std::string& what) { return one("SELECT count(*) FROM " + what); }

  static inline std::unique_ptr<Surroundings> around;
  std::string url_, log_, name_;
  domain::CheckDefinition check_;
  std::optional<db::Pool> pool_;
  std::optional<mq::Publisher> publisher_;
};

}  // namespace monitron::notifier
