// A compactor that was away for a day: it catches up in bounded memory, and nobody who writes
// meanwhile notices (M-061, M-063, R-013).

#include "compaction.hpp"

#include <atomic>
#include <fstream>
#include <thread>

namespace monitron::series {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kSources = 20, kSeries = 25;
constexpr std::int64_t kFrames = 360;  // of one batch: an hour
constexpr std::int64_t kStepMs = 10'000, kHour = kFrames * kStepMs;

class CatchingUpTest : public CompactionTest {
 protected:
  void SetUp() override {
    CompactionTest::SetUp();
    std::generate(sources_.begin(), sources_.end(), [] { return SourceId::make(); });
  }
  // An hour of all sources; counts what it stores.
  std::vector<Batch> hour(int number) {
    std::vector<Batch> batches;
    for (const auto& source : sources_) {
      Block block = frame_block(series_list(kSeries), kNow + number * kHour, {});
      block.frames.clear();
      for (std::int64_t i = 0; i < kFrames; ++i) {
        std::vector<double> values(kSeries);
        for (auto& value : values) total_ += value = static_cast<double>(random_() % 1'000'000);
        block.frames.push_back({kNow + number * kHour + i * kStepMs, std::move(values)});
      }
      samples_ += kFrames * kSeries;
      batches.push_back(batch_of(source, static_cast<std::uint64_t>(number), std::move(block)));
    }
    return batches;
  }
  static std::int64_t memory_kib(const std::string& which) {  // of this process
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with(which)) return std::stoll(line.substr(which.size()));
    }
    return 0;
  }

  std::vector<SourceId> sources_{kSources};
  std::mt19937 random_{24};
  double total_ = 0;  // of whole numbers: exact
  std::int64_t samples_ = 0;
};

TEST_F(CatchingUpTest, ADayOffIsCaughtUpWithInBoundedMemoryWhileOthersWrite) {
  auto writer = this->writer();
  for (int i = 0; i < 24; ++i) write(writer, hour(i));
  EXPECT_EQ(count("SELECT count(*) FROM staging_0"), 24 * kFrames * kSources);
  const auto next = hour(24);
  std::ofstream("/proc/self/clear_refs") << 5;  // the peak is that of now
  const auto before = memory_kib("VmRSS:");
  std::atomic<bool> done{false};
  std::thread compacting([&] {
    auto config = this->config();
    config.slot_age = 1h;  // the day is compacted, and not whatever comes meanwhile
    Compactor compactor(config);
    compactor.hurry();
    settle(compactor);
    done = true;
  });
  Clock::duration longest{};
  std::size_t written = 0;
  for (; written < next.size() || !done; ++written) {
    const auto begun = Clock::now();
    if (written < next.size()) {
      write(writer, {next[written]});
    } else {  // just one more sample
      write(writer, {batch_of(sources_[0], 1000 + written,
                              frame_block(series_list(1), kNow - kStepMs, {1.0}))});
      total_ += 1;
      ++samples_;
    }
    longest = std::max(longest, Clock::now() - begun);
  }
  compacting.join();
  const auto grown = memory_kib("VmHWM:") - before;
  settle();
  expect_nothing_staged();
  EXPECT_EQ(count("SELECT sum(count) FROM chunks"), samples_);
  EXPECT_EQ(count("SELECT sum(sum)::numeric::bigint FROM chunks"),
            static_cast<std::int64_t>(total_));
  EXPECT_LT(grown, 200 * 1024);
  EXPECT_LT(longest, 3s);  // no longer than a disk takes that others use too
  std::printf("%lld samples: %lld MiB more memory, the longest of %zu writes took %lld ms\n",
              static_cast<long long>(samples_), static_cast<long long>(grown / 1024), written,
              static_cast<long long>(longest / 1ms));
}

}  // namespace
}  // namespace monitron::series
