// The built agent follows a log, and is killed while it does. T-054.

#include "agent/tests/fake_door.hpp"
#include "agent/tests/program.hpp"
#include "contracts/compression.hpp"
#include "contracts/telemetry.hpp"

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <random>

namespace monitron::agent {
namespace {

using namespace std::chrono_literals;

// What the batches said of the log, each once, in their order.
class Heard {
 public:
  DoorAnswer operator()(const DoorRequest& request) {
    if (request.path != "/api/v1/telemetry") {
      return {201, R"({"server_id":"018f0000-0000-7000-8000-000000000001","token":"t"})", {}};
    }
    const std::lock_guard lock(mutex_);
    const auto body = contracts::zstd_unpack(request.body, 8u << 20);
    const auto batch = contracts::decode_batch(body.value());
    for (const auto& block : batch->blocks) {
      auto& packed = dictionaries_[block.dictionary.hash];
      if (!block.dictionary.packed.empty()) packed = block.dictionary.packed;
      if (packed.empty()) return {409, R"({"code":"dictionary_unknown"})", {}};
    }
    if (!seen_.insert(batch->id).second) return {};
    for (const auto& block : batch->blocks) add_lines(block);
    changed_.notify_all();
    return {};
  }
  // Until so many lines were told of, and `more` batches after that.
  bool wait_for_lines(double lines, std::size_t more = 0) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 60s, [&] {
      return lines_.size() > more && lines_.at(lines_.size() - 1 - more) >= lines;
    });
  }
  bool wait_for_batches(std::size_t more) {
    std::unique_lock lock(mutex_);
    const auto enough = lines_.size() + more;
    return changed_.wait_for(lock, 60s, [&] { return lines_.size() >= enough; });
  }
  std::vector<double> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  void add_lines(const contracts::Block& block) {
    const auto series = contracts::unpack_dictionary(
        {block.dictionary.hash, dictionaries_.at(block.dictionary.hash)});
    double sum = 0;
    bool is_of_logs = false;
    for (std::size_t i = 0; i < series->size(); ++i) {
      if (series->at(i).name != "log_lines_total") continue;
      is_of_logs = true;
      sum += block.frames.at(0).values.at(i);
    }
    if (is_of_logs) lines_.push_back(sum);
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<contracts::DictionaryHash, std::string> dictionaries_;
  std::set<contracts::BatchId> seen_;
  std::vector<double> lines_;
};

class LogProgramTest : public testing::Test {
 protected:
  std::vector<std::string> flags() const {
    return {"--server",    door_.url(),   "--enrolment-token", "join-me",
            "--state-dir", state_,        "--interval",        "0.1",
            "--log-file",  "app=" + log_, "--no-connections"};
  }
  void append(int lines) {
    std::ofstream file(log_, std::ios::app);
    for (int i = 0; i < lines; ++i) file << "INFO line " << ++written_ << '\n';
  }
  const StateDir dir_;
  const std::string log_ = dir_.path() + "/app.log";
  const std::string state_ = dir_.path() + "/agent";
  const std::string output_ = dir_.path() + "/output";
  Heard heard_;
  FakeDoor door_{std::ref(heard_)};
  int written_ = 0;
};

// Each line is told of exactly once, whatever the moment.
TEST_F(LogProgramTest, CountsEachLineOnceUnderKill9) {
  std::mt19937 chance(7);
  {
    Program agent(flags(), output_);  // which finds no file
    ASSERT_TRUE(heard_.wait_for_batches(1)) << read_file(output_);
  }
  for (int life = 0; life < 25; ++life) {
    Program agent(flags(), output_);
    ASSERT_TRUE(heard_.wait_for_batches(life % 5 == 0 ? 2 : 0)) << read_file(output_);
    for (int i = 0; i < 20; ++i) {
      append(static_cast<int>(chance() % 50));
      std::this_thread::sleep_for(std::chrono::milliseconds(chance() % 30));  // it may be anywhere
    }
    if (life % 4 == 1) std::filesystem::rename(log_, log_ + "." + std::to_string(life));
    agent.kill_hard();
  }
  Program agent(flags(), output_);
  ASSERT_TRUE(heard_.wait_for_lines(written_, 3)) << heard_.lines().back() << " of " << written_;
  const auto lines = heard_.lines();
  EXPECT_EQ(lines.back(), written_);
  EXPECT_TRUE(std::is_sorted(lines.begin(), lines.end())) << "a counter never falls";
}

TEST_F(LogProgramTest, PrintsTheCountsForPeople) {
  Program agent(
      {"--print", "--interval", "0.1", "--log-file", "app=" + log_, "--log-pattern", "sevens=7$"},
      output_);
  const auto printed = [&](const std::string& text) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (std::chrono::steady_clock::now() < deadline) {
      if (read_file(output_).find(text) != std::string::npos) return true;
      std::this_thread::sleep_for(5ms);
    }
    return false;
  };
  ASSERT_TRUE(printed("log_readable{")) << read_file(output_);
  append(10);
  EXPECT_TRUE(printed("# TYPE log_lines_total counter")) << read_file(output_);
  EXPECT_TRUE(printed("log=\"app\",pattern=\"sevens\"} 1\n")) << read_file(output_);
}

}  // namespace
}  // namespace monitron::agent
