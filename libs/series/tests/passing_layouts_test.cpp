// Dictionaries that come once and never again leave nothing behind, and nobody who uses one finds
// it gone (M-061, R-013).

#include "compaction.hpp"
#include "series/known_layouts.hpp"
#include "series/layouts.hpp"
#include "series/staging_ring.hpp"
#include "testkit/eventually.hpp"

#include <atomic>
#include <thread>

namespace monitron::series {
namespace {

class PassingLayoutsTest : public CompactionTest {
 protected:
  // The ring goes on: what is staged becomes chunks, and the next table is filled.
  void turn(Compactor& compactor) {
    const auto before = turns();
    for (int i = 0; i < 100 && turns() == before; ++i) {
      const auto step = compactor.step(fence_);
      ASSERT_TRUE(step) << step.error().text;
    }
    ASSERT_EQ(turns(), before + 1);
  }
  std::int64_t turns() { return count("SELECT turns FROM staging_ring"); }
  std::int64_t layouts() { return count("SELECT count(*) FROM layouts"); }
  // As if so much had been stored meanwhile.
  void let_pass(std::int64_t turns) {
    count("UPDATE staging_ring SET turns = turns + " + std::to_string(turns) + " RETURNING 1");
  }
  Batch one(std::uint64_t number, const std::vector<contracts::Series>& series) const {
    return batch_of(source_, number,
                    frame_block(series, kNow + static_cast<std::int64_t>(number) * 1000,
                                std::vector<double>(series.size(), 1)));
  }
};

// Two of its series and another one each time, as of a list of processes.
std::vector<contracts::Series> passing(std::uint64_t number) {
  auto series = series_list(2);
  series.push_back({"process_" + std::to_string(number % 10), {}});
  series.push_back({"process_" + std::to_string(10 + number / 10), {}});
  return series;
}

TEST_F(PassingLayoutsTest, AreForgottenAndThoseThatStayAreNot) {
  auto writer = this->writer();
  Compactor compactor(config());
  const auto steady = series_list(5);
  std::uint64_t number = 0;
  std::int64_t layout = 0;
  for (int i = 0; i < 40; ++i) {
    write(writer, {one(++number, steady), one(++number, passing(static_cast<std::uint64_t>(i)))});
    const auto of_steady = count("SELECT id FROM layouts WHERE cardinality(series_ids) = 5");
    EXPECT_TRUE(i == 0 || of_steady == layout);
    layout = of_steady;
    turn(compactor);
    let_pass(19);
  }
  EXPECT_GE(layouts(), 2);
  EXPECT_LE(layouts(), 1 + kTurnsKept / 20 + 1);
  settle(compactor);
  EXPECT_EQ(count("SELECT sum(count) FROM chunks WHERE tier % 4 = 0"), 40 * (5 + 4));
}

// A writer that stood still for any time, by any clock.
TEST_F(PassingLayoutsTest, WhoComesBackAfterLongMakesItsOwnAgain) {
  auto sleeper = this->writer(), other = this->writer();
  Compactor compactor(config());
  write(sleeper, {one(1, series_list(3))});
  const auto before = count("SELECT id FROM layouts");
  turn(compactor);
  let_pass(1000);
  write(other, {one(2, passing(1))});
  turn(compactor);
  EXPECT_EQ(layouts(), 1);
  write(sleeper, {one(3, series_list(3))});
  EXPECT_EQ(layouts(), 2);
  EXPECT_EQ(count("SELECT layout_id FROM staging"), count("SELECT max(id) FROM layouts"));
  EXPECT_GT(count("SELECT max(id) FROM layouts"), before);
  settle(compactor);
  expect_nothing_staged();
  EXPECT_EQ(count("SELECT sum(count) FROM chunks WHERE tier % 4 = 0"), 3 + 4 + 3);
}

// What waits in the ring keeps its layouts, however long nothing else comes.
TEST_F(PassingLayoutsTest, OfRowsThatAreStagedAreKept) {
  auto writer = this->writer();
  write(writer, {one(1, series_list(3))});
  auto session = open_session(url_);
  for (int i = 0; i < 300; ++i) {
    ASSERT_TRUE(turn_ring(session, {config().lease, fence_}, {}));
    must(forget_layouts(session));
  }
  EXPECT_EQ(turns(), 1);
  EXPECT_EQ(count("SELECT count(*) FROM staging JOIN layouts l ON l.id = layout_id"), 1);
}

// One that looked at the ring long ago makes what another one wants to make just then.
TEST_F(PassingLayoutsTest, WhoFindsWhatALateOneHasMadeKeepsIt) {
  auto late = this->writer(), fresh = this->writer();
  const auto all = series_list(3);
  const std::vector<contracts::Series> pair(all.begin(), all.begin() + 2);
  write(late, {one(1, all)});
  let_pass(kTurnsBehind);
  write(fresh, {one(2, all)});
  auto holder = open_session(url_);
  ASSERT_TRUE(holder.run("SELECT pg_advisory_lock(7311)"));
  const auto waiting = [&] {
    return count("SELECT count(*) FROM " + testkit::kOwnLocks + " WHERE NOT granted");
  };
  std::thread first([&] { write(late, {one(3, pair)}); });
  EXPECT_TRUE(testkit::eventually(std::chrono::seconds(10), [&] { return waiting() == 1; }));
  std::thread second([&] { write(fresh, {one(4, pair)}); });
  EXPECT_TRUE(testkit::eventually(std::chrono::seconds(10), [&] { return waiting() == 2; }));
  ASSERT_TRUE(holder.run("SELECT pg_advisory_unlock(7311)"));
  first.join();
  second.join();
  settle();
  // As late as each of them may be.
  let_pass(kTurnsBehind + kTurnsKnown - turns());
  write(fresh, {one(5, all)});
  let_pass(kTurnsBehind);
  write(fresh, {one(6, pair)});
  ASSERT_TRUE(turn_ring(holder, {config().lease, fence_}, {}));
  must(forget_layouts(holder));
  settle();
  expect_nothing_staged();
}

// Restored from a copy, under a writer that goes on.
TEST_F(PassingLayoutsTest, AnOlderStateOfTheDatabaseIsLearnedAgain) {
  auto writer = this->writer();
  let_pass(200);
  write(writer, {one(1, series_list(3))});
  count("UPDATE staging_ring SET turns = 10 RETURNING 1");
  count("UPDATE layouts SET turn = 5 RETURNING 1");
  auto session = open_session(url_);
  for (std::uint64_t i = 2; i < 20; ++i) {
    let_pass(20);
    must(forget_layouts(session));
    write(writer, {one(i, series_list(3))});
  }
  EXPECT_EQ(count("SELECT count(*) FROM staging WHERE layout_id NOT IN (SELECT id FROM layouts)"),
            0);
}

TEST_F(PassingLayoutsTest, WritersThatMeetWhileTheyAreForgottenStoreEverything) {
  constexpr std::uint64_t kWriters = 3, kLoads = 150, kBatches = 4;
  std::atomic<std::uint64_t> working{kWriters};
  const auto store = [&](std::uint64_t number) {
    auto writer = this->writer();
    std::mt19937 random(static_cast<unsigned>(number));
    for (std::uint64_t i = 0; i < kLoads; ++i) {
      std::vector<Batch> batches;
      while (batches.size() < kBatches) batches.push_back(one(++number, passing(random() % 30)));
      write(writer, batches);
    }
    --working;
  };
  std::vector<std::thread> writing;
  for (std::uint64_t i = 0; i < kWriters; ++i) writing.emplace_back(store, i * 1'000'000);
  Compactor compactor(config());
  while (working > 0) {
    const auto before = turns();
    const auto step = compactor.step(fence_);
    EXPECT_TRUE(step) << step.error().text;
    if (turns() > before) let_pass(6);  // not so many that what is staged is older than it can be
  }
  for (auto& thread : writing) thread.join();
  settle(compactor);
  expect_nothing_staged();
  EXPECT_EQ(count("SELECT sum(count) FROM chunks WHERE tier % 4 = 0"),
            static_cast<std::int64_t>(kWriters * kLoads * kBatches * 4));
}

}  // namespace
}  // namespace monitron::series
