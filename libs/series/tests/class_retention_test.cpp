// What only one class wants gone: its tables go, those of others stay, and nobody waits for it
// (M-062, R-030).

#include "chunk_world.hpp"
#include "series/caretaker.hpp"

#include <atomic>
#include <thread>

namespace monitron::series {
namespace {

using Clock = std::chrono::steady_clock;

class ClassRetentionTest : public ChunkWorld {
 protected:
  static Stored steady(std::int32_t from, std::int32_t to, std::int64_t start) {
    Stored out;
    for (auto series = from; series <= to; ++series) {
      for (int i = 0; i < 2000; ++i) {
        out[series].times_ms.push_back(start + 40'000ll * i);
        out[series].values.push_back(series + (i * 7919) % 1013 * 0.37);
      }
    }
    return out;
  }
  int care(std::int64_t now) const {
    CaretakerConfig config;
    config.rewriting.database_url = url_;
    config.rewriting.application_name = "retention test";
    config.first_pause = config.last_pause = std::chrono::milliseconds(0);
    Caretaker caretaker(config);
    int worked = 0;
    while (true) {
      const auto done = caretaker.step(fence_.number, from_ms(now));
      if (!done && done.error().fault == Fault::timeout) continue;  // readers were in the way
      EXPECT_TRUE(done) << done.error().text;
      if (!done || !done->worked) return worked;
      ++worked;
    }
  }
  std::int64_t bytes(int tier) const {
    return count(
        "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class "
        "WHERE relkind = 'r' AND relname ~ '^chunk(s|_times)_" +
        std::to_string(tier) + "_'");
  }
};

TEST_F(ClassRetentionTest, TestsOfAWeekAgoAreGoneAndNobodyWaited) {
  sql("INSERT INTO retention_classes VALUES "
      "(2, 'tests', 10, '{\"env\": \"test\"}', '7 days', '90 days', '730 days')");
  list_series(1, 20, 0);
  list_series(21, 40, 2);
  constexpr int kDays = 4;
  for (int day = 0; day < kDays; ++day) {
    const auto start = kDay + day * kDayMs;
    add(steady(1, 20, start), start + kDayMs, 0);
    add(steady(21, 40, start), start + kDayMs, 2);
  }
  const auto evening = kDay + kDays * kDayMs + kHourMs;
  EXPECT_EQ(care(evening), 2 * kDays);
  const auto others = stored("tier = 0");
  const auto others_bytes = bytes(0);
  EXPECT_GT(bytes(8), 100'000);

  std::atomic<bool> done{false};
  std::atomic<std::int64_t> reads{0}, writes{0}, longest_ms{0};
  const auto timed = [&](auto work) {
    const auto begun = Clock::now();
    work();
    const auto took = (Clock::now() - begun) / std::chrono::milliseconds(1);
    if (took > longest_ms) longest_ms = took;
  };
  std::thread reading([&] {
    auto db = session("reader");
    for (; !done; ++reads) timed([&] { run(db, "SELECT sum(count) FROM chunks"); });
  });
  std::thread writing([&] {
    auto db = session("monitron-writer");  // a program of ours, whose snapshots end with statements
    for (std::int64_t i = 0; !done; ++i, ++writes) {
      // One for each read: else reads would take longer and longer.
      while (writes > reads && !done) std::this_thread::yield();
      Stored one;
      one[30] = {{evening + i * 10'000}, {1.0}};
      timed([&] {
        run(db, "BEGIN");
        add(db, one, evening + i * 10'000, 2);
        run(db, "COMMIT");
      });
    }
  });
  while (reads < 3 || writes < 3) std::this_thread::yield();
  // All of it is older than a week but for what is being written, which is younger.
  const auto dropped = care(evening + 7 * kDayMs - 2 * kHourMs);
  done = true;
  reading.join();
  writing.join();
  EXPECT_GE(dropped, kDays - 1);
  EXPECT_EQ(count("SELECT count(*) FROM chunk_partitions WHERE tier = 8 AND upper <= '" +
                  to_rfc3339(from_ms(kDay + (kDays - 1) * kDayMs)) + "'"),
            0);
  EXPECT_LT(longest_ms, 3000);  // 100 ms, on a machine that is busy
  EXPECT_EQ(bytes(0), others_bytes);
  expect_same(stored("tier = 0"), others);
  EXPECT_EQ(rolled(9).size(), 20u);  // rollups of the tests stay 90 days
  EXPECT_EQ(count("SELECT coalesce(sum(n_tup_del), 0) FROM pg_stat_user_tables "
                  "WHERE relname LIKE 'chunk%' AND relname <> 'chunk_partitions'"),
            0);
}

}  // namespace
}  // namespace monitron::series
