// The built agent obeys what the server says, from the next round on and without a restart. M-058.

#include "agent/tests/store.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

namespace monitron::agent {
namespace {

// A door that tells with each batch which configuration is to be obeyed.
class Configured : public testing::Test {
 protected:
  Configured() {
    store_.fault = [this](const contracts::Batch&, int) -> std::optional<DoorAnswer> {
      const std::lock_guard lock(mutex_);
      return DoorAnswer{.body = R"({"accepted":1,"configuration":")" + version_ + "\"}"};
    };
  }
  DoorAnswer answer(const DoorRequest& request) {
    if (request.path != "/api/v1/agents/self/configuration") return store_(request);
    EXPECT_NE(request.head.find("Bearer secret-token"), std::string::npos);
    const std::lock_guard lock(mutex_);
    ++asked_;
    if (status_ != 200) return {.status = status_, .body = ""};
    return {.status = 200,
            .body = R"({"version":")" + version_ + R"(","settings":)" + settings_ + "}"};
  }
  void say(const std::string& version, const std::string& settings, int status = 200) {
    const std::lock_guard lock(mutex_);
    version_ = version;
    settings_ = settings;
    status_ = status;
  }
  int asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  // Waits for a round for which it holds.
  testing::AssertionResult comes(const std::function<bool(const Store::Kept&)>& holds) {
    for (auto batches = store_.kept().size(); batches < 1000; ++batches) {
      if (!store_.wait_for(batches + 1)) return testing::AssertionFailure() << log();
      if (holds(store_.kept().back())) return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << log();
  }
  static bool has(const Store::Kept& kept, const std::string& name) {
    return series_of(kept).contains(name);
  }
  static std::string version_in(const Store::Kept& kept) {
    const auto all = series_of(kept);
    const auto found = all.find("monitron_agent_configuration_info");
    return found == all.end() ? "" : found->second.at("version");
  }
  std::string log() const { return read_file(state_.path() + "/log"); }
  Program start(const std::vector<std::string>& more = {}) {
    auto arguments = flags(door_, state_);
    arguments.insert(arguments.end(), more.begin(), more.end());
    return Program(arguments, state_.path() + "/log");
  }

  Store store_;
  StateDir state_;
  std::mutex mutex_;  // guards what follows
  std::string version_ = "v1", settings_ = "{}";
  int status_ = 200, asked_ = 0;
  FakeDoor door_{[this](const DoorRequest& request) { return answer(request); }};
};

std::int64_t time_of(const Store::Kept& kept) {
  return kept.batch.blocks.at(0).frames.at(0).time_ms;
}

TEST_F(Configured, AChangeHoldsWithoutARestart) {
  auto agent = start();
  EXPECT_TRUE(comes([](const auto& kept) { return version_in(kept) == "v1"; }));
  EXPECT_TRUE(has(store_.kept().back(), "process_count"));
  say("v2", R"({"interval_seconds": 0.7, "top_processes": 0, "connections": false})");
  EXPECT_TRUE(comes([](const auto& kept) { return version_in(kept) == "v2"; }));
  EXPECT_TRUE(comes([](const auto& kept) { return !has(kept, "process_count"); }));
  EXPECT_FALSE(has(store_.kept().back(), "monitron_agent_connections_lost_total"));
  const auto before = store_.kept().size();
  ASSERT_TRUE(store_.wait_for(before + 2));
  const auto all = store_.kept();
  EXPECT_GE(time_of(all.at(before + 1)) - time_of(all.at(before)), 600);
  say("v1", "{}");
  EXPECT_TRUE(comes([](const auto& kept) { return has(kept, "process_count"); }));
  EXPECT_EQ(asked(), 3) << "only when another version is named";
}

TEST_F(Configured, WhatIsWrongChangesNothingAndIsTold) {
  say("v1", R"({"top_processes": 0})");
  auto agent = start();
  EXPECT_TRUE(comes([](const auto& kept) { return version_in(kept) == "v1"; }));
  say("v2", R"({"interval_seconds": -1})");
  EXPECT_TRUE(comes([&](const auto&) {
    return log().find("settings.interval_seconds: is not") != std::string::npos;
  }));
  const auto asked_then = asked();
  ASSERT_TRUE(store_.wait_for(store_.kept().size() + 3));
  EXPECT_EQ(asked(), asked_then) << "not again until there is another";
  EXPECT_EQ(version_in(store_.kept().back()), "v1");
  EXPECT_FALSE(has(store_.kept().back(), "process_count"));
  say("v3", "{}");
  EXPECT_TRUE(comes([](const auto& kept) { return version_in(kept) == "v3"; }));
}

TEST_F(Configured, AServerThatDoesNotTellItIsAskedAgain) {
  say("v1", "{}", 503);
  auto agent = start();
  EXPECT_TRUE(comes([&](const auto&) { return asked() >= 3; }));
  say("v1", "{}");
  EXPECT_TRUE(comes([](const auto& kept) { return version_in(kept) == "v1"; }));
}

TEST_F(Configured, TheLastOneHoldsAfterARestartWithoutAServer) {
  say("v1", R"({"top_processes": 0})");
  {
    auto agent = start();
    EXPECT_TRUE(comes([](const auto& kept) { return version_in(kept) == "v1"; }));
    EXPECT_EQ(agent.terminate(), 0);
  }
  say("v1", "{}", 503);
  const auto before = store_.kept().size();
  {
    auto agent = start();
    ASSERT_TRUE(store_.wait_for(before + 2));
    EXPECT_FALSE(has(store_.kept().back(), "process_count"));
    EXPECT_EQ(agent.terminate(), 0);
  }
  std::ofstream(state_.path() + "/agent/configuration.json") << R"({"version": "v1", "sett)";
  say("v1", R"({"top_processes": 0})");
  auto agent = start();
  EXPECT_TRUE(comes([](const auto& kept) { return version_in(kept) == "v1"; }));
  EXPECT_NE(log().find("configuration.unreadable"), std::string::npos);
}

TEST_F(Configured, AHostMayRefuseToBeTold) {
  say("v1", R"({"top_processes": 0})");
  auto agent = start({"--no-remote-configuration"});
  ASSERT_TRUE(store_.wait_for(5));
  EXPECT_EQ(asked(), 0);
  EXPECT_TRUE(has(store_.kept().back(), "process_count"));
}

}  // namespace
}  // namespace monitron::agent
