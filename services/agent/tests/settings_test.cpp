// What the server may tell an agent to do. M-058.

#include "agent/settings.hpp"

#include <gtest/gtest.h>

namespace monitron::agent {
namespace {

using namespace std::chrono_literals;

std::string reason(std::string_view text) {
  const auto pushed = parse_pushed(text);
  return pushed ? "" : pushed.error().text;
}

TEST(Pushed, HoldsWhatIsSaidAndNothingElse) {
  const auto pushed = parse_pushed(
      R"({"version": "a1", "settings": {"interval_seconds": 2.5, "top_processes": 3, "new": {}}})");
  ASSERT_TRUE(pushed) << pushed.error().text;
  EXPECT_EQ(pushed->version, "a1");
  EXPECT_EQ(pushed->interval, 2500ms);
  EXPECT_EQ(pushed->top_processes, 3u);
  EXPECT_FALSE(pushed->connections);
  EXPECT_FALSE(pushed->connection_log);
}

TEST(Pushed, WhatIsWrongIsNamed) {
  const std::pair<const char*, const char*> wrong[] = {
      {"", "is not a JSON object"},
      {"[]", "is not a JSON object"},
      {R"({"settings": {}})", "version"},
      {R"({"version": 1, "settings": {}})", "version"},
      {R"({"version": "a"})", "settings"},
      {R"({"version": "a", "settings": {"interval_seconds": 0}})", "settings.interval_seconds"},
      {R"({"version": "a", "settings": {"interval_seconds": 1e300}})", "settings.interval_seconds"},
      {R"({"version": "a", "settings": {"interval_seconds": "10"}})", "settings.interval_seconds"},
      {R"({"version": "a", "settings": {"connections": 1}})", "settings.connections"},
      {R"({"version": "a", "settings": {"top_processes": -1}})", "settings.top_processes"},
      {R"({"version": "a", "settings": {"top_processes": 1001}})", "settings.top_processes"},
      {R"({"version": "a", "settings": {"connection_log": 2.5}})", "settings.connection_log"}};
  for (const auto& [text, name] : wrong) {
    EXPECT_TRUE(reason(text).starts_with(name)) << text << ": " << reason(text);
  }
}

TEST(Pushed, WhatTheServerSaysNothingOfStays) {
  const Settings started{.interval = 7s, .wanted = {.top_processes = 5, .connection_log = 50}};
  EXPECT_EQ(obeying({}, started), started);
  const auto obeyed = obeying({.interval = 1s, .connections = false, .top_processes = 0}, started);
  EXPECT_EQ(obeyed.interval, 1s);
  EXPECT_FALSE(obeyed.wanted.connections);
  EXPECT_EQ(obeyed.wanted.top_processes, 0u);
  EXPECT_EQ(obeyed.wanted.connection_log, 50u);
}

TEST(Pushed, NobodyTurnsOnFromAfarWhatWasTurnedOffHere) {
  const Settings started{.wanted = {.top_processes = 0, .connections = false, .connection_log = 0}};
  const Pushed all{.connections = true, .top_processes = 10, .connection_log = 10};
  EXPECT_EQ(obeying(all, started), started);
}

}  // namespace
}  // namespace monitron::agent
