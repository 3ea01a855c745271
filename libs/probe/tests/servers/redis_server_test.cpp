// Checks of real Redis servers.

#include "../target.hpp"
#include "testkit/tool_server.hpp"

#include <gtest/gtest.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;

namespace {

class Redis {
 public:
  explicit Redis(std::vector<std::string> settings) : server_("redis", 1) {
    for (auto& line : settings) line = "'" + line + "'";
    settings.insert(settings.begin(), std::to_string(server_.port()));
    server_.prepare(settings);
    server_.start();
  }
  domain::CheckDefinition check() const {
    return check_of(CheckKind::redis, "127.0.0.1:" + std::to_string(server_.port()));
  }

 private:
  testkit::ToolServer server_;
};

}  // namespace

// C-004, M-029.
TEST(RedisServer, AnswersAndIsCounted) {
  const Redis server({});
  const auto outcome = run_once(server.check());
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(outcome.details.at("role"), "master");
  EXPECT_GE(value_of(outcome, "probe_redis_connected_clients"), 1);
  EXPECT_GT(value_of(outcome, "probe_redis_used_memory_bytes"), 100'000);
  EXPECT_TRUE(outcome.phases.first_byte.has_value());
}

TEST(RedisServer, APasswordIsAskedForAndTaken) {
  const Redis server({"requirepass sesame", "user ada on >open ~* +ping"});
  auto check = server.check();
  const auto locked = run_once(check);
  EXPECT_EQ(locked.status, CheckStatus::up);
  EXPECT_NE(locked.reason.find("NOAUTH"), std::string::npos) << locked.reason;
  auto& settings = check.use<domain::RedisSettings>();
  settings.password.text = "sesame";
  EXPECT_EQ(run_once(check).reason, "");
  settings.password.text = "guess";
  const auto refused = run_once(check);
  EXPECT_EQ(refused.status, CheckStatus::down);
  EXPECT_NE(refused.reason.find("WRONGPASS"), std::string::npos) << refused.reason;
  EXPECT_EQ(refused.reason.find("guess"), std::string::npos);
  settings.username = "ada";
  settings.password.text = "open";
  const auto modest = run_once(check);  // may ping and nothing else
  EXPECT_EQ(modest.status, CheckStatus::up) << modest.reason;
  EXPECT_FALSE(modest.details.contains("role"));
}

TEST(RedisServer, ALostMasterIsDown) {
  const Redis server({"replicaof 127.0.0.1 1", "replica-serve-stale-data no"});
  const auto outcome = run_once(server.check());
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_NE(outcome.reason.find("MASTERDOWN"), std::string::npos) << outcome.reason;
}

}  // namespace monitron::probe
