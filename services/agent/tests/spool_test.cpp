// What the spool promises, on a disk that forgets (power loss) and on real files that are damaged.

#include "agent/spool.hpp"

#include "agent/tests/memory_disk.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace monitron::agent {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kPlenty = 1u << 20;

Spool opened(SpoolFiles& files, std::uint64_t bytes = kPlenty) {
  auto spool = Spool::open(files, bytes);
  EXPECT_TRUE(spool.has_value()) << (spool ? "" : spool.error().text);
  return std::move(*spool);
}

std::vector<SpooledBatch> drain(Spool& spool) {
  std::vector<SpooledBatch> batches;
  while (true) {
    auto batch = spool.front();
    EXPECT_TRUE(batch.has_value()) << (batch ? "" : batch.error().text);
    if (!batch || !batch->has_value()) return batches;
    EXPECT_TRUE(spool.acknowledge((*batch)->seq).has_value());
    batches.push_back(std::move(**batch));
  }
}

TEST(Spool, GivesBackInOrderWhatWasAppended) {
  MemoryDisk disk;
  auto spool = opened(disk);
  for (const char* body : {"one", "two", ""}) ASSERT_TRUE(spool.append(body).has_value());
  EXPECT_EQ(spool.pending(), 3u);
  const auto batches = drain(spool);
  ASSERT_EQ(batches.size(), 3u);
  EXPECT_EQ(batches[0].body, "one");
  EXPECT_EQ(batches[1].seq, 2u);
  EXPECT_EQ(batches[2].epoch, spool.epoch());
  EXPECT_EQ(spool.pending(), 0u);
}

TEST(Spool, FrontStaysUntilItIsAcknowledged) {
  MemoryDisk disk;
  auto spool = opened(disk);
  ASSERT_TRUE(spool.append("one").has_value());
  EXPECT_EQ((*spool.front())->body, "one");
  EXPECT_EQ((*spool.front())->body, "one");
  ASSERT_TRUE(spool.acknowledge(7).has_value());
  EXPECT_EQ((*spool.front())->body, "one") << "another number acknowledges nothing";
}

TEST(Spool, KeepsNumbersAndIdentitiesOverARestartButGivesNewOnesANewEpoch) {
  MemoryDisk disk;
  Epoch first;
  {
    auto spool = opened(disk);
    first = spool.epoch();
    ASSERT_TRUE(spool.append("one").has_value());
  }
  auto spool = opened(disk);
  EXPECT_NE(spool.epoch(), first);
  EXPECT_EQ(spool.next_seq(), 2u);
  ASSERT_TRUE(spool.append("two").has_value());
  const auto batches = drain(spool);
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_EQ(batches[0].epoch, first);
  EXPECT_EQ(batches[1].epoch, spool.epoch());
}

TEST(Spool, KnowsWhatItHasHad) {
  MemoryDisk disk;
  Epoch first;
  {
    auto spool = opened(disk);
    first = spool.epoch();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(spool.append("x").has_value());
    EXPECT_TRUE(spool.has_had(first, 3));
    EXPECT_FALSE(spool.has_had(first, 4)) << "it may be next";
  }
  auto spool = opened(disk);
  ASSERT_TRUE(spool.append("y").has_value());
  EXPECT_TRUE(spool.has_had(first, 3));
  EXPECT_FALSE(spool.has_had(first, 4)) << "the number was given to another";
  EXPECT_TRUE(spool.has_had(spool.epoch(), 4));
  drain(spool);
  ASSERT_TRUE(spool.flush().has_value());
  EXPECT_TRUE(opened(disk).has_had(first, 3)) << "it was sent";
}

TEST(Spool, DropsTheOldestWhenFullAndCountsIt) {
  MemoryDisk disk;
  auto spool = opened(disk, 64 << 10);
  const std::string body(1000, 'x');
  for (int i = 0; i < 500; ++i) ASSERT_TRUE(spool.append(body).has_value());
  EXPECT_LE(spool.bytes(), 64u << 10);
  const auto batches = drain(spool);
  ASSERT_FALSE(batches.empty());
  EXPECT_EQ(spool.dropped(), batches.front().seq - 1) << "the counter is the gap";
  EXPECT_EQ(batches.back().seq, 500u);
  EXPECT_EQ(batches.size() + spool.dropped(), 500u);
  EXPECT_GT(batches.size(), 50u);
}

TEST(Spool, GoesOnWhenTheDiskIsFull) {
  MemoryDisk disk;
  auto spool = opened(disk);
  disk.limit_bytes(20'000);
  const std::string body(1000, 'x');
  for (int i = 0; i < 60; ++i) spool.append(body).has_value();
  EXPECT_GT(spool.dropped(), 0u);
  disk.limit_bytes(-1);
  ASSERT_TRUE(spool.append("after").has_value());
  const auto batches = drain(spool);
  EXPECT_EQ(batches.back().body, "after");
  for (std::size_t i = 1; i < batches.size(); ++i) {
    EXPECT_EQ(batches[i].seq, batches[i - 1].seq + 1);
  }
}

TEST(Spool, RefusesWhatIsLargerThanItself) {
  MemoryDisk disk;
  auto spool = opened(disk, 8192);
  EXPECT_EQ(spool.append(std::string(9000, 'x')).error().fault, Fault::invalid);
  EXPECT_TRUE(spool.append("small").has_value());
}

TEST(Spool, IsFinishedAfterAFailedSync) {
  MemoryDisk disk;
  auto spool = opened(disk);
  ASSERT_TRUE(spool.append("one").has_value());
  disk.break_sync();
  EXPECT_EQ(spool.append("two").error().fault, Fault::bug);
  EXPECT_EQ(spool.append("three").error().fault, Fault::bug);
  EXPECT_EQ(spool.front().error().fault, Fault::bug);
}

// ---- power loss at any operation ----

struct Model {
  std::map<std::uint64_t, std::string> durable;                 // appended and not acknowledged
  std::map<std::pair<Epoch, std::uint64_t>, std::string> seen;  // what may have been sent
  std::uint64_t highest = 0;  // number that was given to a batch on the disk
  int next_body = 0;

  // The same identity must always carry the same bytes.
  void saw(const SpooledBatch& batch) {
    const auto [entry, fresh] = seen.try_emplace({batch.epoch, batch.seq}, batch.body);
    RC_ASSERT(entry->second == batch.body);  // trivially so for a fresh one
  }
};

void step(Spool& spool, Model& model, MemoryDisk& disk, unsigned action) {
  if (action % 3 != 0) {
    const std::string body =
        std::to_string(model.next_body++) + std::string(std::size_t{action} * 7, 'b');
    const auto seq = spool.next_seq();
    if (!spool.append(body)) return;
    model.durable[seq] = body;
    model.highest = seq;
    return;
  }
  const auto batch = spool.front();
  if (!batch || !*batch) return;
  model.saw(**batch);
  const auto seq = (*batch)->seq;
  // From here on the server has it, whatever becomes of the cursor.
  if (!spool.acknowledge(seq) && disk.has_power()) RC_FAIL("acknowledge failed with power on");
  model.durable.erase(seq);
}

void everything_is_there(Spool& spool, Model& model) {
  std::uint64_t last = 0;
  for (const auto& batch : drain(spool)) {
    RC_ASSERT(batch.seq > last);
    last = batch.seq;
    model.saw(batch);
    const auto kept = model.durable.find(batch.seq);
    if (kept == model.durable.end()) continue;  // sent again, or never confirmed to the caller
    RC_ASSERT(kept->second == batch.body);
    model.durable.erase(kept);
  }
  RC_ASSERT(model.durable.empty());
}

TEST(SpoolPowerLoss, NothingThatWasSyncedIsEverLost) {
  ::setenv("RC_PARAMS", "max_success=3000", 0);
  const bool held = rc::check([] {
    std::mt19937 chance(*rc::gen::arbitrary<std::uint32_t>());
    MemoryDisk disk;
    Model model;
    const auto lives = *rc::gen::inRange(1, 6);
    for (int life = 0; life < lives; ++life) {
      disk.fail_after(*rc::gen::inRange(1, 200));
      const auto actions = *rc::gen::container<std::vector<unsigned>>(rc::gen::inRange(0u, 200u));
      if (auto spool = Spool::open(disk, kPlenty)) {
        RC_ASSERT(spool->next_seq() > model.highest);
        for (const auto action : actions) step(*spool, model, disk, action);
      }
      disk.crash(chance);
    }
    auto spool = Spool::open(disk, kPlenty);
    RC_ASSERT(spool.has_value());
    RC_ASSERT(spool->next_seq() > model.highest);
    everything_is_there(*spool, model);
    RC_ASSERT(spool->append("after").has_value());
    RC_ASSERT(drain(*spool).size() == 1u);
  });
  EXPECT_TRUE(held);
}

// ---- damage to real files ----

class DamagedSpool : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/monitron-spool-XXXXXX";
    base_ = mkdtemp(pattern);
    auto files = open_directory(base_ + "/whole");
    auto spool = opened(**files);
    for (int i = 1; i <= kBatches; ++i) {
      starts_.push_back(kSegmentHeaderBytes + spool.bytes() - (i == 1 ? 0 : kSegmentHeaderBytes));
      ASSERT_TRUE(spool.append(body(i)).has_value());
    }
    epoch_ = spool.epoch();
    segment_ = base_ + "/whole/" + segment_name(1);
    std::ifstream file(segment_, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
  }
  void TearDown() override { fs::remove_all(base_); }

  static std::string body(int i) { return "batch " + std::to_string(i) + std::string(i, '.'); }

  // Opens a copy whose segment holds `bytes`; `first_lost` counts records before the damage.
  void expect_all_before(const std::string& bytes, std::size_t intact) {
    const auto copy = base_ + "/copy";
    fs::remove_all(copy);
    fs::copy(base_ + "/whole", copy);
    std::ofstream(copy + "/" + segment_name(1), std::ios::binary | std::ios::trunc) << bytes;
    auto files = open_directory(copy);
    auto spool = opened(**files);
    ASSERT_TRUE(spool.append("after").has_value());
    const auto batches = drain(spool);
    ASSERT_EQ(batches.size(), intact + 1);
    for (std::size_t i = 0; i < intact; ++i) {
      EXPECT_EQ(batches[i].body, body(static_cast<int>(i) + 1));
      EXPECT_EQ(batches[i].epoch, epoch_);
    }
    EXPECT_EQ(batches.back().body, "after");
    EXPECT_NE(batches.back().epoch, epoch_) << "its number may have been given out before";
  }
  std::size_t records_before(std::size_t offset) const {
    std::size_t count = 0;
    while (count + 1 < starts_.size() && starts_[count + 1] <= offset) ++count;
    return offset >= bytes_.size() ? kBatches : count;
  }

  static constexpr int kBatches = 6;
  std::string base_;
  std::string segment_;
  std::string bytes_;
  std::vector<std::size_t> starts_;  // of each record
  Epoch epoch_{};
};

TEST_F(DamagedSpool, TruncatedAnywhereKeepsAllRecordsBefore) {
  for (std::size_t size = 0; size <= bytes_.size(); ++size) {
    SCOPED_TRACE(size);
    expect_all_before(bytes_.substr(0, size), size < starts_[0] ? 0 : records_before(size));
  }
}

TEST_F(DamagedSpool, AFlippedByteAnywhereKeepsAllRecordsBefore) {
  for (std::size_t at = 0; at < bytes_.size(); ++at) {
    SCOPED_TRACE(at);
    std::string bytes = bytes_;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x41);
    expect_all_before(bytes, at < starts_[0] ? 0 : records_before(at));
  }
}

TEST_F(DamagedSpool, ADamagedCursorLosesNothing) {
  const auto cursor = base_ + "/whole/cursor";
  const auto size = fs::file_size(cursor);
  for (std::size_t at = 0; at < size; at += at < 64 || (at > 4090 && at < 4160) ? 1 : 61) {
    const auto copy = base_ + "/copy";
    fs::remove_all(copy);
    fs::copy(base_ + "/whole", copy);
    std::fstream file(copy + "/cursor", std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(at)).put('\x5a');
    file.close();
    auto files = open_directory(copy);
    auto spool = opened(**files);
    EXPECT_EQ(drain(spool).size(), static_cast<std::size_t>(kBatches)) << at;
  }
}

TEST_F(DamagedSpool, TwoAgentsCannotShareADirectory) {
  const auto first = open_directory(base_ + "/whole");
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(open_directory(base_ + "/whole").error().fault, Fault::conflict);
}

}  // namespace
}  // namespace monitron::agent
