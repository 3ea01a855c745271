// A compactor that is killed at any point and followed by another: nothing lost, nothing twice
// (M-005, M-063); and that the test would notice. Its memory stays within bounds.

#include "compaction.hpp"
#include "testkit/eventually.hpp"
#include "testkit/program.hpp"

#include <filesystem>

namespace monitron::series {
namespace {

using namespace std::chrono_literals;

class KilledCompactorTest : public CompactionTest {
 protected:
  void TearDown() override { std::filesystem::remove(log_); }

  std::unique_ptr<testkit::Program> start(const std::string& kind, int piece_bytes,
                                          int transaction_samples) const {
    const auto program =
        std::filesystem::read_symlink("/proc/self/exe").parent_path() / "compacting";
    return std::make_unique<testkit::Program>(
        program.string(),
        std::vector<std::string>{url_, kind, std::to_string(piece_bytes),
                                 std::to_string(transaction_samples)},
        log_);
  }

  void write_mixture(int loads, int sources_of_a_load) {
    auto writer = this->writer();
    for (int i = 0; i < loads; ++i) {
      std::vector<Batch> batches;
      for (int n = 0; n < sources_of_a_load; ++n) {
        batches.push_back(batch_of(SourceId::make(), 1, mixture_.block(series_list(5), kNow, 3)));
      }
      write(writer, std::move(batches));
    }
  }

  // Kills compactors until one comes to the end; how many were killed.
  int kill_until_done(const std::string& kind) {
    for (int kills = 0;; ++kills) {
      auto program = start(kind, 100'000, 40);
      // Longer and longer: on a busy machine a short life may not even reach the first COMMIT.
      const auto life =
          std::chrono::milliseconds(30 + 5 * kills + static_cast<int>(mixture_.below(60)));
      if (!testkit::eventually(life, [&] { return staged() == 0; })) {
        program->kill_hard();
        continue;
      }
      EXPECT_EQ(program->wait_for_end(30s), 0) << testkit::read_file(log_);
      return kills;
    }
  }
  std::int64_t staged() { return count("SELECT count(*) FROM staging"); }

  Mixture mixture_{std::random_device{}()};
  std::string log_ = testing::TempDir() + "compacting." + Uuid::make().str() + ".log";
};

TEST_F(KilledCompactorTest, NothingIsLostAndNothingTwice) {
  int kills = 0;
  for (int round = 0; round < 3; ++round) {
    write_mixture(10, 20);
    const auto before = read_all(url_);
    kills += kill_until_done("sound");
    ASSERT_EQ(read_all(url_), before);
  }
  EXPECT_GT(kills, 3);
}

TEST_F(KilledCompactorTest, AMarkInATransactionOfItsOwnIsNoticed) {
  const bool noticed = testkit::eventually(60s, [&] {
    write_mixture(5, 20);
    const auto before = read_all(url_);
    kill_until_done("mark-apart");
    return read_all(url_) != before;
  });
  EXPECT_TRUE(noticed);
}

// Two million samples of one source are 32 MB without what keeps them.
TEST_F(KilledCompactorTest, MemoryDoesNotGrowWithTheSource) {
  auto writer = this->writer();
  const auto series = series_list(500);
  std::vector<double> values(series.size());
  auto time = kNow;
  for (std::uint64_t load = 1; load <= 100; ++load) {
    Block block = frame_block(series, time, values);
    block.frames.clear();
    for (int i = 0; i < 40; ++i) {
      for (auto& value : values) value += 0.25;
      block.frames.push_back({time += 1000, values});
    }
    write(writer, {batch_of(source_, load, std::move(block))});
  }
  auto program = start("sound", 4 << 20, 1);
  ASSERT_EQ(program->wait_for_end(120s), 0) << testkit::read_file(log_);
  EXPECT_LT(std::stol(testkit::read_file(log_)), 48 * 1024);
  EXPECT_EQ(count("SELECT sum(count) FROM chunks"), 2'000'000);
}

}  // namespace
}  // namespace monitron::series
