#pragma once
// The built checker with a broker, a database and targets of a test's own.

#include "contracts/check_results.hpp"
#include "contracts/check_slice.hpp"
#include "contracts/check_wanted.hpp"
#include "contracts/topology.hpp"
#include "db/migrations.hpp"
#include "db/pool.hpp"
#include "mq/consumer.hpp"
#include "mq/publisher.hpp"
#include "probe/tests/target.hpp"
#include "store/checks.hpp"
#include "testkit/database.hpp"
#include "testkit/eventually.hpp"
#include "testkit/private_broker.hpp"
#include "testkit/program.hpp"
#include "testkit/servers.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <pqxx/pqxx>
#include <set>
#include <unistd.h>

namespace monitron::checker {

using namespace std::chrono_literals;
using domain::CheckKind;
using domain::CheckResult;
using domain::CheckStatus;
using testkit::eventually;

inline constexpr auto kPatience = 60s;
inline const std::string kPage =
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";

// What any reader of mon.telemetry sees of the checks of one location.
class Results {
 public:
  Results(const std::string& broker, std::string location)
      : location_(std::move(location)),
        consumer_(tap(broker), [this](const auto& got) { return take(got.message); }) {}

  bool connected() const { return consumer_.connected(); }
  std::vector<CheckResult> of(const Uuid& check) const {
    const std::lock_guard lock(mutex_);
    std::vector<CheckResult> found;
    for (const auto& result : results_) {
      if (result.check_id.value == check) found.push_back(result);
    }
    return found;
  }
  std::set<Instant> slots(const Uuid& check) const {
    std::set<Instant> slots;
    for (const auto& result : of(check)) slots.insert(result.slot);
    return slots;
  }
  std::optional<CheckResult> last(const Uuid& check) const {
    const auto all = of(check);
    return all.empty() ? std::nullopt : std::optional(all.back());
  }
  std::optional<CheckResult> at(const Uuid& check, Instant slot) const {
    for (const auto& result : of(check)) {
      if (result.slot == slot) return result;
    }
    return std::nullopt;
  }
  bool ever(const Uuid& check, CheckStatus status) const {
    const auto all = of(check);
    return std::any_of(all.begin(), all.end(),
                       [&](const auto& result) { return result.outcome.status == status; });
  }
  std::vector<domain::MissedSlots> missed_of(const Uuid& check) const {
    auto found = missed();
    std::erase_if(found, [&](const auto& slots) { return slots.check_id != CheckId{check}; });
    return found;
  }
  std::vector<domain::MissedSlots> missed() const {
    const std::lock_guard lock(mutex_);
    return missed_;
  }
  // What checkers measure of themselves: the latest of each report, series of this location.
  double measured(const std::string& name, const std::string& label = "",
                  const std::string& value = "") const {
    const std::lock_guard lock(mutex_);
    const auto found = measured_.find({name, label, value});
    return found == measured_.end() ? -1 : found->second;
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return results_.size();
  }

 private:
  static mq::ConsumerConfig tap(const std::string& broker) {
    mq::ConsumerConfig config;
    config.endpoint = *mq::parse_endpoint(broker);
    config.queue = "results." + Uuid::make().str();
    config.topology = contracts::tap_topology(
        config.queue, {{config.queue, std::string(contracts::kTelemetryExchange), "check.*"}});
    config.name = "results";
    config.no_ack = true;
    return config;
  }
  Result<void> take(const contracts::Message& message) {
    const auto results = contracts::decode_check_results(message.body);
    if (!results) return fail(results.error());
    const std::lock_guard lock(mutex_);
    for (const auto& result : results->results) {
      if (result.location == location_) results_.push_back(result);
    }
    for (const auto& missed : results->missed) {
      if (missed.location == location_) missed_.push_back(missed);
    }
    for (const auto& report : results->reports) take(report.blocks.at(0));
    return {};
  }
  void take(const contracts::Block& block) {
    const auto all = contracts::unpack_dictionary(block.dictionary);
    ASSERT_TRUE(all);
    for (std::size_t i = 0; i < all->size(); ++i) {
      const auto& series = all->at(i);
      const std::pair<std::string, std::string> here{"location", location_};
      if (std::count(series.labels.begin(), series.labels.end(), here) == 0) continue;
      const double value = block.frames.back().values.at(i);
      measured_[{series.name, "", ""}] = value;
      for (const auto& [name, text] : series.labels) measured_[{series.name, name, text}] = value;
    }
  }

  const std::string location_;
  mutable std::mutex mutex_;
  std::vector<CheckResult> results_;
  std::vector<domain::MissedSlots> missed_;
  std::map<std::tuple<std::string, std::string, std::string>, double> measured_;
  mq::Consumer consumer_;
};

class CheckerProgram : public testing::Test {
 protected:
  explicit CheckerProgram(std::string location = "test-" + Uuid::make().str().substr(24))
      : location_(std::move(location)) {}

  static void SetUpTestSuite() {
    if (testkit::server_addresses()) broker_ = std::make_unique<testkit::PrivateBroker>();
  }
  static void TearDownTestSuite() { broker_.reset(); }

  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    database_url_ = testkit::fresh_database();
    ASSERT_TRUE(db::migrate_up(database_url_, db::built_in_migrations()));
    database_.emplace(db::Config{.url = database_url_, .application_name = "checker_program_test"});
    results_ = std::make_unique<Results>(broker_->url(), location_);
    ASSERT_TRUE(eventually(kPatience, [&] { return results_->connected(); }));
  }
  void TearDown() override {
    if (HasFailure()) std::fputs(testkit::read_file(log_).c_str(), stderr);
    std::remove(log_.c_str());
  }

  std::unique_ptr<testkit::Program> checker(const std::string& roles,
                                            const std::vector<std::string>& more = {},
                                            const std::vector<std::string>& options = {}) const {
    std::vector<std::string> settings{"DATABASE_URL=" + database_url_,
                                      "RABBITMQ_URL=" + broker_->url(),
                                      "LOG_LEVEL=info",
                                      "ENCRYPTION_KEY=fedcba9876543210fedcba9876543210",
                                      "MONITRON_CHECKER_LOCATION=" + location_,
                                      "MONITRON_CHECKER_ROLES=" + roles,
                                      "MONITRON_CHECKER_PROBES_ADDRESS=127.0.0.1:0"};
    settings.insert(settings.end(), more.begin(), more.end());
    return std::make_unique<testkit::Program>("monitron-checker", options, log_, settings);
  }

  // As the API stores it.
  Uuid enable(CheckKind kind, const std::string& target, int interval_seconds = 1,
              const std::string& settings = "{}") {
    store::Check check;
    check.id = Uuid::make();
    check.name = "check of a test";
    check.kind = domain::to_string(kind);
    check.target = target;
    check.interval_seconds = interval_seconds;
    check.timeout_seconds = std::min(5, interval_seconds);
    check.locations = {location_};
    check.settings = settings;
    EXPECT_TRUE(
        database_->transact([&](pqxx::work& tx) { return store::insert_check(tx, check); }));
    return check.id;
  }

  contracts::CheckSlice slice_now(CheckKind kind, const std::string& target) const {
    domain::CheckDefinition check;
    check.id = CheckId::make();
    check.settings = domain::default_settings(kind);
    check.type = domain::to_string(kind);
    check.target = target;
    check.timeout = 5s;
    check.locations = {location_};
    const Instant now = system_clock().now();
    return {location_, now, 0, 1, {{now, check, domain::CheckStatus::unknown}}};
  }

  Result<void> publish(contracts::Message message) const {
    mq::Publisher publisher({.endpoint = *mq::parse_endpoint(broker_->url()),
                             .topology = contracts::durable_topology({location_}),
                             .name = "test",
                             .deadline = 10s});
    return publisher.publish_and_wait(std::move(message));
  }

  // Returns when it is committed.
  Instant change(const std::string& sql) {
    const auto done = database_->transact([&](pqxx::work& tx) { tx.exec(sql); });
    EXPECT_TRUE(done) << done.error().text;
    return system_clock().now();
  }

  std::string one_text(const std::string& sql) {
    return database_
        ->transact([&](pqxx::work& tx) {
          const auto rows = tx.exec(sql);
          return rows.empty() ? std::string() : rows[0][0].as<std::string>();
        })
        .value_or("");
  }

  static inline std::unique_ptr<testkit::PrivateBroker> broker_;
  const std::string location_;
  const std::string log_ = testing::TempDir() + "checker." + Uuid::make().str() + ".log";
  std::string database_url_;
  std::optional<db::Pool> database_;
  std::unique_ptr<Results> results_;
};

inline std::string url_of(const probe::Target& target) {
  return "http://127.0.0.1:" + std::to_string(target.port()) + "/";
}

inline std::string address_of(const probe::Target& target) {
  return "127.0.0.1:" + std::to_string(target.port());
}

// Says nothing until the other side is gone.
inline void hold(int fd) {
  char byte = 0;
  while (read(fd, &byte, 1) < 0 && errno == EAGAIN) {
  }
}

}  // namespace monitron::checker
