// A replica's own queues at a real broker: what they drop is noticed.

#include "api/tap.hpp"

#include "base/ids.hpp"
#include "mq/publisher.hpp"
#include "testkit/eventually.hpp"
#include "testkit/servers.hpp"

#include <gtest/gtest.h>

namespace monitron::api {
namespace {

using namespace std::chrono_literals;
using testkit::eventually;

class Taps : public ::testing::Test {
 protected:
  static constexpr std::int64_t kMost = 50;

  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    endpoint_ = *mq::parse_endpoint(testkit::server_addresses()->rabbitmq_url);
    publisher_ = std::make_unique<mq::Publisher>(mq::PublisherConfig{
        .endpoint = endpoint_, .topology = contracts::durable_topology(), .name = "tap test"});
  }
  void TearDown() override {
    let_go();
    tap_.reset();
  }

  void tap(int prefetch) {
    tap_ = std::make_unique<Tap>(Tap::Config{.endpoint = endpoint_,
                                             .name = "tap test",
                                             .bindings = {{contracts::kTelemetryExchange, key_}},
                                             .prefetch = prefetch,
                                             .most = kMost,
                                             .settling = 10ms},
                                 [this](const contracts::Message& message) { take(message); });
    ASSERT_TRUE(eventually(30s, [&] { return tap_->breaks() != 0; }));
  }
  void take(const contracts::Message& message) {
    std::unique_lock lock(mutex_);
    taken_.push_back(message.body);
    go_.wait(lock, [this] { return going_; });
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    going_ = true;
    go_.notify_all();
  }
  void hold() {
    const std::lock_guard lock(mutex_);
    going_ = false;
  }
  std::vector<std::string> taken() {
    const std::lock_guard lock(mutex_);
    return taken_;
  }
  void tell(int count, std::size_t bytes = 10) {
    for (int i = 0; i < count; ++i) {
      contracts::Message message;
      message.exchange = contracts::kTelemetryExchange;
      message.routing_key = key_;
      message.type = "tried";
      message.message_id = Uuid::make().str();
      message.body = std::to_string(i) + std::string(bytes, ' ');
      ASSERT_TRUE(publisher_->publish_and_wait(message));
    }
  }

  mq::Endpoint endpoint_;
  std::string key_ = "tap-test." + Uuid::make().str();
  std::unique_ptr<mq::Publisher> publisher_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable go_;
  bool going_ = true;
  std::vector<std::string> taken_;
  std::unique_ptr<Tap> tap_;
};

TEST_F(Taps, WhatIsDroppedIsNoticed) {
  const int prefetch = 5;
  tap(prefetch);
  const auto before = tap_->breaks();
  tell(10);
  ASSERT_TRUE(eventually(30s, [&] { return taken().size() == 10; }));
  hold();
  tell(static_cast<int>(kMost) + prefetch);
  EXPECT_EQ(tap_->breaks(), before) << "there is room for all of them";
  tell(1);
  EXPECT_TRUE(eventually(30s, [&] { return tap_->breaks() > before; }));
  let_go();
  ASSERT_TRUE(eventually(
      30s, [&] { return taken().size() == 10 + static_cast<std::size_t>(kMost) + prefetch; }));
  const auto known = tap_->breaks();
  tell(10);
  ASSERT_TRUE(eventually(
      30s, [&] { return taken().size() == 20 + static_cast<std::size_t>(kMost) + prefetch; }));
  EXPECT_EQ(tap_->breaks(), known);
}

// Also of a tap that acknowledges nothing: what fits into the connection is taken for delivered.
TEST_F(Taps, WhatIsDroppedOfMuchIsNoticed) {
  tap(0);
  const auto before = tap_->breaks();
  hold();
  for (int i = 0; i < 100 && tap_->breaks() == before; ++i) tell(20, 100'000);
  EXPECT_TRUE(eventually(30s, [&] { return tap_->breaks() > before; }));
}

}  // namespace
}  // namespace monitron::api
