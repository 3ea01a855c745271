// Whoever rewrites is killed again and again in the middle of it, while samples come late and
// others read: nothing is lost and nothing is there twice, at any moment.
#include "chunk_world.hpp"
#include "testkit/eventually.hpp"
#include "testkit/program.hpp"

#include <csignal>
#include <filesystem>
#include <memory>
#include <random>
#include <set>

namespace monitron::series {
namespace {

class KilledRewriterTest : public ChunkWorld {
 protected:
  std::unique_ptr<testkit::Program> start() const {
    const auto program =
        std::filesystem::read_symlink("/proc/self/exe").parent_path() / "rewriting";
    return std::make_unique<testkit::Program>(
        program.string(), std::vector<std::string>{url_, std::to_string(kDay)}, log_);
  }
  // How often the day was rewritten: each time it gets another name.
  std::string generation() const {
    auto db = session();
    const auto rows = db.run(
        "SELECT coalesce(max(name), '') FROM chunk_partitions "
        "WHERE tier = 0 AND rewritten_at IS NOT NULL");
    return rows ? rows->text(0, 0) : "";
  }
  Stored some(int count) {
    Stored out;
    for (std::int32_t series = 1; series <= 10; ++series) {
      for (int i = 0; i < count; ++i) {
        out[series].times_ms.push_back(kDay + static_cast<std::int64_t>(random_() % kDayMs));
        out[series].values.push_back(static_cast<double>(next_++));
      }
      std::sort(out[series].times_ms.begin(), out[series].times_ms.end());
    }
    return out;
  }
  static std::multiset<std::tuple<std::int32_t, std::int64_t, double>> flat(const Stored& all) {
    std::multiset<std::tuple<std::int32_t, std::int64_t, double>> out;
    for (const auto& [series, samples] : all) {
      for (std::size_t i = 0; i < samples.times_ms.size(); ++i) {
        out.emplace(series, samples.times_ms[i], samples.values[i]);
      }
    }
    return out;
  }

  std::mt19937 random_{20261121};
  std::int64_t next_ = 1;
  std::string log_ = testing::TempDir() + "/rewriting.log";
};

TEST_F(KilledRewriterTest, NothingIsLostAndNothingIsThereTwice) {
  list_series(1, 10);
  std::multiset<std::tuple<std::int32_t, std::int64_t, double>> all;
  const auto add_some = [&](int count) {
    const auto more = some(count);
    add(more, kDay + kDayMs);
    all.merge(flat(more));
  };
  add_some(2000);
  int kills = 0, rewrites = 0;
  while (kills < 12 || rewrites < 6) {
    ASSERT_LT(kills, 200) << testkit::read_file(log_);
    const auto before = generation();
    const auto program = start();
    const auto life = std::chrono::milliseconds(20 + random_() % 400);
    (void)testkit::eventually(life, [&] {
      EXPECT_EQ(count("SELECT sum(count) FROM chunks WHERE tier = 0"),
                static_cast<std::int64_t>(all.size()));
      return false;
    });
    program->kill_hard();
    ++kills;
    rewrites += generation() == before ? 0 : 1;
    EXPECT_EQ(flat(stored()), all);
    add_some(5);
  }
  EXPECT_EQ(flat(stored()), all);
  // One that is left alone brings rollups that agree with it.
  const auto program = start();
  ASSERT_TRUE(testkit::eventually(std::chrono::seconds(30), [&] {
    return count("SELECT count(*) FROM chunk_partitions WHERE tier = 0 AND loose = 0") == 1;
  })) << testkit::read_file(log_);
  program->kill_hard();
  const auto raw = stored();
  for (const auto& [series, buckets] : rolled(1)) {
    const auto wanted = roll_up(raw.at(series).times_ms, raw.at(series).values, kFiveMinutesMs);
    ASSERT_EQ(buckets.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_EQ(buckets[i].sum, wanted[i].sum);
  }
  // Tables of those who were killed are gone.
  EXPECT_EQ(count("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relname ~ "
                  "'^chunks_[0-9]' AND substr(relname, 8) NOT IN (SELECT name FROM "
                  "chunk_partitions)"),
            0);
}

// Stopped while all who read wait for it: PostgreSQL ends its session before long.
TEST_F(KilledRewriterTest, WhoStandsStillWithTheLocksLosesThem) {
  list_series(1, 10);
  add(some(100), kDay + kDayMs);
  sql("CREATE FUNCTION stop_here() RETURNS trigger LANGUAGE plpgsql AS "
      "$$ BEGIN PERFORM set_config('lock_timeout', '0', true); "
      "PERFORM pg_advisory_xact_lock_shared(4711); RETURN NULL; END $$; "
      "CREATE TRIGGER stop_here BEFORE DELETE ON chunk_partitions EXECUTE FUNCTION stop_here()");
  auto holder = session("holder"), reader = session("reader");
  run(holder, "SELECT pg_advisory_lock(4711)");
  const auto program = start();
  EXPECT_TRUE(testkit::eventually(std::chrono::seconds(10), [&] {
    return count("SELECT count(*) FROM " + testkit::kOwnLocks +
                 " WHERE NOT granted AND objid = 4711") > 0;
  })) << testkit::read_file(log_);
  ASSERT_EQ(::kill(program->pid(), SIGSTOP), 0);
  run(holder, "SELECT pg_advisory_unlock(4711)");
  run(reader, "SET lock_timeout = '20s'; SELECT count(*) FROM chunks");
  EXPECT_EQ(count("SELECT count(*) FROM " + testkit::kOwnLocks + " WHERE objid = 7312"), 0);
  EXPECT_EQ(stored().size(), 10u);
  program->kill_hard();
}

}  // namespace
}  // namespace monitron::series
