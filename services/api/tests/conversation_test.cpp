#include "api/graphql/conversation.hpp"

#include <gtest/gtest.h>

namespace monitron::api {
namespace {

constexpr const char* kSubscribe =
    R"({"type":"subscribe","id":"1","payload":{"query":"subscription { a }"}})";

int close_code(const Conversation::Step& step) {
  const auto* close = std::get_if<Conversation::Close>(&step);
  return close == nullptr ? 0 : close->code;
}

int refused(const std::string& text) {
  Conversation conversation;
  return close_code(conversation.hear(text, true));
}

template <class Step>
bool is(const Conversation::Step& step) {
  return std::holds_alternative<Step>(step);
}

TEST(GraphqlConversation, IsInitialisedOnce) {
  Conversation conversation;
  const auto first = conversation.hear(
      R"({"type":"connection_init","payload":{"authorization":"Bearer x"}})", false);
  ASSERT_TRUE(is<Conversation::Initialise>(first));
  EXPECT_EQ(std::get<Conversation::Initialise>(first).payload["authorization"], "Bearer x");
  EXPECT_EQ(close_code(conversation.hear(R"({"type":"connection_init"})", false)), 4429);
  EXPECT_EQ(close_code(conversation.hear(R"({"type":"connection_init"})", true)), 4429);
}

TEST(GraphqlConversation, ToSubscribeOneMustHaveBeenLetInWhenSayingSo) {
  Conversation conversation;
  EXPECT_EQ(close_code(conversation.hear(kSubscribe, false)), 4401);
  Conversation initialised;
  ASSERT_TRUE(
      is<Conversation::Initialise>(initialised.hear(R"({"type":"connection_init"})", false)));
  EXPECT_EQ(close_code(initialised.hear(kSubscribe, false)), 4401);
}

TEST(GraphqlConversation, AnIdIsTakenUntilItsOperationEnds) {
  Conversation conversation;
  const auto step =
      conversation.hear(R"({"type":"subscribe","id":"1","payload":{"query":"subscription S { a }",)"
                        R"("operationName":"S","variables":{"b":1},"extensions":{}}})",
                        true);
  ASSERT_TRUE(is<Conversation::Subscribe>(step));
  const auto& asked = std::get<Conversation::Subscribe>(step);
  EXPECT_EQ(asked.id, "1");
  EXPECT_EQ(asked.request.query, "subscription S { a }");
  EXPECT_EQ(asked.request.operation_name, "S");
  EXPECT_EQ(asked.request.variables["b"], 1);

  const auto again = conversation.hear(kSubscribe, true);
  ASSERT_TRUE(is<Conversation::Close>(again));
  EXPECT_EQ(std::get<Conversation::Close>(again).code, 4409);
  EXPECT_EQ(std::get<Conversation::Close>(again).reason, "Subscriber for 1 already exists");

  EXPECT_TRUE(conversation.ended("1"));
  EXPECT_FALSE(conversation.ended("1"));
  EXPECT_TRUE(is<Conversation::Subscribe>(conversation.hear(kSubscribe, true)));
  EXPECT_EQ(conversation.running(), 1u);
}

TEST(GraphqlConversation, AnswersPingsWhoeverItIs) {
  Conversation conversation;
  for (const bool acknowledged : {false, true}) {
    const auto step = conversation.hear(R"({"type":"ping","payload":{"a":1}})", acknowledged);
    ASSERT_TRUE(is<Conversation::Say>(step));
    EXPECT_EQ(std::get<Conversation::Say>(step).text, R"({"type":"pong"})");
    EXPECT_TRUE(is<Conversation::Nothing>(conversation.hear(R"({"type":"pong"})", acknowledged)));
  }
}

TEST(GraphqlConversation, ClosesWhatItDoesNotUnderstand) {
  for (const auto* text :
       {"",
        "{",
        "[]",
        "1",
        "null",
        "{}",
        R"({"type":1})",
        R"({"type":"start"})",
        R"({"type":"connection_ack"})",
        R"({"type":"next","id":"1","payload":{}})",
        R"({"type":"ping","payload":1})",
        R"({"type":"connection_init","payload":[]})",
        R"({"type":"complete"})",
        R"({"type":"complete","id":1})",
        R"({"type":"subscribe"})",
        R"({"type":"subscribe","id":"1"})",
        R"({"type":"subscribe","id":"","payload":{}})",
        R"({"type":"subscribe","id":"1","payload":{}})",
        R"({"type":"subscribe","id":"1","payload":{"query":1}})",
        R"({"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}})",
        R"({"type":"subscribe","id":"1","payload":{"query":"{a}","extensions":1}})",
        R"({"type":"subscribe","id":"1","payload":{"query":"{a}","operationName":1}})",
        R"({"type":"ping","type":"pong"})",
        "{\"type\":\"\xff\"}"}) {
    EXPECT_EQ(refused(text), 4400) << text;
  }
  const auto long_id = std::string(257, 'i');
  EXPECT_EQ(refused(R"({"type":"subscribe","id":")" + long_id + R"(","payload":{"query":"{a}"}})"),
            4400);
  EXPECT_EQ(refused(R"({"type":"ping","payload":)" + std::string(50'000, '[')), 4400);
}

}  // namespace
}  // namespace monitron::api
