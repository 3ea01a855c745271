// Against the real servers: what becomes of an outbox.

#include "relay/relay.hpp"

#include "base/ids.hpp"
#include "db/migrations.hpp"
#include "far_broker.hpp"
#include "mq/consumer.hpp"
#include "testkit/database.hpp"
#include "testkit/eventually.hpp"
#include "testkit/private_broker.hpp"
#include "testkit/servers.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace monitron::relay {
namespace {

using namespace std::chrono_literals;
using testkit::eventually;

constexpr auto kOutbox = store::kApiOutbox;
constexpr auto kPatience = 60s;

class Outbox : public ::testing::Test {
 protected:
  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    const auto url = testkit::fresh_database();
    ASSERT_TRUE(db::migrate_up(url, db::built_in_migrations()));
    database_.emplace(
        db::Config{.url = url, .application_name = "relay_test", .transaction_timeout = 4s});
    broker_ = *mq::parse_endpoint(testkit::server_addresses()->rabbitmq_url);
    publish(broker_, 20s);
  }

  void publish(const mq::Endpoint& broker, std::chrono::milliseconds deadline) {
    publisher_.reset();
    config_.endpoint = broker;
    config_.topology = {{{name_, "direct"}}, {queue(name_)}, {{name_, name_, "key"}}};
    config_.deadline = deadline;
    publisher_.emplace(config_);
    ASSERT_TRUE(eventually(kPatience, [&] { return publisher_->connected(); }));
  }
  static contracts::QueueSpec queue(const std::string& name) {
    contracts::QueueSpec queue;
    queue.name = name;
    return queue;
  }

  contracts::Message message(const std::string& type, const std::string& key = "key") const {
    contracts::Message message;
    message.exchange = name_;
    message.routing_key = key;
    message.type = type;
    message.message_id = Uuid::make().str();
    message.body = "{}";
    return message;
  }
  void remember(const std::string& type, const std::string& key = "key") {
    ASSERT_TRUE(database_->transact([&](pqxx::work& tx) { kOutbox.append(tx, message(type, key)); })
                    .has_value());
  }
  std::vector<std::string> remember_many(int count) {
    std::vector<std::string> types;
    for (int i = 0; i < count; ++i) types.push_back(std::to_string(i));
    for (const auto& type : types) remember(type);
    return types;
  }

  std::vector<std::string> waiting() {
    return *database_->transact([&](pqxx::work& tx) {
      std::vector<std::string> types;
      for (const auto& one : kOutbox.waiting(tx, 1000)) types.push_back(one.message.type);
      return types;
    });
  }
  using Types = std::vector<std::string>;
  // The types of the messages of a queue, as they come, until they are enough.
  Types arrived(const std::string& queue, const std::function<bool(const Types&)>& enough) {
    mq::ConsumerConfig config;
    config.endpoint = broker_;
    config.topology = config_.topology;
    config.queue = queue;
    config.name = "relay_test";
    std::mutex mutex;
    Types types;
    const mq::Consumer consumer(config, [&](const mq::Delivery& delivery) -> Result<void> {
      const std::lock_guard lock(mutex);
      types.push_back(delivery.message.type);
      return {};
    });
    EXPECT_TRUE(eventually(kPatience, [&] {
      const std::lock_guard lock(mutex);
      return enough(types);
    }));
    const std::lock_guard lock(mutex);
    return types;
  }
  Types arrived(std::size_t count) {
    return arrived(name_, [count](const Types& types) { return types.size() >= count; });
  }

  const std::string name_ = "relay." + Uuid::make().str();
  std::optional<db::Pool> database_;
  mq::Endpoint broker_;
  mq::PublisherConfig config_;
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

// A full queue is that of its messages alone, also when they are more than a batch.
TEST_F(Outbox, MessagesThatTheBrokerRefusesStayAndTheOthersAreSent) {
  auto full = queue(name_ + ".full");
  full.max_length = 1;
  full.reject_publish = true;
  config_.topology.queues.push_back(full);
  config_.topology.bindings.push_back({full.name, name_, "full"});
  publisher_.emplace(config_);
  ASSERT_TRUE(eventually(
      kPatience, [&] { return !publisher_->publish_and_wait(message("filling", "full")); }));
  remember("one");
  for (int i = 0; i < 120; ++i) remember("refused", "full");
  remember("three");
  EXPECT_TRUE(send_waiting(*database_, *publisher_, kOutbox));
  EXPECT_EQ(waiting(), std::vector<std::string>(120, "refused"));
  EXPECT_EQ(arrived(2), (std::vector<std::string>{"one", "three"}));
  (void)arrived(full.name, [&](const Types&) {  // now that it has room
    return send_waiting(*database_, *publisher_, kOutbox) && waiting().empty();
  });
  EXPECT_TRUE(waiting().empty());
}

// One after the other they would take half a minute: longer than a transaction may last.
TEST_F(Outbox, ABrokerThatConfirmsLateIsWaitedForOnceForAll) {
  const FarBroker far(broker_, 300ms);
  publish(far.endpoint(), 20s);
  const auto types = remember_many(100);
  const auto sent = send_waiting(*database_, *publisher_, kOutbox);
  EXPECT_TRUE(sent) << sent.error().text;
  EXPECT_TRUE(waiting().empty());
  EXPECT_EQ(arrived(types.size()), types);
  EXPECT_EQ(publisher_->stats().confirmed, types.size());
  publisher_.reset();  // before its broker
}

// The rows are not locked, and the database is not given up, for as long as that lasts.
TEST_F(Outbox, ABrokerThatStandsStillEndsTheTransactionSoonAndIsSentAllLater) {
  testkit::PrivateBroker broker;
  broker_ = *mq::parse_endpoint(broker.url());
  publish(broker_, 500ms);
  const auto types = remember_many(150);
  broker.stand_still();
  const auto sent = send_waiting(*database_, *publisher_, kOutbox);
  EXPECT_FALSE(sent);
  EXPECT_TRUE(database_->ping());
  EXPECT_EQ(waiting(), types);
  broker.go_on();
  EXPECT_TRUE(eventually(
      kPatience, [&] { return send_waiting(*database_, *publisher_, kOutbox).has_value(); }));
  EXPECT_TRUE(waiting().empty());
  // What comes twice comes at its place the first time.
  Types first;
  (void)arrived(name_, [&](const Types& all) {
    for (const auto& type : all) {
      if (std::find(first.begin(), first.end(), type) == first.end()) first.push_back(type);
    }
    return first.size() == types.size();
  });
  EXPECT_EQ(first, types);
  publisher_.reset();
}

}  // namespace
}  // namespace monitron::relay
