// Against the real servers: what becomes of an outbox.

#include "relay/relay.hpp"

#include "base/ids.hpp"
#include "db/migrations.hpp"
#include "testkit/database.hpp"
#include "testkit/servers.hpp"

#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace monitron::relay {
namespace {

constexpr auto kOutbox = store::kApiOutbox;

class Outbox : public ::testing::Test {
 protected:
  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    url_ = testkit::fresh_database();
    ASSERT_TRUE(db::migrate_up(url_, db::built_in_migrations()));
    database_.emplace(db::Config{.url = url_, .application_name = "relay_test"});
    mq::PublisherConfig config;
    config.endpoint = *mq::parse_endpoint(testkit::server_addresses()->rabbitmq_url);
    contracts::QueueSpec queue;
    queue.name = name_;
    config.topology = {{{name_, "direct"}}, {queue}, {{name_, name_, "key"}}};
    config.deadline = std::chrono::seconds(20);
    publisher_.emplace(config);
  }

  void remember(const std::string& type, const std::string& key = "key") {
    contracts::Message message;
    message.exchange = name_;
    message.routing_key = key;
    message.type = type;
    message.message_id = Uuid::make().str();
    message.body = "{}";
    ASSERT_TRUE(
        database_->transact([&](pqxx::work& tx) { kOutbox.append(tx, message); }).has_value());
  }

  std::vector<std::string> waiting() {
    return *database_->transact([&](pqxx::work& tx) {
      std::vector<std::string> types;
      for (const auto& one : kOutbox.waiting(tx, 100)) types.push_back(one.message.type);
      return types;
    });
  }

  const std::string name_ = "relay." + Uuid::make().str();
  std::string url_;
  std::optional<db::Pool> database_;
  std::optional<mq::Publisher> publisher_;
};

TEST_F(Outbox, IsEmptiedAndWhatCanNeverBeSentHoldsNothingUp) {
  remember("one");
  remember(std::string(300, 'x'));  // AMQP carries 255 bytes
  for (int i = 0; i < 30; ++i) remember("more " + std::to_string(i));
  const auto sent = send_waiting(*database_, *publisher_, kOutbox);
  EXPECT_TRUE(sent) << sent.error().text;
  EXPECT_TRUE(waiting().empty());
  EXPECT_EQ(publisher_->stats().confirmed, 31u);
}

TEST_F(Outbox, KeepsWhatNoQueueTakesYet) {
  remember("one");
  remember("two", "no queue has this key");
  remember("three");
  EXPECT_TRUE(send_waiting(*database_, *publisher_, kOutbox));
  EXPECT_EQ(waiting(), std::vector<std::string>{"two"});
}

}  // namespace
}  // namespace monitron::relay
