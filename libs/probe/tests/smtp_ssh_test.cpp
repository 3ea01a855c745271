// SMTP and SSH: the words to bytes that a test makes up, and against real servers. M-029.

#include "conversations.hpp"
#include "testkit/eventually.hpp"
#include "testkit/mail_sink.hpp"

#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using domain::SmtpSettings;
using domain::SshSettings;

namespace {

constexpr const char* kGreeting = "220 mail.test ESMTP\r\n";
constexpr const char* kExtensions = "250-mail.test\r\n250-SIZE 1000\r\n250 StartTLS\r\n";
constexpr const char* kBye = "221 2.0.0 Bye\r\n";

domain::CheckDefinition smtp(bool starttls = false) {
  auto check = check_of(CheckKind::smtp, "127.0.0.1:25");
  check.use<SmtpSettings>().starttls = starttls;
  return check;
}

domain::CheckDefinition ssh(const std::string& expected = "") {
  auto check = check_of(CheckKind::ssh, "127.0.0.1:22");
  check.use<SshSettings>().expected_banner = expected;
  return check;
}

// An OpenSSH server on a port of its own, with keys of its own.
class Sshd {
 public:
  Sshd()
      : directory_(std::string(MONITRON_BINARY_DIR) + "/tests/sshd." + std::to_string(getpid())),
        port_(testkit::free_ports(1)) {
    std::filesystem::create_directories(directory_);
    std::error_code ignored;  // root alone needs and may make it
    std::filesystem::create_directories("/run/sshd", ignored);
    testkit::Program("/usr/bin/ssh-keygen", {"-q", "-N", "", "-t", "ed25519", "-f", key()}, log())
        .wait_for_end();
    std::ofstream(directory_ + "/config")
        << "ListenAddress 127.0.0.1\nPidFile none\nUsePAM no\nHostKey " << key() << "\nPort "
        << port_ << "\n";
    process_ = std::make_unique<testkit::Program>(
        "/usr/sbin/sshd", std::vector<std::string>{"-D", "-e", "-f", directory_ + "/config"},
        log());
    EXPECT_TRUE(testkit::eventually(std::chrono::seconds(20), [&] {
      return run_once(check_of(CheckKind::tcp, target())).status == CheckStatus::up;
    })) << said();
  }
  ~Sshd() {
    process_->terminate();
    std::filesystem::remove_all(directory_);
  }

  std::string target() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string said() const { return testkit::read_file(log()); }

 private:
  std::string key() const { return directory_ + "/key"; }
  std::string log() const { return directory_ + "/log"; }

  std::string directory_;
  int port_;
  std::unique_ptr<testkit::Program> process_;
};

}  // namespace

TEST(SmtpConversation, WaitsForTheGreetingAndSaysGoodbye) {
  Talker talker(smtp());
  EXPECT_EQ(talker.talk().said, "");
  talker.hear("220-mail.test\r\n220 ESM");
  EXPECT_EQ(talker.talk().said, "");
  talker.hear("TP\r\n");
  EXPECT_EQ(talker.talk().said, "EHLO monitron\r\n");
  talker.hear(kExtensions);
  EXPECT_EQ(talker.talk().said, "EHLO monitron\r\nQUIT\r\n");
  EXPECT_FALSE(talker.talk().verdict);
  talker.hear(kBye);
  EXPECT_EQ(talker.talk().verdict, CheckStatus::up);
  EXPECT_EQ(talker.talk().details.at("banner"), "mail.test\nESMTP");
  EXPECT_EQ(talker.talk().details.at("extensions"), "SIZE 1000\nStartTLS");
}

TEST(SmtpConversation, RefusalsAreDownAndNamed) {
  for (const std::string code : {"421", "554"}) {
    const auto greeted = Talker(smtp()).hear(code + " go away\r\n").close().talk();
    EXPECT_EQ(greeted.verdict, CheckStatus::down);
    EXPECT_EQ(greeted.reason, "the server says: " + code + " go away");
    EXPECT_EQ(greeted.said, code == "421" ? "" : "QUIT\r\n");
    const auto later = Talker(smtp()).hear(kGreeting).hear(code + " go away\r\n").close().talk();
    EXPECT_EQ(later.verdict, CheckStatus::down);
  }
  EXPECT_EQ(Talker(smtp()).hear("SSH-2.0-x\r\n").talk().verdict, CheckStatus::down);
  EXPECT_EQ(Talker(smtp()).hear("220-a\r\n250 b\r\n").talk().verdict, CheckStatus::down);
  EXPECT_EQ(Talker(smtp()).hear(std::string(20'000, '2')).talk().verdict, CheckStatus::down);
  EXPECT_EQ(Talker(smtp()).close().talk().verdict, CheckStatus::down);
}

TEST(SmtpConversation, AServerThatIsGoneAfterQuitIsUp) {
  EXPECT_EQ(Talker(smtp()).hear(kGreeting).hear(kExtensions).close().talk().verdict,
            CheckStatus::up);
}

TEST(SmtpConversation, OldServersAreGreetedWithHelo) {
  const auto talk = Talker(smtp())
                        .hear(kGreeting)
                        .hear("502 what\r\n")
                        .hear("250 mail.test\r\n")
                        .hear(kBye)
                        .talk();
  EXPECT_EQ(talk.verdict, CheckStatus::up);
  EXPECT_EQ(talk.said, "EHLO monitron\r\nHELO monitron\r\nQUIT\r\n");
}

TEST(SmtpConversation, StartTlsMustBeOfferedAndNothingMayComeBeforeIt) {
  const auto talk = Talker(smtp(true)).hear(kGreeting).hear(kExtensions).hear("220 go\r\n").talk();
  EXPECT_EQ(talk.said, "EHLO monitron\r\nSTARTTLS\r\nQUIT\r\n");
  const auto none = Talker(smtp(true)).hear(kGreeting).hear("250 mail.test\r\n").close().talk();
  EXPECT_EQ(none.verdict, CheckStatus::down);
  EXPECT_EQ(none.reason, "the server does not offer STARTTLS");
  const auto early =
      Talker(smtp(true)).hear(kGreeting).hear(kExtensions).hear("220 go\r\n221 x\r\n").talk();
  EXPECT_EQ(early.verdict, CheckStatus::down);
}

RC_GTEST_PROP(SmtpConversation, HostileServersDoNoHarm, ()) {
  expect_no_harm_from(
      smtp(*rc::gen::arbitrary<bool>()),
      {kGreeting, kExtensions, kBye, "220 go\r\n", "250-\r\n", "250\r\n", "500 x\r\n"});
}

TEST(SshConversation, BannersAreExchangedAndTheServerIsLeftInOrder) {
  Talker talker(ssh());
  EXPECT_EQ(talker.talk().said, "");
  talker.hear("Welcome\r\nSSH-2.0-Test_1.0 some");
  EXPECT_EQ(talker.talk().said, "");
  talker.hear("thing\r\n");
  EXPECT_TRUE(talker.talk().said.starts_with("SSH-2.0-monitron\r\n"));
  EXPECT_EQ((talker.talk().said.size() - 18) % 8, 0U) << "packets are blocks of eight";
  talker.hear(std::string(100'000, 'k')).close();
  EXPECT_EQ(talker.talk().verdict, CheckStatus::up);
  EXPECT_EQ(talker.talk().details.at("banner"), "SSH-2.0-Test_1.0 something");
}

TEST(SshConversation, OtherServersAndBannersAreDown) {
  EXPECT_EQ(Talker(ssh("^SSH-2.0-Open")).hear("SSH-2.0-Open\r\n").close().talk().verdict,
            CheckStatus::up);
  const auto other = Talker(ssh("^SSH-2.0-Open")).hear("SSH-2.0-Drop\r\n").close().talk();
  EXPECT_EQ(other.verdict, CheckStatus::down);
  EXPECT_NE(other.reason.find("SSH-2.0-Drop"), std::string::npos);
  EXPECT_EQ(Talker(ssh()).hear("SSH-1.5-old\r\n").talk().verdict, CheckStatus::down);
  EXPECT_EQ(Talker(ssh()).hear("HTTP/1.1 400 Bad\r\n").close().talk().verdict, CheckStatus::down);
  const auto full = Talker(ssh()).hear("Exceeded MaxStartups\r\n").close().talk();
  EXPECT_EQ(full.reason, "the server says: Exceeded MaxStartups");
  EXPECT_EQ(Talker(ssh()).hear(std::string(20'000, 'x')).talk().verdict, CheckStatus::down);
  std::string chatter;
  while (chatter.size() < 20'000) chatter += "word\r\n";
  EXPECT_EQ(Talker(ssh()).hear(chatter).talk().verdict, CheckStatus::down);
}

RC_GTEST_PROP(SshConversation, HostileServersDoNoHarm, ()) {
  expect_no_harm_from(ssh("^SSH"), {"SSH-2.0-x\r\n", "SSH-", "word\r\n", "\n", "\r\n"});
}

TEST(SshServer, ARealOneIsUpAndSeesNoAbortedVisit) {
  const Sshd server;
  auto outcome = run_once(check_of(CheckKind::ssh, server.target()));
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_TRUE(outcome.details.at("banner").starts_with("SSH-2.0-OpenSSH"));
  EXPECT_TRUE(outcome.phases.first_byte.has_value());
  EXPECT_TRUE(testkit::eventually(std::chrono::seconds(10), [&] {
    return server.said().find(":11: check [preauth]") != std::string::npos;
  })) << server.said();
  auto check = check_of(CheckKind::ssh, server.target());
  check.use<SshSettings>().expected_banner = "dropbear";
  outcome = run_once(check);
  EXPECT_EQ(outcome.status, CheckStatus::down) << outcome.reason;
}

TEST(SmtpServer, ARealOneIsUp) {
  const testkit::MailSink sink;
  const auto outcome =
      run_once(check_of(CheckKind::smtp, "127.0.0.1:" + std::to_string(sink.port())));
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(value_of(outcome, "probe_smtp_status_code"), 220);
  EXPECT_FALSE(outcome.details.at("banner").empty());
}

TEST(SmtpServer, StartTlsShowsTheCertificate) {
  const testkit::MailSink sink(testkit::MailSink::Door::starttls_and_login);
  auto check = check_of(CheckKind::smtp, "localhost:" + std::to_string(sink.port()));
  check.use<SmtpSettings>().starttls = true;
  EngineSettings::Wishes wishes;
  const auto unknown_authority = run_once(check, wishes);
  EXPECT_EQ(unknown_authority.status, CheckStatus::down);
  EXPECT_NE(unknown_authority.reason.find("certificate"), std::string::npos);
  wishes.ca_file = sink.certificate();
  const auto outcome = run_once(check, wishes);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_GT(value_of(outcome, "probe_ssl_earliest_cert_expiry"), 0);
  EXPECT_TRUE(outcome.phases.tls.has_value());
}

TEST(SmtpServer, TlsFromTheFirstByte) {
  const testkit::MailSink sink(testkit::MailSink::Door::tls_and_login);
  auto check = check_of(CheckKind::smtp, "localhost:" + std::to_string(sink.port()));
  check.use<SmtpSettings>().use_tls = true;
  EngineSettings::Wishes wishes;
  wishes.ca_file = sink.certificate();
  const auto outcome = run_once(check, wishes);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
}

// A server that answers well and then never lets go.
TEST(SshServer, OneThatDoesNotCloseIsUpAllTheSame) {
  const Target target([](int fd) {
    write_all(fd, "SSH-2.0-slow\r\n");
    char byte = 0;
    while (read(fd, &byte, 1) > 0) continue;
  });
  const auto outcome =
      run_once(check_of(CheckKind::ssh, "127.0.0.1:" + std::to_string(target.port()),
                        std::chrono::milliseconds(300)));
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
}

}  // namespace monitron::probe
