// The packets of MySQL and MariaDB, and servers that do not keep to them.

#include "base/bytes.hpp"
#include "conversations.hpp"
#include "probe/mysql_messages.hpp"

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using namespace std::string_literals;

namespace {

using mysql::packet;

const std::string kNonce = "abcdefghijklmnopqrst";

std::string greeting(const std::string& plugin, std::uint32_t more = 0) {
  const std::uint32_t capabilities =
      mysql::kProtocol41 | mysql::kSecureConnection | mysql::kPluginAuth | more;
  std::string body =
      "\x0a"
      "8.0.36\0"s +
      "\1\0\0\0"s + kNonce.substr(0, 8) + '\0';
  append_little(body, static_cast<std::uint16_t>(capabilities));
  body += "\x2d\2\0"s;
  append_little(body, static_cast<std::uint16_t>(capabilities >> 16));
  body += '\x15' + std::string(10, '\0') + kNonce.substr(8) + '\0' + plugin + '\0';
  return packet(0, body);
}

std::string refusal(std::uint16_t code, const std::string& text, std::uint8_t sequence = 2) {
  std::string body = "\xff";
  append_little(body, code);
  return packet(sequence, body + "#28000" + text);
}

std::string done(std::uint8_t sequence) { return packet(sequence, "\0\0\0\2\0\0\0"s); }
std::string end_of_rows(std::uint8_t sequence) { return packet(sequence, "\xfe\0\0\2\0"s); }

domain::CheckDefinition check(const std::string& user = {}, const std::string& query = {}) {
  auto made = check_of(CheckKind::mysql, "127.0.0.1:1");
  auto& settings = made.use<domain::MysqlSettings>();
  settings.username = user;
  settings.password.text = "pencil";
  settings.query = query;
  return made;
}

}  // namespace

// C-002. Nobody is logged in as, but the handshake is finished.
TEST(MysqlConversation, ARefusalAtTheEndOfTheHandshakeIsLife) {
  Talker talker(check());
  talker.hear(greeting("mysql_native_password"));
  EXPECT_NE(talker.talk().said.find("monitron\0\0mysql_native_password\0"s), std::string::npos);
  EXPECT_FALSE(talker.talk().verdict.has_value());
  const auto talk = talker.hear(refusal(1045, "Access denied for user 'monitron'")).talk();
  EXPECT_EQ(talk.verdict, CheckStatus::up);
  EXPECT_EQ(talk.details.at("server_version"), "8.0.36");
}

TEST(MysqlConversation, AServerThatWantsAnotherPluginGetsAnEmptyAnswer) {
  Talker talker(check());
  talker.hear(greeting("caching_sha2_password"))
      .hear(packet(2,
                   "\xfe"
                   "client_ed25519\0salt"s));
  EXPECT_TRUE(talker.talk().said.ends_with(packet(3, "")));
  EXPECT_EQ(talker.hear(refusal(1045, "no", 4)).talk().verdict, CheckStatus::up);
}

TEST(MysqlConversation, RefusalsBeforeTheGreeting) {
  const auto blocked = Talker(check()).hear(refusal(1129, "Host is blocked", 0)).talk();
  EXPECT_EQ(blocked.verdict, CheckStatus::up);
  EXPECT_NE(blocked.reason.find("refuses us"), std::string::npos);
  EXPECT_EQ(Talker(check("user")).hear(refusal(1129, "x", 0)).talk().verdict, CheckStatus::down);
  EXPECT_EQ(Talker(check()).hear(refusal(1040, "Too many", 0)).talk().verdict, CheckStatus::down);
}

// Figures from a client of MariaDB for this nonce.
TEST(MysqlConversation, PasswordsTravelHashed) {
  Talker native(check("user"));
  native.hear(greeting("mysql_native_password"));
  EXPECT_NE(native.talk().said.find("\x14" + mysql::native_proof("pencil", kNonce)),
            std::string::npos);
  Talker sha2(check("user"));
  sha2.hear(greeting("caching_sha2_password"));
  EXPECT_NE(sha2.talk().said.find("\x20" + mysql::sha2_proof("pencil", kNonce)), std::string::npos);
  for (const auto* talker : {&native, &sha2}) {
    EXPECT_EQ(talker->talk().said.find("pencil"), std::string::npos);
  }
  EXPECT_EQ(mysql::native_proof("", kNonce), "");
  EXPECT_EQ(mysql::sha2_proof("", kNonce), "");
}

// Without TLS anybody may be the peer: its key proves nothing.
TEST(MysqlConversation, FullAuthenticationIsByTlsOnly) {
  Talker plain(check("user"));
  plain.hear(greeting("caching_sha2_password")).hear(packet(2, "\x01\x04"));
  EXPECT_TRUE(plain.talk().said.ends_with(packet(3, "")));  // the handshake ends all the same
  plain.hear(refusal(1045, "no", 4));
  EXPECT_EQ(plain.talk().verdict, CheckStatus::unknown);
  EXPECT_EQ(plain.talk().reason, "login: the server wants the password, which is sent by TLS only");
  EXPECT_EQ(plain.talk().said.find("pencil"), std::string::npos);
  Talker pushy(check("user"));
  pushy.hear(greeting("caching_sha2_password")).hear(packet(2, "\x01-----BEGIN PUBLIC KEY-----"));
  EXPECT_EQ(pushy.talk().verdict, CheckStatus::down);
  auto encrypted = check("user");
  encrypted.use<domain::MysqlSettings>().use_tls = true;
  Talker tls(encrypted);
  tls.hear(greeting("caching_sha2_password", mysql::kTls)).hear(packet(3, "\x01\x04"));
  EXPECT_TRUE(tls.talk().said.ends_with(packet(4, "pencil\0"s)));
}

TEST(MysqlConversation, WithoutTheTlsThatIsWantedNothingSecretIsSaid) {
  auto encrypted = check("user");
  encrypted.use<domain::MysqlSettings>().use_tls = true;
  Talker talker(encrypted);
  talker.hear(greeting("mysql_native_password"));
  EXPECT_NE(talker.talk().said.find("monitron\0\0"s), std::string::npos);
  const auto talk = talker.hear(refusal(1045, "no")).talk();
  EXPECT_EQ(talk.verdict, CheckStatus::down);
  EXPECT_EQ(talk.reason, "the server offers no TLS");
}

TEST(MysqlConversation, UnknownPluginsAndPlainPasswordsAreLeftAlone) {
  for (const std::string plugin : {"mysql_clear_password", "dialog"}) {
    Talker talker(check("user"));
    talker.hear(greeting("mysql_native_password")).hear(packet(2, "\xfe" + plugin + '\0'));
    const auto talk = talker.hear(refusal(1045, "no", 4)).talk();
    EXPECT_EQ(talk.verdict, CheckStatus::unknown);
    EXPECT_NE(talk.reason.find(plugin), std::string::npos) << talk.reason;
    EXPECT_EQ(talk.said.find("pencil"), std::string::npos);
  }
}

TEST(MysqlConversation, AQueryBringsItsFirstValue) {
  auto asking = check("user", "SELECT 42");
  asking.use<domain::MysqlSettings>().expected = "42";
  Talker talker(asking);
  talker.hear(greeting("mysql_native_password")).hear(done(2)).hear(done(1)).hear(done(1));
  EXPECT_NE(talker.talk().said.find("SET SESSION TRANSACTION READ ONLY"), std::string::npos);
  EXPECT_NE(talker.talk().said.find("max_execution_time"), std::string::npos);
  EXPECT_TRUE(talker.talk().said.ends_with("SELECT 42"));
  talker.hear(packet(1, "\x01") + packet(2, "\3def") + end_of_rows(3) +
              packet(4,
                     "\2"
                     "42"));
  const auto talk = talker.hear(end_of_rows(5)).talk();
  EXPECT_EQ(talk.verdict, CheckStatus::up) << talk.reason;
  EXPECT_EQ(talk.value("probe_mysql_query_value"), 42);
  EXPECT_TRUE(talk.said.ends_with(packet(0, "\1")));
}

TEST(MysqlConversation, FilesOfOursAreNotSent) {
  Talker talker(check("user", "SELECT 1"));
  talker.hear(greeting("mysql_native_password")).hear(done(2) + done(1) + done(1));
  EXPECT_EQ(talker.hear(packet(1, "\xfb/etc/passwd")).talk().verdict, CheckStatus::unknown);
}

RC_GTEST_PROP(MysqlConversation, HostileServersDoNoHarm, ()) {
  auto hostile = check(*rc::gen::element<std::string>("", "user"), "SELECT 1");
  hostile.use<domain::MysqlSettings>().use_tls = *rc::gen::arbitrary<bool>();
  expect_no_harm_from(
      hostile, {greeting("mysql_native_password", mysql::kTls), greeting("caching_sha2_password"),
                packet(2, "\x01\x04"), packet(2, "\x01\x03"), packet(3, "\x01-----BEGIN"),
                refusal(1045, "no"), done(2), end_of_rows(3), packet(1, "\1"),
                packet(1,
                       "\2"
                       "42"),
                packet(2,
                       "\xfe"
                       "caching_sha2_password\0salt"s),
                packet(1, "\xfd\1")});
}

}  // namespace monitron::probe
