#include "checker/slice_sender.hpp"

#include "contracts/check_results.hpp"

#include <deque>
#include <gtest/gtest.h>

namespace monitron::checker {

using namespace std::chrono_literals;

namespace {

const Instant kStart = from_ms(1'700'000'000'000);

// Takes messages and answers when told to.
struct Broker {
  std::deque<std::pair<contracts::Message, SliceSender::Completion>> taken;
  service::Metrics metrics;
  SliceSender sender{[this](contracts::Message message, SliceSender::Completion done) {
                       taken.emplace_back(std::move(message), std::move(done));
                       return true;
                     },
                     "default", "scheduler-1", metrics};

  void answer(bool confirmed) {
    const auto [message, done] = std::move(taken.front());
    taken.pop_front();
    done(confirmed ? Result<void>{} : fail(Fault::unavailable, "away"));
  }
  std::vector<domain::MissedSlots> missed() const {
    return contracts::decode_check_results(taken.front().first.body).value().missed;
  }
};

contracts::Message slice(const std::string& body) {
  contracts::Message message;
  message.body = body;
  return message;
}

}  // namespace

TEST(SliceSender, SendsAgainWhatWasNotConfirmedWhileItIsOfUse) {
  Broker broker;
  broker.sender.send(kStart, slice("a"), 5);
  broker.sender.send(kStart + kWindow, slice("b"), 2);
  EXPECT_EQ(broker.sender.settled(kStart + 1s), kStart);
  broker.answer(false);
  broker.answer(true);
  broker.sender.look(kStart + 2s);
  ASSERT_EQ(broker.taken.size(), 1u);
  EXPECT_EQ(broker.taken.front().first.body, "a");
  EXPECT_EQ(broker.sender.settled(kStart + 1s), kStart) << "still open";
  broker.answer(true);
  EXPECT_EQ(broker.sender.settled(kStart + 1s), kStart + 1s);
}

// Every slot is accounted for: what nobody could be asked to run is told as missed, until that is
// confirmed.
TEST(SliceSender, TellsWhatCouldNotBeSentAndWhatNobodyScheduled) {
  Broker broker;
  broker.sender.send(kStart, slice("a"), 5);
  broker.sender.send(kStart + kWindow, slice("b"), 2);
  broker.sender.miss({kStart - 60s, kStart - 30s}, 30);
  broker.answer(false);
  broker.answer(false);
  broker.sender.look(kStart + 10s);
  EXPECT_NE(broker.metrics.text().find("monitron_checker_slots_missed_total{location=\"default\","
                                       "reason=\"no_scheduler\"} 37"),
            std::string::npos)
      << broker.metrics.text();
  ASSERT_EQ(broker.taken.size(), 1u);
  const auto missed = broker.missed();
  ASSERT_EQ(missed.size(), 2u);
  EXPECT_EQ(missed[0].from, kStart - 60s);
  EXPECT_EQ(missed[0].reason, domain::MissReason::no_scheduler);
  EXPECT_EQ(missed[0].location, "default");
  EXPECT_FALSE(missed[0].check_id);
  EXPECT_EQ(missed[1].from, kStart);
  EXPECT_EQ(missed[1].to, kStart + 2 * kWindow) << "windows that touch are one span";
  EXPECT_EQ(broker.sender.settled(kStart + 20s), kStart - 60s);
  broker.answer(false);
  broker.sender.look(kStart + 12s);
  ASSERT_EQ(broker.taken.size(), 1u) << "told again";
  EXPECT_EQ(broker.missed(), missed);
  broker.answer(true);
  EXPECT_EQ(broker.sender.settled(kStart + 20s), kStart + 20s);
}

}  // namespace monitron::checker
