// What is counted in logs, and that it is told once. T-054.

#include "agent/log_follower.hpp"

#include "agent/tests/program.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <numeric>

namespace monitron::agent {
namespace {

const Labels kOwn{{"host", "web-1"}};

class LogFollowerTest : public testing::Test {
 protected:
  void append(const std::string& text) const {
    std::ofstream(log_, std::ios::app | std::ios::binary) << text;
  }
  LogFollower follower(const std::vector<std::string>& patterns = {}) const {
    std::vector<std::string> mistakes;
    auto settings = read_log_settings({"app=" + log_}, patterns, mistakes);
    EXPECT_TRUE(mistakes.empty()) << mistakes.front();
    return {std::move(settings), kOwn};
  }
  LogFollower resumed(bool was_spooled, const std::vector<std::string>& patterns = {}) const {
    auto one = follower(patterns);
    one.resume(state_, [&](const contracts::BatchId& id) {
      EXPECT_EQ(id.seq, 7u);
      EXPECT_EQ(id.epoch.at(3), 9);
      return was_spooled;
    });
    return one;
  }
  Round read(LogFollower& one) const {
    Round round{0, Measurements(kOwn), Measurements(kOwn), Measurements(kOwn)};
    contracts::BatchId id{.source = {}, .seq = 7};
    id.epoch.at(3) = 9;
    one.read(id, {}, round);
    return round;
  }
  static double value(const Round& round, const std::string& name, const std::string& label = "log",
                      const std::string& text = "app") {
    for (const auto& one : round.logs->all()) {
      const Labels labels(one.series.labels.begin(), one.series.labels.end());
      const auto found = labels.find(label);
      if (one.series.name != name || found == labels.end() || found->second != text) continue;
      EXPECT_EQ(labels.at("log"), "app");
      EXPECT_EQ(labels.at("host"), "web-1");
      return one.value;
    }
    ADD_FAILURE() << name << " is missing";
    return -1;
  }
  static double lines(const Round& round) {
    double sum = 0;
    for (const auto& one : round.logs->all()) {
      if (one.series.name == "log_lines_total") sum += one.value;
    }
    return sum;
  }
  // One round, which is spooled.
  double told(LogFollower& one) const {
    const auto round = read(one);
    one.settle(true);
    return lines(round);
  }

  StateDir dir_;
  const std::string log_ = dir_.path() + "/app.log";
  const std::string state_ = dir_.path() + "/logs.json";
};

TEST_F(LogFollowerTest, CountsByLevelAndByPattern) {
  append("ERROR old\n");
  auto one = resumed(true, {"slow=took [0-9]{3,}ms", "any=.*"});
  EXPECT_EQ(told(one), 0);
  append("INFO took 7ms\r\nINFO took 700ms\nERROR took 7000ms\n" + std::string(9000, 'x') + "\nno");
  const auto round = read(one);
  one.settle(true);
  EXPECT_EQ(value(round, "log_lines_total", "level", "info"), 2);
  EXPECT_EQ(value(round, "log_lines_total", "level", "error"), 1);
  EXPECT_EQ(value(round, "log_lines_total", "level", "unknown"), 1);
  EXPECT_EQ(value(round, "log_lines_total", "level", "fatal"), 0) << "so that it can rise from 0";
  EXPECT_EQ(value(round, "log_matches_total", "pattern", "slow"), 2);
  EXPECT_EQ(value(round, "log_matches_total", "pattern", "any"), 4);
  EXPECT_EQ(value(round, "log_bytes_total"), 15 + 16 + 18 + 9001);
  EXPECT_EQ(value(round, "log_skipped_bytes_total"), 9001 - 8192);
  EXPECT_EQ(value(round, "log_unread_bytes"), 2);
  EXPECT_EQ(value(round, "log_lost_files_total"), 0);
  EXPECT_EQ(value(round, "log_readable"), 1);
}

TEST_F(LogFollowerTest, OneThatIsNotThereIsNotReadable) {
  auto one = follower();
  EXPECT_EQ(value(read(one), "log_readable"), 0);
}

TEST_F(LogFollowerTest, CountsGoOnAfterARestart) {
  append("");
  {
    auto one = resumed(true, {"a=a", "b=b"});
    told(one);
    append("a\na\nb\n");
    EXPECT_EQ(told(one), 3);
  }
  append("b\n");
  auto one = resumed(true, {"b=b", "c=c"});
  const auto round = read(one);
  EXPECT_EQ(lines(round), 4);
  EXPECT_EQ(value(round, "log_matches_total", "pattern", "b"), 2);
  EXPECT_EQ(value(round, "log_matches_total", "pattern", "c"), 0);
}

// It ends between the two writes: how far it read is on the disk, the batch is there or is not.
TEST_F(LogFollowerTest, WhatABatchToldIsCountedAgainOnlyWhenTheBatchIsNotThere) {
  append("");
  {
    auto one = resumed(true);
    told(one);
    append("1\n");
    told(one);
    append("2\n3\n");
    EXPECT_EQ(lines(read(one)), 3);
  }
  const auto as_it_was = read_file(state_);
  append("4\n");
  for (const bool was_spooled : {false, true}) {
    std::ofstream(state_) << as_it_was;
    auto one = resumed(was_spooled);
    EXPECT_EQ(told(one), 4) << was_spooled;
    append("5\n");
    EXPECT_EQ(told(one), 5) << was_spooled;
    std::filesystem::resize_file(log_, 8);
  }
}

// Decided once: the spool may not know for ever.
TEST_F(LogFollowerTest, AfterAStartTheDiskSaysWhatHolds) {
  append("");
  {
    auto one = resumed(true);
    told(one);
    append("1\n");
    read(one);
  }
  {
    auto one = resumed(false);
    EXPECT_EQ(told(one), 1);
  }
  auto one = resumed(true);
  EXPECT_EQ(told(one), 1);
}

TEST_F(LogFollowerTest, WhatIsNotSpooledIsToldByTheNextBatch) {
  append("");
  auto one = resumed(true);
  told(one);
  append("1\n");
  EXPECT_EQ(lines(read(one)), 1);
  one.settle(false);
  append("2\n");
  EXPECT_EQ(told(one), 2);
  auto next = resumed(true);
  EXPECT_EQ(told(next), 2);
}

TEST_F(LogFollowerTest, WaitsWhileTheDiskDoesNotKeepHowFarItIs) {
  append("");
  auto one = resumed(true);
  told(one);
  append("1\n");
  std::filesystem::create_directory(state_ + ".new");
  EXPECT_EQ(told(one), 0);
  EXPECT_EQ(told(one), 0);
  std::filesystem::remove(state_ + ".new");
  EXPECT_EQ(told(one), 1);
}

TEST_F(LogFollowerTest, AStateThatCanNotBeReadIsNone) {
  append("1\n");
  for (const char* text :
       {"", "{", "{}", R"({"seq":1,"epoch":"","before":{},"after":{"app":{}}})"}) {
    std::ofstream(state_) << text;
    auto one = follower();
    one.resume(state_, [](const auto&) { return true; });
    EXPECT_EQ(told(one), 0) << text;
    append("2\n");
    EXPECT_EQ(told(one), 1) << text;
  }
}

TEST_F(LogFollowerTest, AnotherFileOfTheNameIsAnotherLog) {
  append("");
  {
    auto one = resumed(true);
    told(one);
    append("1\n");
    told(one);
  }
  std::filesystem::rename(log_, log_ + ".2");
  std::vector<std::string> mistakes;
  LogFollower one(read_log_settings({"app=" + log_ + ".2"}, {}, mistakes), kOwn);
  one.resume(state_, [](const auto&) { return true; });
  EXPECT_EQ(told(one), 0);
}

TEST(LogSettings, NameEveryMistake) {
  const auto mistakes = [](const std::vector<std::string>& files,
                           const std::vector<std::string>& patterns) {
    std::vector<std::string> all;
    read_log_settings(files, patterns, all);
    return std::accumulate(all.begin(), all.end(), std::string(),
                           [](const auto& a, const auto& b) { return a + b + "\n"; });
  };
  EXPECT_EQ(mistakes({"a=/a", "b=/b"}, {"x=a|b"}), "");
  EXPECT_NE(mistakes({"/a"}, {}).find("--log-file /a: is not name=path"), std::string::npos);
  EXPECT_NE(mistakes({"a=a.log"}, {}), "");
  EXPECT_NE(mistakes({"a=/var/log/"}, {}), "");
  EXPECT_NE(mistakes({"a b=/a"}, {}), "");
  EXPECT_NE(mistakes({"a=/\xff"}, {}), "");
  EXPECT_NE(mistakes({"a=/a", "a=/b"}, {}).find("--log-file a: is given twice"), std::string::npos);
  EXPECT_NE(mistakes({}, {"x=("}).find("--log-pattern x=(: missing )"), std::string::npos);
  EXPECT_NE(mistakes({}, {"x=(a)\\1"}), "") << "no linear time";
  EXPECT_NE(mistakes({}, {"x="}), "");
  EXPECT_NE(mistakes({}, {"x=" + std::string(1001, 'a')}), "");
  std::vector<std::string> many;
  for (int i = 0; i < 51; ++i) many.push_back("n" + std::to_string(i) + "=/a");
  EXPECT_NE(mistakes(many, {}).find("more than 20 times"), std::string::npos);
  EXPECT_NE(mistakes({}, many).find("more than 50 times"), std::string::npos);
}

}  // namespace
}  // namespace monitron::agent
