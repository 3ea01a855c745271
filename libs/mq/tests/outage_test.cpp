// What publishing and consuming promise when the broker is killed, stands still or is full.

#include "mq/publisher.hpp"
#include "mq/tests/traffic.hpp"
#include "testkit/eventually.hpp"
#include "testkit/private_broker.hpp"
#include "testkit/servers.hpp"

#include <atomic>
#include <gtest/gtest.h>

namespace monitron::mq {
namespace {

using namespace std::chrono_literals;
using testkit::eventually;

constexpr auto kPatience = 60s;

class Outage : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (testkit::server_addresses()) broker_ = std::make_unique<testkit::PrivateBroker>();
  }
  static void TearDownTestSuite() { broker_.reset(); }

  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    sending_.endpoint = reading_.endpoint = *parse_endpoint(broker_->url());
    sending_.topology = reading_.topology = names_.topology();
    sending_.name = "sender";
    reading_.name = "reader";
    reading_.queue = names_.queue;
  }

  static std::unique_ptr<testkit::PrivateBroker> broker_;
  const Names names_{};
  PublisherConfig sending_;
  ConsumerConfig reading_;
};

std::unique_ptr<testkit::PrivateBroker> Outage::broker_;

TEST_F(Outage, ABrokerThatStandsStillMakesATimeoutAndIsUsedAgainAfterwards) {
  sending_.deadline = 1s;
  Publisher publisher(sending_);
  ASSERT_TRUE(eventually(
      kPatience, [&] { return publisher.publish_and_wait(message(names_, "a")).has_value(); }));
  broker_->stand_still();
  const auto late = publisher.publish_and_wait(message(names_, "b"));
  broker_->go_on();
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().fault, Fault::timeout);
  EXPECT_TRUE(eventually(
      kPatience, [&] { return publisher.publish_and_wait(message(names_, "c")).has_value(); }));
}

// M-067: what cannot be taken is said at once; nothing waits without limit.
TEST_F(Outage, ABrokerShortOfMemoryIsSaidToBeBlocked) {
  sending_.deadline = 1s;
  Publisher publisher(sending_);
  ASSERT_TRUE(eventually(
      kPatience, [&] { return publisher.publish_and_wait(message(names_, "a")).has_value(); }));
  broker_->limit_memory("1MB");
  ASSERT_TRUE(eventually(kPatience, [&] {
    (void)publisher.publish_and_wait(message(names_, "b"));  // told to those who publish
    return publisher.stats().blocked;
  }));
  const auto refused = publisher.publish_and_wait(message(names_, "c"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().fault, Fault::unavailable);
  broker_->limit_memory("4GB");
  EXPECT_TRUE(eventually(
      kPatience, [&] { return publisher.publish_and_wait(message(names_, "d")).has_value(); }));
  EXPECT_FALSE(publisher.stats().blocked);
}

TEST_F(Outage, AnAnswerFromBeforeAReconnectIsDroppedAndTheMessageComesAgain) {
  sending_.deadline = 60s;
  Publisher publisher(sending_);
  ASSERT_TRUE(publisher.publish_and_wait(message(names_, "job")));
  std::mutex mutex;
  std::vector<AsyncConsumer::Finish> open;
  Seen seen;
  {
    AsyncConsumer consumer(reading_, [&](const Delivery& delivery, AsyncConsumer::Finish finish) {
      const std::lock_guard lock(mutex);
      open.push_back(std::move(finish));
      seen.add(delivery);
    });
    ASSERT_TRUE(eventually(kPatience, [&] { return seen.size() == 1; }));
    broker_->drop_connections();
    ASSERT_TRUE(eventually(kPatience, [&] { return seen.size() == 2; }));
    EXPECT_TRUE(seen.at(1).redelivered);
    const std::lock_guard lock(mutex);
    open[0]({});  // of a connection that is gone: its tag may now be another message's
  }
  const Consumer next(reading_, [&](const Delivery& delivery) {
    seen.add(delivery);
    return Result<void>{};
  });
  EXPECT_TRUE(eventually(kPatience, [&] { return seen.size() == 3; }));
}

// M-005, M-191: amqps, verified.
TEST_F(Outage, OverTlsOnlyABrokerOfKnownAuthorityAndNameIsSpokenTo) {
  sending_.endpoint = *parse_endpoint(broker_->tls_url());
  sending_.deadline = 3s;
  {
    Publisher mistrusting(sending_);  // knows the system's authorities alone
    EXPECT_FALSE(mistrusting.publish_and_wait(message(names_, "a")));
    EXPECT_FALSE(mistrusting.connected());
  }
  sending_.endpoint.ca_file = broker_->ca_file();
  {
    auto other_name = sending_;
    other_name.endpoint.host = "127.0.0.1";  // the certificate is for localhost
    Publisher mistrusting(other_name);
    EXPECT_FALSE(mistrusting.publish_and_wait(message(names_, "b")));
  }
  sending_.deadline = 60s;
  Publisher publisher(sending_);
  EXPECT_TRUE(publisher.publish_and_wait(message(names_, "c")));
}

// The promise behind every 202: what was confirmed is there after the broker was killed, and what
// waited meanwhile is sent after it is back. M-068.
TEST_F(Outage, NothingConfirmedIsLost) {
  sending_.deadline = 120s;
  sending_.queue_limit = 100'000;
  Seen seen;
  std::atomic<int> confirmed{0}, failed{0};
  Publisher publisher(sending_);
  BatchConsumer consumer(reading_, {}, [&](std::span<const Delivery> batch) {
    for (const auto& delivery : batch) seen.add(delivery);
    return Result<void>{};
  });
  int sent = 0;
  const auto send = [&] {
    return publisher.publish(message(names_, std::to_string(sent++)),
                             [&](const Result<void>& done) { ++(done ? confirmed : failed); });
  };
  // RabbitMQ 3.10 writes a new queue's identity half a second late: killed before that, the queue
  // comes back without a leader. So there is traffic for two seconds before the blow.
  const auto blow = std::chrono::steady_clock::now() + 2s;
  while (std::chrono::steady_clock::now() < blow || confirmed < 50) {
    if (sent - confirmed < 20) send();
  }
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(send());
  broker_->kill();
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(send());
  broker_->start();
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
