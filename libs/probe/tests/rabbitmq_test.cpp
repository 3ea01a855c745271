// AMQP's frames, RabbitMQ's management API, and servers that do not keep to them.

#include "conversations.hpp"
#include "probe/amqp_frames.hpp"
#include "probe/rabbitmq_queues.hpp"

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using namespace std::string_literals;

namespace {

std::string frame(std::uint16_t method, const std::string& arguments) {
  std::string out("\1\0\0", 3);
  append_big(out, static_cast<std::uint32_t>(arguments.size() + 4));
  append_big(out, std::uint16_t{10});
  append_big(out, method);
  return out + arguments + '\xce';
}

std::string long_text(const std::string& text) {
  std::string out;
  append_big(out, static_cast<std::uint32_t>(text.size()));
  return out + text;
}

const std::string kStart =
    frame(10, "\0\x09"s +
                  long_text("\x0c"
                            "capabilitiesF"s +
                            long_text("\5basict\1") + "\7versionS" + long_text("3.10.8")) +
                  long_text("AMQPLAIN PLAIN") + long_text("en_US"));
const std::string kTune = frame(30, "\x07\xff\0\2\0\0\0\x3c"s);
const std::string kOpenOk = frame(41, "\0"s);
const std::string kCloseOk = frame(51, "");

std::string close(std::uint16_t code, const std::string& text) {
  std::string arguments;
  append_big(arguments, code);
  return frame(50, arguments + static_cast<char>(text.size()) + text + "\0\0\0\0"s);
}

std::string http(int status, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) +
         " x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

domain::CheckDefinition check(const std::string& user = {}) {
  auto made = check_of(CheckKind::rabbitmq, "127.0.0.1:1");
  auto& settings = made.use<domain::RabbitmqSettings>();
  settings.username = user;
  settings.password.text = "carrot";
  return made;
}

domain::CheckDefinition watching(std::vector<std::string> queues) {
  auto made = check("ada");
  auto& settings = made.use<domain::RabbitmqSettings>();
  settings.management_url = "http://127.0.0.1:15672";
  settings.queues = std::move(queues);
  settings.max_ready = 10;
  return made;
}

const std::vector<std::string> kOpened{kStart, kTune, kOpenOk, kCloseOk};

Talker& hear_all(Talker& talker, const std::vector<std::string>& all) {
  for (const auto& one : all) talker.hear(one);
  return talker;
}

}  // namespace

// C-005.
TEST(RabbitmqConversation, TheServersStartIsLife) {
  const auto talk = Talker(check()).hear(kStart).talk();
  EXPECT_EQ(talk.verdict, CheckStatus::up);
  EXPECT_EQ(talk.said, amqp::protocol_header());
  EXPECT_EQ(talk.details.at("server_version"), "3.10.8");
}

TEST(RabbitmqConversation, ALoginOpensAndCloses) {
  Talker talker(check("ada"));
  talker.hear(kStart);
  EXPECT_NE(talker.talk().said.find("\0ada\0carrot"s), std::string::npos);
  const auto talk = talker.hear(kTune).hear(kOpenOk).hear(kCloseOk).talk();
  EXPECT_EQ(talk.verdict, CheckStatus::up) << talk.reason;
  EXPECT_NE(talk.said.find(amqp::tune_ok({2047, 131'072})), std::string::npos);
  EXPECT_TRUE(talk.said.ends_with(amqp::open("/") + amqp::close()));
}

TEST(RabbitmqConversation, RefusalsAreDown) {
  const auto denied = Talker(check("ada")).hear(kStart).hear(close(403, "ACCESS_REFUSED")).talk();
  EXPECT_EQ(denied.reason, "login: ACCESS_REFUSED (403)");
  const auto lost =
      Talker(check("ada")).hear(kStart + kTune).hear(close(530, "vhost x not found")).talk();
  EXPECT_EQ(lost.reason, "vhost x not found (530)");
  EXPECT_EQ(lost.verdict, CheckStatus::down);
  const auto version = Talker(check()).hear("AMQP\0\1\0\0"s).talk();
  EXPECT_EQ(version.reason, "the server speaks another version of AMQP");
}

TEST(RabbitmqConversation, QueuesAreCountedAndJudged) {
  const std::string queue =
      R"({"name":"a b","messages_ready":11,"messages_unacknowledged":2,"consumers":1})";
  Talker talker(watching({"a b", "new"}));
  hear_all(talker, kOpened);
  EXPECT_EQ(talker.talk().dialled, (Endpoint{"127.0.0.1", 15672, false}));
  EXPECT_NE(talker.talk().said.find("GET /api/queues/%2F/a%20b?columns="), std::string::npos);
  EXPECT_NE(talker.talk().said.find("Authorization: Basic YWRhOmNhcnJvdA=="), std::string::npos);
  const auto talk = talker.hear(http(200, queue)).hear(http(200, R"({"name":"new"})")).talk();
  EXPECT_EQ(talk.verdict, CheckStatus::down);
  EXPECT_EQ(talk.reason, "queue a b: 11 ready messages, more than 10");
  EXPECT_EQ(talk.value("probe_rabbitmq_queue_messages_ready"), 11);
  EXPECT_EQ(talk.value("probe_rabbitmq_messages_unacked"), 2);
  EXPECT_EQ(talk.value("probe_rabbitmq_consumers"), 1);
  EXPECT_EQ(talk.value("probe_rabbitmq_queues"), 2);
}

TEST(RabbitmqConversation, AllQueuesComeInPages) {
  Talker talker(watching({}));
  hear_all(talker, kOpened);
  talker.hear(http(200, R"({"page_count":2,"items":[{"name":"a","messages_ready":4}]})"));
  EXPECT_NE(talker.talk().said.find("?page=2&page_size=500"), std::string::npos);
  const auto talk =
      talker.hear(http(200, R"({"page_count":2,"items":[{"name":"b","messages_ready":7}]})"))
          .talk();
  EXPECT_EQ(talk.reason, "all queues together: 11 ready messages, more than 10");
  EXPECT_EQ(talk.value("probe_rabbitmq_messages_ready"), 11);
}

TEST(RabbitmqConversation, WhatTheManagementApiRefuses) {
  const auto after = [](const std::string& answer) {
    Talker talker(watching({"jobs"}));
    hear_all(talker, kOpened).hear(answer);
    return talker.talk();
  };
  EXPECT_EQ(after(http(404, "{}")).reason, "queue jobs is not there");
  EXPECT_EQ(after(http(401, "{}")).verdict, CheckStatus::unknown);
  EXPECT_EQ(after(http(503, "")).verdict, CheckStatus::down);
  EXPECT_EQ(after(http(200, "<html>")).verdict, CheckStatus::down);
  EXPECT_EQ(after("SSH-2.0-OpenSSH\r\n").verdict, CheckStatus::down);
}

TEST(RabbitmqConversation, WhoSpeaksOrLeavesBeforeItWasAskedIsDown) {
  for (const bool speaks : {false, true}) {
    const auto conversation = make_conversation(watching({"jobs"}), in_three_seconds());
    conversation->connected();
    for (const auto& bytes : kOpened) conversation->received(bytes);
    EXPECT_TRUE(conversation->take().dial.has_value());
    speaks ? conversation->received("HTTP/1.1 200 OK\r\n\r\n") : conversation->closed("");
    EXPECT_EQ(conversation->take().verdict, CheckStatus::down);
  }
}

RC_GTEST_PROP(RabbitmqConversation, HostileServersDoNoHarm, ()) {
  expect_no_harm_from(check(*rc::gen::element<std::string>("", "ada")),
                      {kStart, kTune, kOpenOk, kCloseOk, close(403, "no"), "\x08\0\0\0\0\0\0\xce"s,
                       "\1\0\0\xff\xff\xff\xff"s, frame(10, "\0\x09\0\0\0\x05\1a"s)});
}

RC_GTEST_PROP(RabbitmqQueues, AnyJsonIsReadOrRefused, ()) {
  static const std::vector<std::string> kParts{"{",
                                               "}",
                                               "[",
                                               "]",
                                               ",",
                                               ":",
                                               "\"items\"",
                                               "\"name\"",
                                               "\"a\"",
                                               "1",
                                               "-1e999",
                                               "null",
                                               "\"page_count\"",
                                               "\"messages_ready\"",
                                               "\"consumers\"",
                                               "\"\\ud800\"",
                                               "{\"name\":\"q\"}"};
  const auto parts = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(kParts));
  std::string text;
  for (const auto& part : parts) text += part;
  (void)rabbitmq::read_page(text);
  (void)rabbitmq::read_queue(text);
}

}  // namespace monitron::probe
