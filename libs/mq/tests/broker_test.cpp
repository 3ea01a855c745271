// Against the real broker: what publishing promises and what becomes of deliveries (M-066).

#include "mq/publisher.hpp"
#include "mq/tests/traffic.hpp"
#include "testkit/eventually.hpp"
#include "testkit/servers.hpp"

#include <atomic>
#include <gtest/gtest.h>

namespace monitron::mq {
namespace {

using namespace std::chrono_literals;
using testkit::eventually;

constexpr auto kPatience = 60s;

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

// Whoever likes binds a queue to mon.events; nobody needs to. One user's own alerts do not go
// there.
TEST_F(Broker, EventsGoToThoseWhoBoundAQueueAndNeedNobody) {
  contracts::Topology topology = contracts::durable_topology();
  Publisher publisher(this->publisher(topology));
  contracts::Message event = message(names_, names_.unique);
  event.exchange = contracts::kEventsExchange;
  event.routing_key = "check.state.down";
  EXPECT_TRUE(publisher.publish_and_wait(event)) << "nobody listens";
  topology.queues.push_back(quorum(names_.queue));
  topology.bindings.push_back({names_.queue, std::string(contracts::kEventsExchange), "#"});
  Seen seen;
  const Consumer consumer(this->consumer(names_.queue, topology), [&](const Delivery& delivery) {
    if (delivery.message.body.find(names_.unique) != std::string::npos) seen.add(delivery);
    return Result<void>{};
  });
  ASSERT_TRUE(eventually(kPatience, [&] { return consumer.connected(); }));
  event.body += " state";
  ASSERT_TRUE(publisher.publish_and_wait(event));
  event.exchange = contracts::kAlertsExchange;
  for (const auto* key : {"personal.alert.firing.critical", "alert.firing.critical"}) {
    event.routing_key = key;
    event.body = names_.unique + " " + key;
    ASSERT_TRUE(publisher.publish_and_wait(event));
  }
  ASSERT_TRUE(eventually(kPatience, [&] { return seen.size() == 2; }));
  EXPECT_EQ(seen.bodies(), (std::set<std::string>{names_.unique + " state",
                                                  names_.unique + " alert.firing.critical"}));
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

TEST_F(Broker, AMessageThatCannotBeSentHarmsNoOther) {
  Publisher publisher(this->publisher(names_.topology()));
  auto wrong = message(names_, "wrong");
  wrong.message_id = std::string(256, 'x');
  const auto done = publisher.publish_and_wait(wrong);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().fault, Fault::invalid);
  wrong.message_id = "short";
  wrong.body = std::string((16u << 20) + 1, 'x');
  EXPECT_EQ(publisher.publish_and_wait(wrong).error().fault, Fault::invalid);
  EXPECT_TRUE(publisher.publish_and_wait(message(names_, "good")));
  EXPECT_EQ(publisher.stats().reconnects, 0u);
}

// M-067.
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

// What failed for trouble of our own is not acked by the success of what came after it.
TEST_F(Broker, TroubleBetweenBadMessagesLosesNothing) {
  const auto topology = names_.topology();
  Publisher publisher(this->publisher(topology));
  for (const char* body : {"bad", "x", "y"}) {
    ASSERT_TRUE(publisher.publish_and_wait(message(names_, body)));
  }
  Seen stored;
  std::atomic<bool> trouble{false};
  const auto store = [&](std::span<const Delivery> batch) -> Result<void> {
    for (const auto& delivery : batch) {
      if (delivery.message.body == "bad") return fail(Fault::invalid, "nonsense");
    }
    if (batch.size() == 1 && batch[0].message.body == "x" && !trouble.exchange(true)) {
      return fail(Fault::unavailable, "the database is away");
    }
    for (const auto& delivery : batch) stored.add(delivery);
    return {};
  };
  BatchConsumer batches(consumer(names_.queue, topology), {.max_messages = 3, .linger = 500ms},
                        store);
  ASSERT_TRUE(eventually(kPatience, [&] { return trouble.load(); }));
  ASSERT_TRUE(publisher.publish_and_wait(message(names_, "z")));
  EXPECT_TRUE(eventually(kPatience, [&] {
    return stored.bodies() == std::set<std::string>{"x", "y", "z"};
  }));
  EXPECT_EQ(stored.size(), 3u);
}

// A queue of jobs as in the suite, but that the real pauses are minutes.
contracts::Topology jobs_topology(const Names& names, const std::string& dead_queue) {
  auto jobs = quorum(names.queue);
  jobs.dead_letter_exchange = names.exchange;
  jobs.dead_letter_routing_key = "dead";
  auto topology = names.topology(jobs);
  const std::string retries(contracts::kRetryExchange);
  topology.exchanges.push_back({retries, "direct"});
  topology.queues.push_back(quorum(dead_queue));
  topology.bindings.push_back({dead_queue, names.exchange, "dead"});
  for (const auto& step : contracts::retry_steps()) {
    auto retry = quorum("retry." + names.queue + "." + step.name);
    retry.message_ttl = 50ms;
    retry.dead_letter_routing_key = names.queue;
    topology.bindings.push_back({retry.name, retries, names.queue + "." + step.name});
    topology.queues.push_back(retry);
  }
  return topology;
}

// M-068.
TEST_F(Broker, AJobIsTriedAgainAfterEachPauseAndThenSetAside) {
  const auto dead_queue = "dead." + names_.unique;
  const auto topology = jobs_topology(names_, dead_queue);
  Publisher publisher(this->publisher(topology));
  ASSERT_TRUE(publisher.publish_and_wait(message(names_, "late")));
  ASSERT_TRUE(publisher.publish_and_wait(message(names_, "never")));
  Seen late, never, dead;
  Consumer worker(consumer(names_.queue, topology), [&](const Delivery& delivery) -> Result<void> {
    const bool is_late = delivery.message.body == "late";
    (is_late ? late : never).add(delivery);
    if (is_late && delivery.message.attempt == 3) return {};
    return fail(Fault::unavailable, "the mail server is away");
  });
  Consumer graves(consumer(dead_queue, topology), [&](const Delivery& delivery) {
    dead.add(delivery);
    return Result<void>{};
  });
  ASSERT_TRUE(eventually(kPatience, [&] { return dead.size() == 1 && late.size() == 3; }));
  EXPECT_EQ(dead.at(0).message.body, "never");
  ASSERT_EQ(never.size(), contracts::retry_steps().size() + 1);
  for (std::size_t i = 0; i < never.size(); ++i) {
    EXPECT_EQ(never.at(i).message.attempt, static_cast<int>(i) + 1);
    EXPECT_EQ(never.at(i).message.message_id, "id.never");
  }
}

// The last pause is repeated.
TEST_F(Broker, AJobMayBeTriedMoreOftenThanThereAreSteps) {
  const auto dead_queue = "dead." + names_.unique;
  const auto topology = jobs_topology(names_, dead_queue);
  Publisher publisher(this->publisher(topology));
  ASSERT_TRUE(publisher.publish_and_wait(message(names_, "never")));
  Seen tries, dead;
  auto config = consumer(names_.queue, topology);
  config.max_attempts = static_cast<int>(contracts::retry_steps().size()) + 3;
  Consumer worker(config, [&](const Delivery& delivery) -> Result<void> {
    tries.add(delivery);
    return fail(Fault::unavailable, "the mail server is away");
  });
  Consumer graves(consumer(dead_queue, topology), [&](const Delivery& delivery) {
    dead.add(delivery);
    return Result<void>{};
  });
  ASSERT_TRUE(eventually(kPatience, [&] { return dead.size() == 1; }));
  EXPECT_EQ(tries.size(), static_cast<std::size_t>(config.max_attempts));
}

// Pauses longer than this are the suite's own.
contracts::Topology jobs_topology(const Names& names, std::chrono::milliseconds short_until) {
  auto topology = jobs_topology(names, "dead." + names.unique);
  for (const auto& step : contracts::retry_steps()) {
    for (auto& queue : topology.queues) {
      if (step.pause > short_until && queue.name.ends_with("." + step.name)) {
        queue.message_ttl = step.pause;
      }
    }
  }
  return topology;
}

TEST_F(Broker, AJobWaitsNoLongerThanItsLongestPause) {
  auto config = consumer(names_.queue, jobs_topology(names_, 30s));
  config.longest_pause = 30s;
  config.max_attempts = 8;
  Publisher publisher(this->publisher(config.topology));
  ASSERT_TRUE(publisher.publish_and_wait(message(names_, "late")));
  Seen tries;
  const Consumer worker(config, [&](const Delivery& delivery) -> Result<void> {
    tries.add(delivery);
    return fail(Fault::unavailable, "the database is away");
  });
  EXPECT_TRUE(eventually(kPatience, [&] { return tries.size() == 8; }));
}

// M-068: however long that takes.
TEST_F(Broker, AJobWhoseTurnHasNotComeComesBackSoonAndIsNotCounted) {
  auto config = consumer(names_.queue, jobs_topology(names_, 5s));
  Publisher publisher(this->publisher(config.topology));
  ASSERT_TRUE(publisher.publish_and_wait(message(names_, "early")));
  Seen tries;
  const Consumer worker(config, [&](const Delivery& delivery) -> Result<void> {
    tries.add(delivery);
    if (tries.size() == 8) return {};
    return fail(Fault::busy, "another one is at it");
  });
  ASSERT_TRUE(eventually(kPatience, [&] { return tries.size() == 8; }));
  for (std::size_t i = 0; i < tries.size(); ++i) EXPECT_EQ(tries.at(i).message.attempt, 1);
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

TEST_F(Broker, ASlowReaderOfATapMissesOldMessagesAndHoldsNobodyUp) {
  contracts::QueueSpec tap;
  tap.name = names_.queue;
  tap.quorum = false;
  tap.exclusive = true;
  tap.max_length = 5;
  auto config = consumer(names_.queue, names_.topology(tap));
  config.no_ack = true;
  std::atomic<bool> reads{false};
  Seen seen;
  Consumer reader(config, [&](const Delivery& delivery) {
    eventually(kPatience, [&] { return reads.load(); });
    auto head = delivery;
    head.message.body.resize(head.message.body.find(' '));
    seen.add(head);
    return Result<void>{};
  });
  auto topology = names_.topology(tap);
  topology.queues.clear();  // the reader's own
  topology.bindings.clear();
  Publisher publisher(this->publisher(topology));
  const std::string ballast(200'000, 'x');
  const auto number = [&](int i) { return message(names_, std::to_string(i) + " " + ballast); };
  ASSERT_TRUE(
      eventually(kPatience, [&] { return publisher.publish_and_wait(number(0)).has_value(); }));
  constexpr int kMany = 300;  // 60 MB: more than sockets hold
  for (int i = 1; i <= kMany; ++i) ASSERT_TRUE(publisher.publish_and_wait(number(i)));
  reads = true;
  const auto last = std::to_string(kMany);
  ASSERT_TRUE(eventually(kPatience, [&] { return seen.bodies().contains(last); }));
  EXPECT_LT(seen.size(), static_cast<std::size_t>(kMany));
}

}  // namespace
}  // namespace monitron::mq
