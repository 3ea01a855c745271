// Replies of Redis, and servers that do not keep to them.

#include "conversations.hpp"
#include "probe/redis_replies.hpp"

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;

namespace {

domain::CheckDefinition check(const std::string& password = {}, const std::string& user = {}) {
  auto made = check_of(CheckKind::redis, "127.0.0.1:1");
  auto& settings = made.use<domain::RedisSettings>();
  settings.username = user;
  settings.password.text = password;
  return made;
}

const std::string kInfo = "$28\r\n# Replication\r\nrole:master\r\n\r\n";

}  // namespace

// C-004.
TEST(RedisConversation, PongIsLifeAndInfoIsCounted) {
  Talker talker(check());
  EXPECT_EQ(talker.talk().said.find("AUTH"), std::string::npos);
  const auto talk = talker.hear("+PONG\r\n" + kInfo + "$22\r\nconnected_clients:12\r\n\r\n")
                        .hear("$18\r\nused_memory:4711\r\n\r\n+OK\r\n")
                        .talk();
  EXPECT_EQ(talk.verdict, CheckStatus::up) << talk.reason;
  EXPECT_EQ(talk.reason, "");
  EXPECT_EQ(talk.details.at("role"), "master");
  EXPECT_EQ(talk.value("probe_redis_master"), 1);
  EXPECT_EQ(talk.value("probe_redis_connected_clients"), 12);
  EXPECT_EQ(talk.value("probe_redis_used_memory_bytes"), 4711);
}

TEST(RedisConversation, ARefusalOfUsIsLifeAndOneOfEverybodyIsNot) {
  const std::string no = "-NOAUTH Authentication required.\r\n";
  const auto locked = Talker(check()).hear(no + no + no + no + "+OK\r\n").talk();
  EXPECT_EQ(locked.verdict, CheckStatus::up);
  EXPECT_NE(locked.reason.find("NOAUTH"), std::string::npos);
  const auto guarded = Talker(check()).hear("-DENIED protected mode\r\n").close().talk();
  EXPECT_EQ(guarded.verdict, CheckStatus::up);
  for (const std::string word : {"LOADING Redis is loading", "MASTERDOWN Link", "BUSY script",
                                 "MISCONF errors", "ERR max number of clients reached"}) {
    const auto talk = Talker(check()).hear("-" + word + "\r\n").talk();
    EXPECT_EQ(talk.verdict, CheckStatus::down) << word;
    EXPECT_EQ(talk.reason, word);
  }
}

TEST(RedisConversation, ALoginIsJudged) {
  Talker talker(check("sesame", "ada"));
  EXPECT_TRUE(talker.talk().said.starts_with(redis::command({"AUTH", "ada", "sesame"})));
  const auto talk = talker.hear("-WRONGPASS invalid username-password pair\r\n").talk();
  EXPECT_EQ(talk.verdict, CheckStatus::down);
  EXPECT_EQ(talk.reason, "login: WRONGPASS invalid username-password pair");
  EXPECT_TRUE(Talker(check("x")).talk().said.starts_with(redis::command({"AUTH", "x"})));
}

TEST(RedisConversation, OtherServersAreNoRedis) {
  for (const std::string banner : {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 400 Bad Request\r\n",
                                   "+OK POP3\r\n", "$99999999999\r\n", "$-2\r\n"}) {
    EXPECT_EQ(Talker(check()).hear(banner).talk().verdict, CheckStatus::down) << banner;
  }
}

RC_GTEST_PROP(RedisConversation, HostileServersDoNoHarm, ()) {
  expect_no_harm_from(check(*rc::gen::element<std::string>("", "sesame")),
                      {"+PONG\r\n", "+OK\r\n", kInfo, "-NOAUTH x\r\n", "$-1\r\n", "$5\r\nhel",
                       ":12\r\n", "-ERR x\r\n"});
}

}  // namespace monitron::probe
