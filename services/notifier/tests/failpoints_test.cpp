// The notifier is killed at every place between deciding, storing, sending and noting, and started
// again. In the end each was told once: one page and one end of it by Alertmanager, letters and
// webhooks at most twice, then as the same message. Faulty notifiers are found out by the same.

#include "channels_scene.hpp"
#include "testkit/webhook_sink.hpp"

#include <csignal>
#include <set>

namespace monitron::notifier {
namespace {

constexpr const char* kAddress = "me@example.org";

class Failpoints : public SubscribedProgram {
 protected:
  static void TearDownTestSuite() {
    paging.reset();
    pages.reset();
    SubscribedProgram::TearDownTestSuite();
  }
  void SetUp() override {
    SubscribedProgram::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    if (!pages) pages = std::make_unique<testkit::WebhookSink>();
    if (!paging)
      paging = std::make_unique<testkit::AlertmanagerServer>(
          testkit::AlertmanagerServer::telling(pages->url()));
    const auto user = make_user("a");
    subscribe(channel(user, "webhook", hooks_.url("/hook")));
    subscribe(channel(user, "email", kAddress));
  }
  std::unique_ptr<testkit::Program> run_with(const std::vector<std::string>& more) {
    std::vector<std::string> environment{"DATABASE_URL=" + url_,
                                         "RABBITMQ_URL=" + around->broker.url(),
                                         "ALERTMANAGER_URL=" + paging->url() + "/api/v2/alerts",
                                         "MONITRON_NOTIFIER_RESEND_SECONDS=2",
                                         "EMAIL_HOST=127.0.0.1",
                                         "EMAIL_PORT=" + std::to_string(around->mail.port()),
                                         "MONITRON_EMAIL_TLS=none",
                                         "EMAIL_FROM=Monitron <no-reply@example.com>",
                                         "MONITRON_NOTIFIER_EMAIL_TO=ops@example.com",
                                         std::string("ENCRYPTION_KEY=") + kEncryptionKey,
                                         "MONITRON_WEBHOOK_ALLOW_NETWORKS=127.0.0.1/32",
                                         "MONITRON_NOTIFIER_PROBES_ADDRESS=127.0.0.1:0"};
    environment.insert(environment.begin(), more.begin(), more.end());  // the first one counts
    return std::make_unique<testkit::Program>(MONITRON_BINARY_DIR
                                              "/tests/monitron-notifier-failpoints",
                                              std::vector<std::string>{}, log_, environment);
  }
  // Pages of this test's check in this state.
  std::size_t paged(const std::string& state) { return pages->told(state, "check", name_).size(); }
  // Of which incident, from when to when.
  std::string all_pages() {
    std::string text = count("incidents") + " incidents; pages:";
    for (const char* state : {"firing", "resolved"}) {
      for (const auto& page : pages->told(state, "check", name_)) {
        for (const auto& alert : page["alerts"]) {
          text += std::string("\n") + state + " " + alert["annotations"].value("incident_id", "") +
                  " " + alert.value("startsAt", "") + " " + alert.value("endsAt", "");
        }
      }
    }
    return text;
  }
  bool all_were_told(const std::string& state, const std::string& event) {
    std::set<std::string> to;
    for (const auto& letter : letters(state)) to.insert(letter["to"].get<std::string>());
    return paged(state == "FIRING" ? "firing" : "resolved") > 0 && to.size() == 2 &&
           kinds("/hook").find(event) != std::string::npos;
  }
  // Twice is the most, and then it is the same one: of each way to tell what was
  // under way when it was killed.
  void expect_told_once() {
    EXPECT_EQ(paged("firing"), 1U) << all_pages();
    EXPECT_EQ(paged("resolved"), 1U);
    std::map<std::string, std::size_t> letters_by_id, calls_by_key;
    for (const auto& letter : around->mail.letters(name_)) {
      ++letters_by_id[letter["message_id"].get<std::string>()];
    }
    for (const auto& call : hooks_.taken("/hook")) ++calls_by_key[call.header("idempotency-key")];
    EXPECT_EQ(letters_by_id.size(), 4U);
    EXPECT_EQ(calls_by_key.size(), 2U);
    const auto extra = [](const auto& told) {
      std::size_t count = 0;
      for (const auto& [id, times] : told) count += times - 1;
      return count;
    };
    EXPECT_LE(extra(letters_by_id), 2U) << "to two people";
    EXPECT_LE(extra(calls_by_key), 1U);
  }
  // Whoever was killed held leases; another one need not wait for their end.
  void free_leases() {
    run("DELETE FROM leases");
    run("DELETE FROM delivery_claims");
    run("UPDATE notifications SET next_at = now() WHERE state = 'sending'");
  }

  bool is_killed(testkit::Program& program) {
    int code = -1;
    const bool ended = while_results(CheckStatus::down, [&] {
      code = program.wait_for_end(0s);
      return code >= 0;
    });
    return ended && code == 128 + SIGKILL;
  }
  void expect_survives(const std::string& place) {
    auto program = run_with({"FAILPOINT=" + place + ":1:kill"});
    ASSERT_TRUE(is_killed(*program));
    free_leases();
    program = run_with({});
    ASSERT_TRUE(while_results(CheckStatus::down, [&] { return all_were_told("FIRING", "fired"); }));
    ASSERT_TRUE(
        while_results(CheckStatus::up, [&] { return all_were_told("RESOLVED", "resolved"); }));
    EXPECT_TRUE(eventually(kPatience, [&] { return settled(); }));
    expect_told_once();
    EXPECT_EQ(program->terminate(), 0);
  }
  bool settled() {
    return count("notifications WHERE state <> 'sent'") == "0" &&
           count("notifier_outbox WHERE sent_at IS NULL") == "0";
  }

  static inline std::unique_ptr<testkit::WebhookSink> pages;
  static inline std::unique_ptr<testkit::AlertmanagerServer> paging;
};

class Places : public Failpoints, public testing::WithParamInterface<const char*> {};

// M-068, F5, F24, F25.
TEST_P(Places, KilledThereItTellsEachOnceAfterItsRestart) { expect_survives(GetParam()); }

INSTANTIATE_TEST_SUITE_P(
    All, Places,
    testing::Values("evaluator.before_commit", "evaluator.after_commit", "relay.before_publish",
                    "relay.after_publish", "relay.before_commit", "relay.after_commit",
                    "alertmanager.before_tell", "alertmanager.after_tell",
                    "take_alert.before_commit", "take_alert.after_commit",
                    "take_letter.before_send", "take_letter.after_send", "take_letter.after_commit",
                    "channels.before_commit", "channels.after_commit", "webhook.before_send",
                    "webhook.after_send", "webhook.after_commit"),
    [](const auto& place) {
      std::string name = place.param;
      std::replace_if(
          name.begin(), name.end(), [](char c) { return c == '.' || c == '_'; }, 'X');
      return name;
    });

// M-069, F13: another one decides by now, and it is over.
TEST_F(Failpoints, WhoStoodStillBeforeItToldTellsNothingOld) {
  // It does not tell all again when it goes on, which would mend what it told before.
  auto first =
      run_with({"FAILPOINT=evaluator.after_commit:1:stop", "MONITRON_NOTIFIER_RESEND_SECONDS=120"});
  ASSERT_TRUE(incident_opens());
  auto second = run_with({});
  ASSERT_TRUE(while_results(CheckStatus::down, [&] { return paged("firing") > 0; }));
  ASSERT_TRUE(while_results(CheckStatus::up, [&] { return paged("resolved") > 0; }));
  ASSERT_EQ(::kill(first->pid(), SIGCONT), 0);
  ASSERT_TRUE(eventually(kPatience, [&] {
    return testkit::read_file(log_).find("rules.following") != std::string::npos;
  }));
  std::set<std::string> tellings;
  EXPECT_TRUE(eventually(kPatience, [&] {
    const auto watchdog = paging->alerts("alertname", "Watchdog");
    if (!watchdog.empty()) tellings.insert(watchdog[0]["updatedAt"].get<std::string>());
    return tellings.size() > 3;
  }));
  EXPECT_EQ(paged("firing"), 1U) << all_pages();
  EXPECT_EQ(paged("resolved"), 1U);
}

// M-069, F13: another one decided meanwhile, and is gone; what it decided upon comes late.
TEST_F(Failpoints, WhoStoodStillAndDecidesAgainDecidesNothingTwice) {
  auto first = run_with({"FAILPOINT=evaluator.after_commit:1:stop"});
  ASSERT_TRUE(incident_opens());
  {
    auto second = run_with({});
    ASSERT_TRUE(while_results(CheckStatus::down, [&] { return paged("firing") > 0; }));
    ASSERT_TRUE(while_results(CheckStatus::up, [&] { return paged("resolved") > 0; }));
    ASSERT_TRUE(eventually(kPatience, [&] { return settled(); }));
    EXPECT_EQ(second->terminate(), 0);
  }
  ASSERT_EQ(::kill(first->pid(), SIGCONT), 0);
  // What comes next is decided upon: the next incident is a second one.
  ASSERT_TRUE(incident_opens());
  ASSERT_TRUE(eventually(kPatience, [&] { return paged("firing") > 1; }));
  ASSERT_TRUE(while_results(CheckStatus::up, [&] { return paged("resolved") > 1; }));
  EXPECT_EQ(count("incidents"), "2");
  EXPECT_EQ(paged("firing"), 2U);
  EXPECT_EQ(paged("resolved"), 2U);
}

class Faults : public Failpoints {
 protected:
  // Killed at the place, a notifier with this fault has lost the letter to the operators for good.
  bool loses_a_letter(const std::string& fault, const std::string& place) {
    auto program = run_with({"FAULT=" + fault, "FAILPOINT=" + place + ":1:kill"});
    EXPECT_TRUE(is_killed(*program));
    free_leases();
    program = run_with({});
    EXPECT_TRUE(while_results(CheckStatus::down, [&] { return open() == "1"; }));
    EXPECT_TRUE(while_results(CheckStatus::up, [&] {
      const auto ended = letters("RESOLVED");
      return std::any_of(ended.begin(), ended.end(),
                         [](const auto& letter) { return letter["to"] == "ops@example.com"; });
    }));
    const auto told = letters("FIRING");
    return std::none_of(told.begin(), told.end(),
                        [](const auto& letter) { return letter["to"] == "ops@example.com"; });
  }
};

TEST_F(Faults, OneThatAcknowledgesBeforeItStoresIsFoundOut) {
  EXPECT_TRUE(loses_a_letter("ack-before-commit", "take_alert.before_commit"));
}

TEST_F(Faults, OneThatMarksBeforeItSendsIsFoundOut) {
  EXPECT_TRUE(loses_a_letter("mark-before-send", "relay.after_commit"));
}

}  // namespace
}  // namespace monitron::notifier
