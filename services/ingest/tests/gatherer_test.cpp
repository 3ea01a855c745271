// Small batches become envelopes; each is told its fate once.

#include "ingest/gatherer.hpp"

#include "testkit/eventually.hpp"

#include <atomic>
#include <gtest/gtest.h>

namespace monitron::ingest {
namespace {

using namespace std::chrono_literals;
using testkit::eventually;

contracts::Batch batch_of(std::uint8_t last_byte, std::uint64_t seq) {
  contracts::Batch batch;
  batch.id.source.value.bytes.back() = last_byte;
  batch.id.seq = seq;
  return batch;
}

// What would go to the broker; answers when the test wants it.
class Broker {
 public:
  bool publish(contracts::Message message, Gatherer::Completion done) {
    const std::lock_guard lock(mutex_);
    if (full) return false;
    messages_.push_back(std::move(message));
    pending_.push_back(std::move(done));
    return true;
  }
  std::vector<contracts::Message> messages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
  }
  void answer(const Result<void>& result) {
    std::vector<Gatherer::Completion> pending;
    {
      const std::lock_guard lock(mutex_);
      pending.swap(pending_);
    }
    for (const auto& done : pending) done(result);
  }
  std::atomic<bool> full{false};

 private:
  mutable std::mutex mutex_;
  std::vector<contracts::Message> messages_;
  std::vector<Gatherer::Completion> pending_;
};

class GathererTest : public testing::Test {
 protected:
  Gatherer gatherer(GathererLimits limits) {
    return Gatherer(
        [this](auto message, auto done) {
          return broker_.publish(std::move(message), std::move(done));
        },
        system_clock(), limits);
  }
  Gatherer::Completion count() {
    return [this](const Result<void>& result) { ++(result ? good_ : bad_); };
  }
  static std::size_t batches_in(const contracts::Message& message) {
    const auto envelope = contracts::decode_envelope(message.body);
    return envelope ? envelope->batches.size() : 0;
  }

  Broker broker_;
  std::atomic<int> good_{0}, bad_{0};
};

TEST_F(GathererTest, WhatComesTogetherTravelsTogether) {
  auto sut = gatherer({.envelope_bytes = 300, .linger = 1h});
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(sut.add(batch_of(0, i), 100, count()));
  ASSERT_TRUE(eventually(5s, [&] { return broker_.messages().size() == 1; }));
  EXPECT_EQ(batches_in(broker_.messages()[0]), 3u);
  EXPECT_EQ(good_, 0) << "told before the broker has it";
  broker_.answer({});
  EXPECT_EQ(good_, 3);
}

TEST_F(GathererTest, ALoneBatchWaitsOnlyAMoment) {
  auto sut = gatherer({.linger = 5ms});
  ASSERT_TRUE(sut.add(batch_of(0, 1), 100, count()));
  EXPECT_TRUE(eventually(5s, [&] { return broker_.messages().size() == 1; }));
}

TEST_F(GathererTest, SourcesGoToTheQueueThatIsTheirs) {
  auto sut = gatherer({.envelope_bytes = 400, .linger = 1h});
  for (std::uint8_t i = 0; i < 4; ++i) ASSERT_TRUE(sut.add(batch_of(i, i), 100, count()));
  ASSERT_TRUE(eventually(5s, [&] { return broker_.messages().size() == 2; }));
  for (const auto& message : broker_.messages()) {
    const auto envelope = contracts::decode_envelope(message.body);
    ASSERT_TRUE(envelope);
    for (const auto& batch : envelope->batches) {
      EXPECT_EQ(contracts::metric_key(batch.id.source), message.routing_key);
    }
  }
}

TEST_F(GathererTest, EveryBatchHearsOfAFailureOnce) {
  auto sut = gatherer({.envelope_bytes = 200, .linger = 1h});
  ASSERT_TRUE(sut.add(batch_of(0, 1), 100, count()));
  ASSERT_TRUE(sut.add(batch_of(0, 2), 100, count()));
  ASSERT_TRUE(eventually(5s, [&] { return broker_.messages().size() == 1; }));
  broker_.answer(fail(Fault::unavailable, "refused"));
  EXPECT_EQ(bad_, 2);
  EXPECT_EQ(good_, 0);
}

TEST_F(GathererTest, AFullPublisherIsAFailure) {
  broker_.full = true;
  auto sut = gatherer({.linger = 1ms});
  ASSERT_TRUE(sut.add(batch_of(0, 1), 100, count()));
  EXPECT_TRUE(eventually(5s, [&] { return bad_ == 1; }));
}

TEST_F(GathererTest, MoreThanMayWaitIsNotTaken) {
  auto sut = gatherer({.envelope_bytes = 1000, .linger = 1h, .waiting_bytes = 250});
  EXPECT_TRUE(sut.add(batch_of(0, 1), 100, count()));
  EXPECT_TRUE(sut.add(batch_of(0, 2), 100, count()));
  EXPECT_FALSE(sut.add(batch_of(0, 3), 100, count()));
}

TEST_F(GathererTest, WhatWaitsAtTheEndIsSent) {
  {
    auto sut = gatherer({.linger = 1h});
    ASSERT_TRUE(sut.add(batch_of(0, 1), 100, count()));
  }
  EXPECT_EQ(broker_.messages().size(), 1u);
}

}  // namespace
}  // namespace monitron::ingest
