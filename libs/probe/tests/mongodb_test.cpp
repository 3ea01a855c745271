// MongoDB's messages, made by hand from the published description, and servers that do not keep to
// it.

#include "base/bytes.hpp"
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

namespace {

domain::CheckDefinition login() {
  auto made = check();
  auto& settings = made.use<domain::MongodbSettings>();
  settings.username = "ada";
  settings.password.text = "engine";
  settings.auth_database = "shop";
  return made;
}

std::string words(const std::string& payload, bool done, std::int32_t answers) {
  std::string binary = "\x05payload\0"s;
  append_little(binary, static_cast<std::uint32_t>(payload.size()));
  return reply(
      binary + '\0' + payload + integer("conversationId", 7) + flag("done", done) + number("ok", 1),
      answers);
}

// The server's half of SCRAM-SHA-256 (RFC 5802), with one round of hashing.
struct ScramServer {
  explicit ScramServer(const std::string& said) {
    const auto at = said.rfind("n,,");
    bare = said.substr(at + 3, said.find('\x02', at) - at - 3);
    nonce = bare.substr(bare.find("r=") + 2);
    first = "r=" + nonce + "srv,s=" + to_base64("salt") + ",i=1";
    const std::string salted = hmac_sha256("engine", "salt\0\0\0\1"s);
    const std::string all = bare + "," + first + ",c=biws,r=" + nonce + "srv";
    proof = hmac_sha256(salted, "Client Key");
    const std::string signature = hmac_sha256(sha256(proof), all);
    for (std::size_t i = 0; i < proof.size(); ++i)
      proof[i] = static_cast<char>(proof[i] ^ signature[i]);
    last = "v=" + to_base64(hmac_sha256(hmac_sha256(salted, "Server Key"), all));
  }
  std::string bare, nonce, first, proof, last;
};

}  // namespace

TEST(MongodbConversation, ALoginProvesBothSides) {
  Talker talker(login());
  talker.hear(reply(kPrimary));
  EXPECT_NE(talker.talk().said.find("\x02mechanism\0\x0e\0\0\0SCRAM-SHA-256\0"s),
            std::string::npos);
  EXPECT_NE(talker.talk().said.find("$db\0\5\0\0\0shop\0"s), std::string::npos);
  const ScramServer server(talker.talk().said);
  talker.hear(words(server.first, false, 2));
  EXPECT_NE(talker.talk().said.find("\x10saslContinue\0\1\0\0\0\x10"
                                    "conversationId\0\7\0\0\0"s),
            std::string::npos);
  EXPECT_NE(talker.talk().said.find("p=" + to_base64(server.proof)), std::string::npos);
  EXPECT_EQ(talker.hear(words(server.last, false, 3)).talk().verdict, std::nullopt);
  EXPECT_EQ(talker.hear(words("", true, 4)).talk().verdict, CheckStatus::up)
      << talker.talk().reason;
  EXPECT_EQ(talker.talk().details.at("role"), "primary");
}

TEST(MongodbConversation, LoginsThatFailAreDown) {
  const auto heard = [](const std::string& answer) {
    Talker talker(login());
    talker.hear(reply(kPrimary)).hear(answer);
    return talker;
  };
  const auto refusal = [](std::int32_t code) {
    return reply(number("ok", 0) + integer("code", code) + text("errmsg", "no"), 2);
  };
  EXPECT_EQ(heard(refusal(18)).talk().reason, "login: no");
  EXPECT_EQ(heard(refusal(18)).talk().verdict, CheckStatus::down);
  EXPECT_EQ(heard(refusal(334)).talk().verdict, CheckStatus::unknown);
  EXPECT_EQ(heard(words("r=other,s=AAAA,i=1", false, 2)).talk().verdict, CheckStatus::down);
  Talker talker(login());
  const ScramServer server(talker.hear(reply(kPrimary)).talk().said);
  talker.hear(words(server.first, false, 2));
  EXPECT_EQ(talker.hear(words("v=AAAA", true, 3)).talk().reason,
            "login: the server does not prove that it knows the password");
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
  const bool logs_in = *rc::gen::arbitrary<bool>();
  expect_no_harm_from(logs_in ? login() : check(*rc::gen::element<std::string>("", "rs0")),
                      {reply(kPrimary), words("r=x,s=AA,i=1", false, 2),
                       reply(number("conversationId", 1e300) + number("ok", 1), 2),
                       reply(kPrimary).substr(0, 40), reply(number("ok", 0)),
                       reply("\x05"
                             "bin\0\xff\xff\xff\xff"s),
                       reply("\x03"
                             "d\0\3\0\0\0"s),
                       reply("\x0bregex\0a\0b"s),
                       reply("\x0c"
                             "p\0\1\0\0\0"s)});
}

RC_GTEST_PROP(MongodbMessages, AnyDocumentIsReadOrRefused, (const std::string& bytes)) {
  std::string document;
  append_little(document, static_cast<std::uint32_t>(bytes.size() + 4));
  const auto fields = mongodb::read_document(document += bytes);
  if (fields) RC_ASSERT(fields->size() <= bytes.size());
}

}  // namespace monitron::probe
