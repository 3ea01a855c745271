// MongoDB's messages, made by hand from the published description, and servers that do not keep to
// it.

#include "conversations.hpp"
#include "probe/mongodb_messages.hpp"

#include <bit>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using namespace std::string_literals;

namespace {

std::string number(const std::string& name, double number) {
  std::string out = "\x01" + name + '\0';
  append_little(out, std::bit_cast<std::uint64_t>(number));
  return out;
}

std::string flag(const std::string& name, bool set) {
  return "\x08" + name + '\0' + static_cast<char>(set);
}

std::string integer(const std::string& name, std::int32_t number) {
  std::string out = "\x10" + name + '\0';
  append_little(out, number);
  return out;
}

std::string text(const std::string& name, const std::string& value) {
  std::string out = "\x02" + name + '\0';
  append_little(out, static_cast<std::uint32_t>(value.size() + 1));
  return out + value + '\0';
}

std::string document(const std::string& members) {
  std::string out;
  append_little(out, static_cast<std::uint32_t>(members.size() + 5));
  return out + members + '\0';
}

std::string reply(const std::string& members, std::int32_t answers = 1) {
  const std::string body = "\0\0\0\0\0"s + document(members);
  std::string out;
  append_little(out, static_cast<std::uint32_t>(body.size() + 16));
  for (const std::int32_t word : {77, answers, 2013}) append_little(out, word);
  return out + body;
}

const std::string kPrimary =
    flag("isWritablePrimary", true) + text("setName", "rs0") + "\x03topologyVersion\0"s +
    document(integer("counter", 6)) + "\x07$electionId\0abcdefghijkl"s +
    "\x09localTime\0"
    "12345678"s +
    "\x04hosts\0"s + document(text("0", "db:27017")) + text("primary", "db:27017") +
    integer("maxWireVersion", 21) + number("ok", 1);

domain::CheckDefinition check(const std::string& set = {}) {
  auto made = check_of(CheckKind::mongodb, "127.0.0.1:1");
  made.use<domain::MongodbSettings>().expected_replica_set = set;
  return made;
}

}  // namespace

// The bytes of {hello: 1, $db: "admin"} as OP_MSG.
TEST(MongodbConversation, SaysHello) {
  const auto said = Talker(check()).talk().said;
  EXPECT_EQ(said,
            "\x34\0\0\0"
            "\1\0\0\0"
            "\0\0\0\0"
            "\xdd\7\0\0"
            "\0\0\0\0"
            "\0"
            "\x1f\0\0\0"
            "\x10hello\0\1\0\0\0"
            "\x02$db\0\6\0\0\0admin\0"
            "\0"s);
}

// C-003.
TEST(MongodbConversation, APrimaryIsUp) {
  const auto talk = Talker(check("rs0")).hear(reply(kPrimary)).talk();
  EXPECT_EQ(talk.verdict, CheckStatus::up) << talk.reason;
  EXPECT_EQ(talk.details.at("replica_set"), "rs0");
  EXPECT_EQ(talk.details.at("role"), "primary");
  EXPECT_EQ(talk.value("probe_mongodb_writable"), 1);
  EXPECT_EQ(talk.value("probe_mongodb_max_wire_version"), 21);
  const auto other = Talker(check("rs1")).hear(reply(kPrimary)).talk();
  EXPECT_EQ(other.verdict, CheckStatus::down);
  EXPECT_EQ(other.reason, "the server belongs to the replica set rs0");
}

TEST(MongodbConversation, MembersThatServeAreUpAndOthersAreNot) {
  const std::string ok = number("ok", 1), set = text("setName", "rs0");
  EXPECT_EQ(Talker(check()).hear(reply(set + flag("secondary", true) + ok)).talk().verdict,
            CheckStatus::up);
  EXPECT_EQ(Talker(check()).hear(reply(set + flag("arbiterOnly", true) + ok)).talk().verdict,
            CheckStatus::up);
  EXPECT_EQ(Talker(check()).hear(reply(text("msg", "isdbgrid") + ok)).talk().details.at("role"),
            "router");
  EXPECT_EQ(Talker(check()).hear(reply(flag("ismaster", true) + ok)).talk().details.at("role"),
            "standalone");
  const auto recovering = Talker(check()).hear(reply(set + ok)).talk();
  EXPECT_EQ(recovering.verdict, CheckStatus::down);
  const auto alone = Talker(check("rs0")).hear(reply(flag("ismaster", true) + ok)).talk();
  EXPECT_EQ(alone.reason, "the server belongs to no replica set");
}

TEST(MongodbConversation, OldServersAreAskedInTheirWords) {
  const std::string unknown = number("ok", 0) + integer("code", 59) + text("errmsg", "no such");
  Talker talker(check());
  talker.hear(reply(unknown));
  EXPECT_NE(talker.talk().said.find("isMaster"), std::string::npos);
  EXPECT_EQ(talker.hear(reply(flag("ismaster", true) + number("ok", 1), 2)).talk().verdict,
            CheckStatus::up);
  EXPECT_EQ(Talker(check()).hear(reply(unknown)).hear(reply(unknown, 2)).talk().verdict,
            CheckStatus::down);
}

TEST(MongodbConversation, AnswersToOthersAndOtherServersAreNoAnswers) {
  EXPECT_EQ(Talker(check()).hear(reply(kPrimary, 9)).talk().verdict, CheckStatus::down);
  EXPECT_EQ(Talker(check()).hear("SSH-2.0-OpenSSH_9.2\r\n").talk().verdict, CheckStatus::down);
}

TEST(MongodbMessages, EveryCutOfADocumentIsRefused) {
  const std::string whole = document(kPrimary);
  ASSERT_TRUE(mongodb::read_document(whole).has_value());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(mongodb::read_document(std::string(whole, 0, size)).has_value()) << size;
  }
}

RC_GTEST_PROP(MongodbConversation, HostileServersDoNoHarm, ()) {
  expect_no_harm_from(check(*rc::gen::element<std::string>("", "rs0")),
                      {reply(kPrimary), reply(kPrimary).substr(0, 40), reply(number("ok", 0)),
                       reply("\x05"
                             "bin\0\xff\xff\xff\xff"s),
                       reply("\x03"
                             "d\0\3\0\0\0"s),
                       reply("\x0bregex\0a\0b"s),
                       reply("\x0c"
                             "p\0\1\0\0\0"s)});
}

RC_GTEST_PROP(MongodbMessages, AnyDocumentIsReadOrRefused, (std::string bytes)) {
  std::string document;
  append_little(document, static_cast<std::uint32_t>(bytes.size() + 4));
  const auto fields = mongodb::read_document(document += bytes);
  if (fields) RC_ASSERT(fields->size() <= bytes.size());
}

}  // namespace monitron::probe
