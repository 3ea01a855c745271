// Mail servers as they are: those that defer, refuse, vanish after the last dot or have lost their
// TLS. A letter arrives, at most twice and then as the same one, or its incident says why it did
// not.

#include "program_scene.hpp"
#include "testkit/scripted_smtp.hpp"

#include <atomic>

namespace monitron::notifier {
namespace {

using testkit::ScriptedSmtp;

class SmtpProgram : public NotifierProgram {
 protected:
  std::unique_ptr<testkit::Program> start_with(const ScriptedSmtp& smtp, const char* tls = "none") {
    return std::make_unique<testkit::Program>(
        "monitron-notifier", std::vector<std::string>{}, log_,
        std::vector<std::string>{
            "DATABASE_URL=" + url_, "RABBITMQ_URL=" + around->broker.url(),
            "ALERTMANAGER_URL=" + around->alertmanager.url(), "EMAIL_HOST=127.0.0.1",
            "EMAIL_PORT=" + std::to_string(smtp.port()), std::string("MONITRON_EMAIL_TLS=") + tls,
            "EMAIL_FROM=no-reply@example.com",
            "MONITRON_NOTIFIER_EMAIL_TO=ops@example.com,nobody@example.com",
            std::string("ENCRYPTION_KEY=") + kEncryptionKey,
            "MONITRON_NOTIFIER_PROBES_ADDRESS=127.0.0.1:0", "LOG_LEVEL=debug"});
  }
  static std::vector<std::string> ids_to(const ScriptedSmtp& smtp, const std::string& to) {
    std::vector<std::string> ids;
    for (const auto& letter : smtp.letters()) {
      if (letter.to != to) continue;
      const auto start = letter.data.find("Message-ID: <");
      ids.push_back(letter.data.substr(start, letter.data.find('>', start) - start));
    }
    return ids;
  }
  std::string noted(const std::string& like) {
    return count("incident_events WHERE kind = 'notified' AND text LIKE '" + like + "'");
  }
};

// F24, M-068.
TEST_F(SmtpProgram, AServerThatDefersFirstGetsItLater) {
  std::atomic<int> tries{0};
  const ScriptedSmtp smtp([&](const std::string& command, const std::string& to) -> std::string {
    if (command == "RCPT" && to == "ops@example.com" && ++tries == 1) return "450 come again";
    return "";
  });
  auto program = start_with(smtp);
  ASSERT_TRUE(incident_opens());
  ASSERT_TRUE(eventually(kPatience, [&] { return ids_to(smtp, "ops@example.com").size() == 1; }));
  EXPECT_EQ(tries, 2);
  ASSERT_TRUE(eventually(kPatience, [&] { return noted("e-mail to ops@%") == "1"; }));
}

// F24: refused for good: one try, and the incident says so; the other one has it.
TEST_F(SmtpProgram, ARecipientThatIsRefusedIsSaidSo) {
  const ScriptedSmtp smtp([](const std::string& command, const std::string& to) {
    return command == "RCPT" && to == "nobody@example.com" ? "550 no such user" : "";
  });
  auto program = start_with(smtp);
  ASSERT_TRUE(incident_opens());
  ASSERT_TRUE(eventually(
      kPatience, [&] { return noted("e-mail to nobody@example.com failed:%550%") == "1"; }));
  ASSERT_TRUE(eventually(kPatience, [&] { return ids_to(smtp, "ops@example.com").size() == 1; }));
  EXPECT_TRUE(eventually(kPatience, [&] {
    return count("deliveries WHERE channel = 'email' AND state = 'failed'") == "1";
  }));
}

// F24, RFC 1047: whether it was taken cannot be known, so it comes again, as the same letter.
TEST_F(SmtpProgram, CutAfterTheLastDotItArrivesTwiceAsTheSameLetter) {
  std::atomic<int> ends{0};
  const ScriptedSmtp smtp([&](const std::string& command, const std::string& to) -> std::string {
    if (command == "END" && to == "ops@example.com" && ++ends == 1) return "lose";
    return "";
  });
  auto program = start_with(smtp);
  ASSERT_TRUE(incident_opens());
  ASSERT_TRUE(eventually(kPatience, [&] { return noted("e-mail to ops@%") == "1"; }));
  const auto ids = ids_to(smtp, "ops@example.com");
  ASSERT_EQ(ids.size(), 2U);
  EXPECT_EQ(ids[0], ids[1]);
  ASSERT_TRUE(
      eventually(kPatience, [&] { return ids_to(smtp, "nobody@example.com").size() == 1; }));
}

// F24, M-068: one byte a second. The other letter and the pages go on; and while it lasts, longer
// than the broker waits for a thread that stands still and PostgreSQL for a transaction, no other
// notifier sends it.
TEST_F(SmtpProgram, ASlowServerGetsALetterOnceAndHoldsUpNothing) {
  std::atomic<bool> is_slow{false};
  const ScriptedSmtp smtp([&](const std::string& command, const std::string& to) -> std::string {
    if (command != "END" || to != "ops@example.com") return "";
    is_slow = true;
    return "slow 250 taken, if you had the time";
  });
  auto program = start_with(smtp);
  ASSERT_TRUE(incident_opens());
  ASSERT_TRUE(eventually(kPatience, [&] { return is_slow.load(); }));
  auto another = start_with(smtp);
  EXPECT_TRUE(eventually(10s, [&] { return ids_to(smtp, "nobody@example.com").size() == 1; }));
  EXPECT_TRUE(eventually(10s, [&] { return !alerts().empty(); }));
  EXPECT_EQ(noted("e-mail to ops@%"), "0") << "it is not taken yet";
  EXPECT_TRUE(eventually(kPatience, [&] { return noted("e-mail to ops@%") == "1"; }));
  EXPECT_EQ(ids_to(smtp, "ops@example.com").size(), 1U);
  EXPECT_EQ(count("deliveries WHERE channel = 'email' AND state = 'sent'"), "2");
  EXPECT_EQ(testkit::read_file(log_).find("broker.away"), std::string::npos);
  for (const char* handed_back : {"message.failed", "message.waits"}) {
    EXPECT_EQ(testkit::read_file(log_).find(handed_back), std::string::npos) << handed_back;
  }
}

// S11: without the TLS that was asked for nothing is sent, and nothing is given up.
TEST_F(SmtpProgram, AServerThatLostItsTlsGetsNothing) {
  std::atomic<int> mails{0};
  const ScriptedSmtp smtp([&](const std::string& command, const std::string&) {
    mails += command == "MAIL";
    return "";
  });
  auto program = start_with(smtp, "starttls");
  ASSERT_TRUE(incident_opens());
  ASSERT_TRUE(eventually(kPatience, [&] { return smtp.tries() >= 3; }));
  EXPECT_EQ(mails, 0);
  EXPECT_EQ(count("deliveries WHERE channel = 'email'"), "0");
}

}  // namespace
}  // namespace monitron::notifier
