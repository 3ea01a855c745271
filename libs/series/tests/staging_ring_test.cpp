// The ring under compaction: who reads and who writes is not held up, and nobody's samples go while
// he may look at them; two owners at once do no harm (M-061, M-063).

#include "compaction.hpp"
#include "series/rewriter.hpp"
#include "testkit/eventually.hpp"

#include <future>
#include <thread>

namespace monitron::series {
namespace {

using namespace std::chrono_literals;

class StagingRingTest : public CompactionTest {
 protected:
  void write_one(Writer& writer) {
    ++written_;
    write(writer, {batch_of(source_, static_cast<std::uint64_t>(written_),
                            frame_block(series_list(1), kNow + written_, {1.0}))});
  }
  std::int64_t samples() {
    return count(
        "SELECT (SELECT count(*) FROM staging) + (SELECT coalesce(sum(count), 0) FROM chunks)");
  }
  int written_ = 0;
};

TEST_F(StagingRingTest, ASlotIsEmptiedAfterItsRestAndThenUsedAgain) {
  auto writer = this->writer();
  auto patient = config();
  patient.rest = 1h;
  Compactor compactor(patient);
  for (int i = 0; i < 8; ++i) {
    write_one(writer);
    settle(compactor);
    EXPECT_EQ(samples(), written_);
  }
  // Three are at rest, so the fourth just grows.
  EXPECT_EQ(count("SELECT count(*) FROM staging_slots WHERE compacted_at IS NOT NULL"), 3);
  EXPECT_EQ(count("SELECT count(*) FROM staging_3"), 5);
  settle();
  EXPECT_EQ(samples(), written_);
  expect_nothing_staged();
  EXPECT_EQ(count("SELECT count(*) FROM staging_slots WHERE compacted_through = 0"), 4);
}

TEST_F(StagingRingTest, ASlotIsClosedByAgeBySizeOrInAHurry) {
  auto writer = this->writer();
  write_one(writer);
  auto config = this->config();
  config.slot_age = 1h;
  Compactor by_age(config);
  settle(by_age);
  EXPECT_EQ(count("SELECT count(*) FROM staging"), 1);
  EXPECT_EQ(by_age.backlog()->slots, 1);
  EXPECT_GT(by_age.backlog()->bytes, 0);
  by_age.hurry();
  settle(by_age);
  expect_nothing_staged();
  EXPECT_EQ(by_age.backlog()->slots, 0);
  EXPECT_EQ(by_age.backlog()->oldest, 0ms);

  write_one(writer);
  config.slot_bytes = 1;
  Compactor by_size(config);
  settle(by_size);
  expect_nothing_staged();
}

// Its age counts from its first row, about.
TEST_F(StagingRingTest, ASlotWithNothingInItStaysAndStaysYoung) {
  read([](pqxx::work& tx) {
    tx.exec0("UPDATE staging_slots SET opened_at = now() - interval '1 day'");
    return 0;
  });
  auto config = this->config();
  config.slot_age = 1min;
  Compactor compactor(config);
  settle(compactor);
  EXPECT_EQ(count("SELECT current FROM staging_ring"), 0);
  EXPECT_EQ(count("SELECT count(*) FROM staging_slots WHERE opened_at > now() - interval '1 min'"),
            1);
}

// A snapshot of before the compaction finds nothing in chunks yet: the rows have to stay.
TEST_F(StagingRingTest, ASlotStaysWhileASnapshotOfBeforeItsCompactionLives) {
  auto writer = this->writer();
  write_one(writer);
  pqxx::connection old(url_);
  pqxx::transaction<pqxx::isolation_level::repeatable_read> reading(old);
  reading.exec1("SELECT count(*) FROM leases");
  Compactor compactor(config());
  settle(compactor);
  EXPECT_EQ(count("SELECT count(*) FROM staging_0"), 1);
  EXPECT_EQ(reading.exec1("SELECT count(*) FROM staging")[0].as<int>(), 1);
  EXPECT_EQ(reading.exec1("SELECT count(*) FROM chunks")[0].as<int>(), 0);
  reading.commit();
  settle(compactor);
  EXPECT_EQ(count("SELECT count(*) FROM staging_0"), 0);
  EXPECT_EQ(samples(), 1);
}

// So does every snapshot as long as somebody writes; but one that began later knows the slot.
TEST_F(StagingRingTest, ASnapshotOfAfterTheCompactionHoldsNothingWhoeverWrites) {
  auto writer = this->writer();
  pqxx::connection other(url_), late(url_);
  pqxx::work writing(other);
  writing.exec0("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");  // no snapshot of its own
  writing.exec1("SELECT pg_current_xact_id()");
  write_one(writer);
  Compactor compactor(config());
  ASSERT_TRUE(compactor.step(fence_));  // turned and compacted
  ASSERT_EQ(count("SELECT count(*) FROM staging_slots WHERE compacted_at IS NOT NULL"), 1);
  ASSERT_TRUE(compactor.backlog());
  pqxx::transaction<pqxx::isolation_level::repeatable_read> reading(late);
  EXPECT_EQ(reading.exec1("SELECT count(*) FROM leases")[0].as<int>(), 1);
  settle(compactor);
  EXPECT_EQ(count("SELECT count(*) FROM staging_0"), 0);
  EXPECT_EQ(reading.exec1("SELECT sum(count) FROM chunks")[0].as<int>(), 1);
}

// A day may take half an hour, with one snapshot.
TEST_F(StagingRingTest, RewritingHoldsNoSlot) {
  auto writer = this->writer();
  write_one(writer);
  settle();
  const auto day = day_of(kNow);  // of history, which is made whole
  pqxx::connection other(url_);
  pqxx::work holding(other);
  holding.exec0("LOCK TABLE chunks_t0 IN ACCESS EXCLUSIVE MODE");
  RewriterConfig rewriting;
  rewriting.database_url = url_;
  rewriting.application_name = config().application_name;
  auto rewritten = std::async(std::launch::async, [&] {
    return rewrite(rewriting, {"ingest.compactor", fence_}, {0, day, day + kDayMs},
                   from_ms(day + 2 * kDayMs));
  });
  ASSERT_TRUE(testkit::eventually(10s, [&] {
    return count("SELECT count(*) FROM " + testkit::kOwnLocks +
                 " WHERE NOT granted AND locktype = 'relation'") > 0;
  }));
  // What comes now goes into another tier.
  (void)count("WITH u AS (UPDATE series SET class = 1 RETURNING 1) SELECT count(*) FROM u");
  for (int i = 0; i < 5; ++i) {
    write_one(writer);
    settle();
    EXPECT_EQ(count("SELECT count(*) FROM staging_slots WHERE compacted_at IS NOT NULL"), 0);
    expect_nothing_staged();
  }
  holding.commit();
  const auto done = rewritten.get();
  EXPECT_TRUE(done) << done.error().text;
  EXPECT_EQ(count("SELECT sum(count) FROM chunks WHERE tier % 4 = 0"), written_);
}

// Idle in a transaction for hours: it is told by name, nobody ends it, and all is caught up with.
TEST_F(StagingRingTest, WhoKeepsSlotsFromBeingEmptiedIsNamedAndCaughtUpWith) {
  auto writer = this->writer();
  auto config = this->config();
  config.held_long = 0ms;
  Compactor compactor(config);
  pqxx::connection old(url_ + (url_.find('?') == std::string::npos ? "?" : "&") +
                       "application_name=forgotten");
  pqxx::transaction<pqxx::isolation_level::repeatable_read> reading(old);
  reading.exec1("SELECT count(*) FROM leases");
  for (int i = 0; i < 30; ++i) {
    write_one(writer);
    settle(compactor);
    EXPECT_EQ(samples(), written_);
  }
  EXPECT_EQ(count("SELECT count(*) FROM staging_slots WHERE compacted_at IS NOT NULL"), 3);
  EXPECT_EQ(count("SELECT count(*) FROM staging_3"), 27);
  auto backlog = compactor.backlog();
  ASSERT_TRUE(backlog) << backlog.error().text;
  EXPECT_GT(backlog->held, 0ms);
  EXPECT_NE(backlog->holder.find("process " + std::to_string(old.backendpid()) + " of "),
            std::string::npos)
      << backlog->holder;
  EXPECT_NE(backlog->holder.find("forgotten, idle in transaction since"), std::string::npos)
      << backlog->holder;
  reading.commit();
  settle(compactor);
  backlog = compactor.backlog();
  ASSERT_TRUE(backlog) << backlog.error().text;
  EXPECT_EQ(backlog->held, 0ms);
  EXPECT_EQ(backlog->holder, "");
  expect_nothing_staged();
  EXPECT_EQ(count("SELECT sum(count) FROM chunks"), written_);
}

TEST_F(StagingRingTest, ATableInUseIsEmptiedLaterAndNobodyWaitsForIt) {
  auto writer = this->writer();
  write_one(writer);
  pqxx::connection user(url_);
  pqxx::work reading(user);
  Compactor compactor(config());
  ASSERT_TRUE(compactor.step(fence_));  // turned and compacted
  reading.exec1("SELECT count(*) FROM staging_0");
  const auto begun = std::chrono::steady_clock::now();
  settle(compactor);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
  EXPECT_EQ(count("SELECT count(*) FROM staging_0"), 1);
  reading.commit();
  settle(compactor);
  EXPECT_EQ(count("SELECT count(*) FROM staging_0"), 0);
}

// A dump by another account, say: readers would queue behind each try.
TEST_F(StagingRingTest, WhoUsesATableForLongIsAskedOnce) {
  auto writer = this->writer();
  write_one(writer);
  Compactor compactor(config());
  ASSERT_TRUE(compactor.step(fence_));  // turned and compacted
  pqxx::connection user(url_), watcher(url_);
  pqxx::work dumping(user);
  dumping.exec1("SELECT count(*) FROM staging_0");
  settle(compactor);
  pqxx::work watching(watcher);
  watching.exec1("SELECT count(*) FROM staging_0");  // comes in between, and does not matter
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) settle(compactor);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 8s);  // 10 s with 100 ms each
  dumping.commit();
  watching.commit();
  settle(compactor);
  EXPECT_EQ(count("SELECT count(*) FROM staging_0"), 0);
}

TEST_F(StagingRingTest, TheRingTurnsOnlyBetweenTwoTransactionsOfWriters) {
  auto writer = this->writer();
  write_one(writer);
  pqxx::connection other(url_);
  pqxx::work writing(other);
  writing.exec1("SELECT pg_advisory_xact_lock_shared(7311)");
  Compactor compactor(config());
  const auto step = compactor.step(fence_);
  ASSERT_TRUE(step) << step.error().text;
  EXPECT_FALSE(step->worked);
  EXPECT_EQ(count("SELECT current FROM staging_ring"), 0);
  write_one(writer);  // nobody is in its way
  writing.commit();
  EXPECT_EQ(settle(compactor).samples, 2u);
}

TEST_F(StagingRingTest, WhoLostTheLeaseWritesNothing) {
  auto writer = this->writer();
  write_one(writer);
  Compactor late(config());
  const auto old_fence = fence_;
  fence_ = take_lease();
  const auto step = late.step(old_fence);
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error().fault, Fault::conflict);
  EXPECT_EQ(count("SELECT current FROM staging_ring"), 0);
  settle();
  EXPECT_EQ(samples(), 1);
}

// Stopped in the middle of a transaction, while another takes the lease.
class PausedTest : public StagingRingTest {
 protected:
  Result<Step> step_while_the_lease_is_lost(Compactor& compactor) {
    pqxx::connection other(url_);
    pqxx::work holding(other);
    holding.exec0("LOCK TABLE chunk_partitions IN EXCLUSIVE MODE");
    auto step = std::async(std::launch::async,
                           [&compactor, fence = fence_] { return compactor.step(fence); });
    EXPECT_TRUE(testkit::eventually(10s, [&] {
      return count("SELECT count(*) FROM " + testkit::kOwnLocks +
                   " WHERE NOT granted AND locktype = 'relation'") > 0;
    }));
    fence_ = take_lease();
    holding.abort();
    return step.get();
  }
};

TEST_F(PausedTest, WhoIsStoppedAndLosesTheLeaseWritesNothing) {
  auto writer = this->writer();
  write_one(writer);
  Compactor paused(config());
  const auto step = step_while_the_lease_is_lost(paused);
  ASSERT_FALSE(step);
  EXPECT_EQ(step.error().fault, Fault::conflict);
  EXPECT_EQ(count("SELECT count(*) FROM chunks"), 0);
  EXPECT_EQ(settle().samples, 1u);
  EXPECT_EQ(samples(), 1);
}

// The test before would notice.
TEST_F(PausedTest, WithoutTheFenceItWouldWrite) {
  auto writer = this->writer();
  write_one(writer);
  auto config = this->config();
  config.fenced = false;
  Compactor paused(config);
  const auto step = step_while_the_lease_is_lost(paused);
  EXPECT_TRUE(step) << step.error().text;
  EXPECT_EQ(count("SELECT count(*) FROM chunks"), 1);
}

// Should the lease ever fail: the mark itself lets only one of them through.
TEST_F(StagingRingTest, TwoOwnersOfOneFenceDoNoHarm) {
  auto writer = this->writer();
  for (int i = 0; i < 200; ++i) {
    write(writer, {batch_of(SourceId::make(), 1, frame_block(series_list(3), kNow, {1, 2, 3}))});
  }
  auto config = this->config();
  config.transaction_samples = 1;
  const auto before = read_staging(url_);
  const auto work = [&] {
    Compactor compactor(config);
    while (count("SELECT count(*) FROM staging") > 0) (void)compactor.step(fence_);
  };
  { const std::jthread one(work), two(work); }
  EXPECT_EQ(read_all(url_), before);
}

// In one statement a sample is never seen twice, nor not at all.
TEST_F(StagingRingTest, ReadersSeeEverySampleOnceWhileItMoves) {
  auto writer = this->writer();
  auto config = this->config();
  config.transaction_samples = 1;
  Compactor compactor(config);
  std::atomic<bool> done{false};
  std::atomic<std::int64_t> stored{0}, looks{0};
  const auto read_on = [&] {
    while (!done) {
      const auto before = stored.load();
      const auto seen = count(
          "SELECT (SELECT count(v) FROM staging, unnest(\"values\") v) + "
          "(SELECT coalesce(sum(count), 0) FROM chunks)");
      ASSERT_GE(seen, before);
      ASSERT_LE(seen, stored + 40);
      ++looks;
    }
  };
  {
    const std::jthread one(read_on), two(read_on);
    const std::jthread moving([&] {
      while (!done) ASSERT_TRUE(compactor.step(fence_));
    });
    for (int i = 0; i < 150; ++i) {
      std::vector<Batch> batches;
      for (int n = 0; n < 10; ++n) {
        batches.push_back(
            batch_of(SourceId::make(), 1, frame_block(series_list(4), kNow + i, {1, 2, 3, 4})));
      }
      write(writer, std::move(batches));
      stored += 40;
    }
    done = true;
  }
  EXPECT_GT(looks, 50);
  EXPECT_GT(count("SELECT count(*) FROM chunks"), 0);
}

}  // namespace
}  // namespace monitron::series
