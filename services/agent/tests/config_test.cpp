// Flags, environment and defaults. C-031 … C-035, C-045, C-050, M-057.

#include "agent/config.hpp"

#include "host/facts.hpp"

#include <cstdlib>
#include <gtest/gtest.h>

namespace monitron::agent {
namespace {

Result<std::variant<Config, Answered>> read(std::vector<const char*> words) {
  words.insert(words.begin(), "monitron-agent");
  return read_config(static_cast<int>(words.size()), words.data());
}

Config right(std::vector<const char*> words) {
  return std::get<Config>(read(std::move(words)).value());
}

std::string mistakes(std::vector<const char*> words) {
  const auto result = read(std::move(words));
  return result ? "" : result.error().text;
}

TEST(AgentConfig, WithoutFlagsTheHostIsNamedAndNothingElse) {
  const auto config = right({});
  EXPECT_EQ(config.server, "http://127.0.0.1:3000");
  EXPECT_EQ(config.settings.interval, std::chrono::seconds(10));
  const std::map<std::string, std::string> expected{{"host", host::read_facts().hostname}};
  EXPECT_EQ(config.labels, expected);
}

TEST(AgentConfig, FlagsBecomeLabels) {
  const auto config =
      right({"--service", "api", "--host", "h", "--deployment", "v1", "--env", "production",
             "--region", "us-east", "--label", "a=1", "--label", "b=x=y"});
  const std::map<std::string, std::string> expected{
      {"service", "api"}, {"host", "h"},         {"deployment", "v1"}, {"env", "production"},
      {"a", "1"},         {"region", "us-east"}, {"b", "x=y"}};
  EXPECT_EQ(config.labels, expected);
}

TEST(AgentConfig, EveryFlagIsAlsoAVariableAndTheFlagWins) {
  ::setenv("MONITRON_AGENT_REGION", "eu-west", 1);
  ::setenv("MONITRON_AGENT_INTERVAL", "5", 1);
  ::setenv("MONITRON_AGENT_LABEL", "a=1,b=2", 1);
  const auto config = right({"--interval", "7"});
  ::unsetenv("MONITRON_AGENT_REGION");
  ::unsetenv("MONITRON_AGENT_INTERVAL");
  ::unsetenv("MONITRON_AGENT_LABEL");
  EXPECT_EQ(config.labels.at("region"), "eu-west");
  EXPECT_EQ(config.labels.at("b"), "2");
  EXPECT_EQ(config.settings.interval, std::chrono::seconds(7));
}

TEST(AgentConfig, PatternsMayHaveCommasAndStandOnALineEach) {
  ::setenv("MONITRON_AGENT_LOG_FILE", "a=/a.log,b=/b.log", 1);
  ::setenv("MONITRON_AGENT_LOG_PATTERN", "x=a{1,3}\ny=b,c", 1);
  const auto config = right({});
  ::unsetenv("MONITRON_AGENT_LOG_FILE");
  ::unsetenv("MONITRON_AGENT_LOG_PATTERN");
  ASSERT_EQ(config.logs.files.size(), 2u);
  EXPECT_EQ(config.logs.files[1].path, "/b.log");
  ASSERT_EQ(config.logs.patterns.size(), 2u);
  EXPECT_TRUE(config.logs.patterns[1].matches("b,c"));
  EXPECT_EQ(right({"--log-pattern", "x=a{1,3}"}).logs.patterns.size(), 1u);
  EXPECT_NE(mistakes({"--log-pattern", "x=("}), "");
}

TEST(AgentConfig, AnUnknownVariableIsNamed) {
  ::setenv("MONITRON_AGENT_INTERVALL", "5", 1);
  EXPECT_NE(mistakes({}).find("MONITRON_AGENT_INTERVALL"), std::string::npos);
  ::unsetenv("MONITRON_AGENT_INTERVALL");
}

TEST(AgentConfig, PlainHttpStaysOnThisMachine) {
  EXPECT_NE(mistakes({"--server", "http://10.0.0.1:3000"}), "");
  EXPECT_EQ(mistakes({"--server", "http://10.0.0.1:3000", "--allow-plain-http"}), "");
  EXPECT_EQ(mistakes({"--server", "https://10.0.0.1"}), "");
  EXPECT_NE(mistakes({"--server", "ftp://x"}), "");
  EXPECT_TRUE(is_loopback_url("http://localhost:3000"));
  EXPECT_TRUE(is_loopback_url("http://[::1]:3000/x"));
  EXPECT_TRUE(is_loopback_url("http://127.8.0.1"));
  EXPECT_FALSE(is_loopback_url("http://127.0.0.1.example.com"));
  EXPECT_FALSE(is_loopback_url("http://127.0.0.1@example.com"));
  EXPECT_FALSE(is_loopback_url("http://localhost.example.com"));
}

TEST(AgentConfig, HelpListsEveryFlag) {
  const auto help = std::get<Answered>(read({"--help"}).value());
  EXPECT_EQ(help.exit_code, 0);
  for (const char* flag : {"--server", "--enrolment-token", "--enrolment-token-file", "--state-dir",
                           "--interval", "--service", "--host", "--deployment", "--env", "--region",
                           "--label", "--ca-file", "--client-certificate", "--allow-plain-http",
                           "--log-level", "--probes-address", "--log-file", "--log-pattern"}) {
    EXPECT_NE(help.text.find(flag), std::string::npos) << flag;
  }
}

TEST(AgentConfig, ACertificateOfItsOwnNeedsItsKey) {
  EXPECT_EQ(mistakes({"--client-certificate", "/dev/null"}),
            "--client-certificate: needs --client-key, and the other way round");
  EXPECT_EQ(mistakes({"--client-certificate", "/dev/null", "--client-key", "/nowhere"}),
            "--client-key /nowhere: can not be read");
}

}  // namespace
}  // namespace monitron::agent
