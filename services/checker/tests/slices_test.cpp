#include "checker/slices.hpp"

#include <gtest/gtest.h>
#include <set>

namespace monitron::checker {

namespace {

std::vector<domain::CheckDefinition> checks(int count, std::chrono::seconds interval) {
  std::vector<domain::CheckDefinition> list(static_cast<std::size_t>(count));
  for (auto& check : list) {
    check.id = CheckId::make();
    check.interval = interval;
  }
  return list;
}

}  // namespace

// M-105.
TEST(Slices, EachCheckIsDueOncePerInterval) {
  const auto list = checks(1000, std::chrono::seconds(10));
  std::multiset<Uuid> seen;
  for (int second = 0; second < 10; ++second) {
    const Instant begin = from_ms(1'700'000'000'000) + std::chrono::seconds(second);
    for (const auto& slice : slices_of(list, "default", begin, 3)) {
      EXPECT_LE(slice.jobs.size(), kJobsPerSlice);
      EXPECT_EQ(slice.fence, 3);
      for (const auto& job : slice.jobs) {
        EXPECT_GE(job.slot, begin);
        EXPECT_LT(job.slot, begin + std::chrono::seconds(1));
        seen.insert(job.check.id.value);
      }
    }
  }
  EXPECT_EQ(seen.size(), 1000U);
  EXPECT_EQ(std::set<Uuid>(seen.begin(), seen.end()).size(), 1000U);
}

// Nobody waits three intervals to learn that a new check fails.
TEST(ToRunAtOnce, IsWhatIsNewOrAsksSomethingElse) {
  auto before = checks(3, std::chrono::seconds(60));
  auto now = before;
  now[0].name = "renamed";
  now[0].interval = std::chrono::seconds(30);
  now[0].failures_before_down = 5;
  now[1].target = "another.example:80";
  now.push_back(checks(1, std::chrono::seconds(60))[0]);
  const auto found = to_run_at_once(before, now);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].id, now[1].id);
  EXPECT_EQ(found[1].id, now[3].id);
  for (const auto& check : found) {
    EXPECT_EQ(check.failures_before_down, 1) << "the first result decides alone";
    EXPECT_EQ(check.successes_before_up, 1);
  }
  EXPECT_TRUE(to_run_at_once(now, now).empty());
  EXPECT_EQ(to_run_at_once({}, checks(1000, std::chrono::seconds(60))).size(), kAtOnce);
}

TEST(ToRunAtOnce, ItsSlicesAreOfThisMoment) {
  const Instant now = from_ms(1'700'000'000'123);
  const auto slices = slices_at_once(checks(100, std::chrono::seconds(60)), "default", now, 3);
  ASSERT_EQ(slices.size(), 2U);
  EXPECT_EQ(slices[0].jobs.size(), kJobsPerSlice);
  EXPECT_EQ(slices[0].second, from_ms(1'700'000'000'000));
  EXPECT_EQ(slices[1].jobs[0].slot, now);
  EXPECT_EQ(slices[1].part, slices[0].part + 1);
}

TEST(SecondsToSend, NoSecondIsLeftOutOrSentTwice) {
  SecondsToSend seconds;
  std::vector<Instant> sent;
  for (std::int64_t ms = 10'000; ms < 20'000; ms += 190) {
    for (const Instant second : seconds.due(from_ms(ms))) {
      EXPECT_LE(to_ms(second), ms + 2000);
      sent.push_back(second);
    }
  }
  ASSERT_EQ(sent.size(), 11U);
  for (std::size_t i = 1; i < sent.size(); ++i) EXPECT_EQ((sent[i] - sent[i - 1]).count(), 1000);
}

TEST(SecondsToSend, APauseIsNotMadeUpForAndAClockSetBackStartsAnew) {
  SecondsToSend seconds;
  (void)seconds.due(from_ms(10'000));
  EXPECT_EQ(seconds.due(from_ms(100'000)).size(), 2U);
  EXPECT_EQ(seconds.due(from_ms(50'000)).front(), from_ms(51'000));
}

TEST(Leadership, TheLastHolderGoesOnWhileTheDatabaseIsAway) {
  Leadership leadership;
  leadership.unreachable();
  EXPECT_FALSE(leadership.leads());
  leadership.held(4);
  leadership.unreachable();
  EXPECT_TRUE(leadership.leads());
  leadership.lost();
  EXPECT_FALSE(leadership.leads());
}

}  // namespace monitron::checker
