// Against the real broker: what publishing promises and what becomes of deliveries (M-066).

#include "base/ids.hpp"
#include "mq/consumer.hpp"
#include "mq/publisher.hpp"
#include "testkit/eventually.hpp"
#include "testkit/private_broker.hpp"
#include "testkit/servers.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <mutex>
#include <set>

namespace monitron::mq {
namespace {

using namespace std::chrono_literals;
using testkit::eventually;

constexpr auto kPatience = 20s;

contracts::QueueSpec quorum(const std::string& name) {
  contracts::QueueSpec queue;
  queue.name = name;
  queue.delivery_limit = 20;
  return queue;
}

// Names of a test's own, so that tests do not meet on the shared broker.
struct Names {
  std::string unique = Uuid::make().str();
  std::string exchange = "x." + unique;
  std::string queue = "q." + unique;

  contracts::Topology topology(contracts::QueueSpec spec) const {
    return {{{exchange, "topic"}}, {std::move(spec)}, {{queue, exchange, "key"}}};
  }
  contracts::Topology topology() const { return topology(quorum(queue)); }
};

contracts::Message message(const Names& names, const std::string& body) {
  contracts::Message message;
  message.exchange = names.exchange;
  message.routing_key = "key";
  message.type = "test.message";
  message.message_id = "id." + body;
  message.content_type = "application/json";
  message.body = body;
  return message;
}

class Seen {
 public:
  void add(const Delivery& delivery) {
    const std::lock_guard lock(mutex_);
    all_.push_back(delivery);
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return all_.size();
  }
  std::set<std::string> bodies() const {
    const std::lock_guard lock(mutex_);
    std::set<std::string> bodies;
    for (const auto& delivery : all_) bodies.insert(delivery.message.body);
    return bodies;
  }
  Delivery at(std::size_t index) const {
    const std::lock_guard lock(mutex_);
    return all_.at(index);
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Delivery> all_;
};

class Broker : public testing::Test {
 protected:
  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    endpoint_ = *parse_endpoint(testkit::server_addresses()->rabbitmq_url);
  }
  PublisherConfig publisher(const contracts::Topology& topology) const {
    PublisherConfig config;
    config.endpoint = endpoint_;
    config.topology = topology;
    config.name = "test";
    config.deadline = 10s;
    return config;
  }
  ConsumerConfig consumer(const std::string& queue, const contracts::Topology& topology) const {
    ConsumerConfig config;
    config.endpoint = endpoint_;
    config.topology = topology;
    config.queue = queue;
    config.name = "test";
    return config;
  }

  Endpoint endpoint_;
  Names names_;
};

TEST_F(Broker, CarriesAMessageWithItsProperties) {
  Publisher publisher(this->publisher(names_.topology()));
  auto sent = message(names_, "hello");
  sent.version = 3;
  sent.attempt = 2;
  sent.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  ASSERT_TRUE(publisher.publish_and_wait(sent));
  Seen seen;
  Consumer consumer(this->consumer(names_.queue, names_.topology()), [&](const Delivery& delivery) {
    seen.add(delivery);
    return Result<void>{};
  });
  ASSERT_TRUE(eventually(kPatience, [&] { return seen.size() == 1; }));
  const auto got = seen.at(0).message;
  EXPECT_EQ(got.body, "hello");
  EXPECT_EQ(got.type, sent.type);
  EXPECT_EQ(got.version, 3);
  EXPECT_EQ(got.attempt, 2);
  EXPECT_EQ(got.message_id, sent.message_id);
  EXPECT_EQ(got.traceparent, sent.traceparent);
  EXPECT_EQ(got.content_type, sent.content_type);
}

TEST_F(Broker, AMessageThatNoQueueTakesIsAFailure) {
  Publisher publisher(this->publisher(names_.topology()));
  auto lost = message(names_, "lost");
  lost.routing_key = "nobody";
  const auto done = publisher.publish_and_wait(lost);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fault, Fault::unavailable);
  EXPECT_NE(done.error().text.find("no queue"), std::string::npos);
  EXPECT_TRUE(publisher.publish_and_wait(message(names_, "taken")));
}

// M-068.
TEST_F(Broker, AFullQueuePushesBack) {
  auto spec = quorum(names_.queue);
  spec.max_length = 5;
  spec.reject_publish = true;
  Publisher publisher(this->publisher(names_.topology(spec)));
  int refused = 0;
  for (int i = 0; i < 20; ++i) {
    if (!publisher.publish_and_wait(message(names_, std::to_string(i)))) ++refused;
  }
  EXPECT_GE(refused, 10);
  EXPECT_EQ(publisher.stats().confirmed + publisher.stats().failed, 20u);
}

TEST_F(Broker, TheBoundedQueueRefusesWithoutTakingTheMessage) {
  auto config = publisher(names_.topology());
  config.endpoint.port = 1;  // nobody listens
  config.queue_limit = 3;
  config.deadline = 300ms;
  std::atomic<int> completed{0};
  {
    Publisher publisher(config);
    const auto note = [&](const Result<void>& done) {
      EXPECT_FALSE(done);
      ++completed;
    };
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(publisher.publish(message(names_, "x"), note));
    EXPECT_FALSE(publisher.publish(message(names_, "x"), note));
    EXPECT_TRUE(eventually(kPatience, [&] { return completed == 3; }));
    EXPECT_TRUE(publisher.publish(message(names_, "x"), note));
  }
  EXPECT_EQ(completed, 4);  // the end of the publisher completes the rest
}

TEST_F(Broker, BatchesAreAckedAsOne) {
  Publisher publisher(this->publisher(names_.topology()));
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(publisher.publish_and_wait(message(names_, std::to_string(i))));
  }
  Seen seen;
  std::atomic<int> calls{0};
  {
    auto config = consumer(names_.queue, names_.topology());
    config.prefetch = 64;
    BatchConsumer consumer(config, {.max_messages = 32}, [&](std::span<const Delivery> batch) {
      ++calls;
      EXPECT_LE(batch.size(), 32u);
      for (const auto& delivery : batch) seen.add(delivery);
      return Result<void>{};
    });
    ASSERT_TRUE(eventually(kPatience, [&] { return seen.size() == 100; }));
  }
  EXPECT_LE(calls, 20);
  EXPECT_EQ(seen.bodies().size(), 100u);
}

TEST_F(Broker, TroubleOfOurOwnIsWaitedOutAndBadMessagesAreSetAside) {
  auto spec = quorum(names_.queue);
  spec.dead_letter_exchange = names_.exchange;
  spec.dead_letter_routing_key = "dead";
  auto topology = names_.topology(spec);
  const auto dead_queue = "dead." + names_.unique;
  topology.queues.push_back(quorum(dead_queue));
  topology.bindings.push_back({dead_queue, names_.exchange, "dead"});
  Publisher publisher(this->publisher(topology));
  for (const char* body : {"a", "bad", "b"}) {
    ASSERT_TRUE(publisher.publish_and_wait(message(names_, body)));
  }
  std::atomic<int> failures{0};
  Seen stored, dead;
  BatchConsumer batches(consumer(names_.queue, topology), {.max_messages = 3, .linger = 500ms},
                        [&](std::span<const Delivery> batch) -> Result<void> {
                          if (failures++ < 3)
                            return fail(Fault::unavailable, "the database is away");
                          for (const auto& delivery : batch) {
                            EXPECT_EQ(delivery.delivery_count, 0);  // never given back
                            if (delivery.message.body == "bad")
                              return fail(Fault::invalid, "nonsense");
                          }
                          for (const auto& delivery : batch) stored.add(delivery);
                          return {};
                        });
  Consumer graves(consumer(dead_queue, topology), [&](const Delivery& delivery) {
    dead.add(delivery);
    return Result<void>{};
  });
  ASSERT_TRUE(eventually(kPatience, [&] { return stored.size() == 2 && dead.size() == 1; }));
  EXPECT_EQ(stored.bodies(), (std::set<std::string>{"a", "b"}));
  EXPECT_EQ(dead.at(0).message.body, "bad");
}

// M-068.
TEST_F(Broker, AJobIsTriedAgainAfterItsPauseAndThenCounted) {
  auto topology = names_.topology();
  topology.exchanges.push_back({std::string(contracts::kRetryExchange), "direct"});
  for (const auto& step : contracts::retry_steps()) {
    auto retry = quorum("retry." + names_.queue + "." + step.name);
    retry.message_ttl = 50ms;  // the real pauses are minutes
    retry.dead_letter_routing_key = names_.queue;
    topology.bindings.push_back(
        {retry.name, std::string(contracts::kRetryExchange), names_.queue + "." + step.name});
    topology.queues.push_back(retry);
  }
  Publisher publisher(this->publisher(topology));
  ASSERT_TRUE(publisher.publish_and_wait(message(names_, "job")));
  Seen seen;
  Consumer consumer(this->consumer(names_.queue, topology), [&](const Delivery& delivery) {
    seen.add(delivery);
    if (delivery.message.attempt < 3) {
      return Result<void>(fail(Fault::unavailable, "the mail server is away"));
    }
    return Result<void>{};
  });
  ASSERT_TRUE(eventually(kPatience, [&] { return seen.size() == 3; }));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(seen.at(static_cast<std::size_t>(i)).message.attempt, i + 1);
    EXPECT_EQ(seen.at(static_cast<std::size_t>(i)).message.message_id, "id.job");
  }
}

TEST_F(Broker, AnswersMayComeLaterAndFromOtherThreads) {
  Publisher publisher(this->publisher(names_.topology()));
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(publisher.publish_and_wait(message(names_, std::to_string(i))));
  }
  std::mutex mutex;
  std::vector<AsyncConsumer::Finish> open;
  const auto count = [&] {
    const std::lock_guard lock(mutex);
    return open.size();
  };
  auto config = consumer(names_.queue, names_.topology());
  config.prefetch = 4;
  {
    AsyncConsumer consumer(config, [&](const Delivery&, AsyncConsumer::Finish finish) {
      const std::lock_guard lock(mutex);
      open.push_back(std::move(finish));
    });
    ASSERT_TRUE(eventually(kPatience, [&] { return count() == 4; }));
    std::thread([&] {
      const std::lock_guard lock(mutex);
      for (auto& finish : open) finish({});
    }).join();
    ASSERT_TRUE(eventually(kPatience, [&] { return count() == 8; }));
    EXPECT_FALSE(consumer.drain(50ms));  // four are not answered
  }
  // The end leaves them to the next one; a late answer does nothing.
  open.back()({});
  Seen seen;
  Consumer next(config, [&](const Delivery& delivery) {
    seen.add(delivery);
    return Result<void>{};
  });
  ASSERT_TRUE(eventually(kPatience, [&] { return seen.size() == 6; }));
  EXPECT_EQ(seen.bodies(), (std::set<std::string>{"4", "5", "6", "7", "8", "9"}));
}

TEST_F(Broker, ATapGoesWithItsReader) {
  const auto key = "tap." + names_.unique;
  const std::string telemetry(contracts::kTelemetryExchange);
  const auto tap = contracts::tap_topology(names_.queue, {{names_.queue, telemetry, key}});
  auto config = consumer(names_.queue, tap);
  config.no_ack = true;
  auto sent = message(names_, "live");
  sent.exchange = telemetry;
  sent.routing_key = key;
  Publisher publisher(this->publisher({}));  // the queue is its reader's own
  Seen seen;
  {
    Consumer reader(config, [&](const Delivery& delivery) {
      seen.add(delivery);
      return Result<void>{};
    });
    const auto arrives = [&] { return publisher.publish_and_wait(sent).has_value(); };
    ASSERT_TRUE(eventually(kPatience, arrives));
    ASSERT_TRUE(eventually(kPatience, [&] { return seen.size() >= 1; }));
  }
  const auto gone = [&] { return !publisher.publish_and_wait(sent).has_value(); };
  EXPECT_TRUE(eventually(kPatience, gone));
}

// The promise behind every 202: what was confirmed is there after the broker was killed, and what
// waited meanwhile is sent after it is back. M-068.
TEST(BrokerKilled, NothingConfirmedIsLost) {
  MONITRON_REQUIRE_SERVERS();
  testkit::PrivateBroker broker;
  const Names names;
  PublisherConfig sending;
  sending.endpoint = *parse_endpoint(broker.url());
  sending.topology = names.topology();
  sending.name = "sender";
  sending.deadline = 120s;
  sending.queue_limit = 100'000;
  ConsumerConfig reading;
  reading.endpoint = sending.endpoint;
  reading.topology = sending.topology;
  reading.queue = names.queue;
  reading.name = "reader";

  Seen seen;
  std::atomic<int> confirmed{0}, failed{0};
  Publisher publisher(sending);
  BatchConsumer consumer(reading, {}, [&](std::span<const Delivery> batch) {
    for (const auto& delivery : batch) seen.add(delivery);
    return Result<void>{};
  });
  int sent = 0;
  const auto send = [&] {
    return publisher.publish(message(names, std::to_string(sent++)),
                             [&](const Result<void>& done) { ++(done ? confirmed : failed); });
  };
  // RabbitMQ 3.10 writes a new queue's identity half a second late: killed before that, the queue
  // comes back without a leader. So there is traffic for two seconds before the blow.
  const auto blow = std::chrono::steady_clock::now() + 2s;
  while (std::chrono::steady_clock::now() < blow || confirmed < 50) {
    if (sent - confirmed < 20) send();
  }
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(send());
  broker.kill();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(send());
  broker.start();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(send());
  ASSERT_TRUE(eventually(120s, [&] { return confirmed + failed == sent; }));
  EXPECT_EQ(failed, 0);
  EXPECT_GE(publisher.stats().reconnects, 1u);
  ASSERT_TRUE(
      eventually(60s, [&] { return seen.bodies().size() == static_cast<std::size_t>(sent); }))
      << seen.bodies().size() << " of " << sent;
}

}  // namespace
}  // namespace monitron::mq
