// Checks of a real Kafka of two brokers.

#include "../target.hpp"
#include "testkit/eventually.hpp"
#include "testkit/tool_server.hpp"

#include <gtest/gtest.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using namespace std::chrono_literals;

namespace {

const Keys& authority() {
  static const Keys keys = make_keys("Test CA", -1, 400);
  return keys;
}

enum Listener { kPlain, kTls, kLogin, kLoginByTls };  // in the order of their ports

class KafkaServer : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!testkit::missing_java_servers().empty()) return;
    const Keys keys = make_keys("127.0.0.1", -1, 100, &authority());
    const std::string certificate = write_file("kafka_certificate.pem", keys.certificate_pem);
    const std::string key = write_file("kafka_key.pem", keys.key_pem);
    first_ = std::make_unique<testkit::ToolServer>("kafka", 5);
    second_ = std::make_unique<testkit::ToolServer>("kafka", 4);
    first_->prepare({std::to_string(first_->port()), certificate, key});
    second_->prepare(
        {std::to_string(second_->port()), certificate, key, "2", std::to_string(first_->port(4))});
    first_->start();
    second_->start();
    ASSERT_TRUE(comes([] { return value_of(run_once(check()), "probe_kafka_brokers") == 2; }));
    const std::string fill = MONITRON_SOURCE_DIR "/tools/servers/kafka fill ";
    ASSERT_EQ(std::system((fill + first_->directory() + " 2").c_str()), 0);
  }
  static void TearDownTestSuite() {
    second_.reset();
    first_.reset();
  }
  void SetUp() override { MONITRON_REQUIRE_JAVA_SERVERS(); }

  static bool comes(const std::function<bool()>& condition) {
    return testkit::eventually(60s, condition);
  }
  static domain::CheckDefinition check(Listener listener = kPlain) {
    auto made =
        check_of(CheckKind::kafka, "127.0.0.1:" + std::to_string(first_->port(listener)), 10s);
    auto& settings = made.use<domain::KafkaSettings>();
    settings.use_tls = listener == kTls || listener == kLoginByTls;
    settings.tls.ca_certificate = authority().certificate_pem;
    return made;
  }
  static domain::CheckDefinition login(Listener listener, const std::string& mechanism,
                                       const std::string& user = "monitron") {
    auto made = check(listener);
    auto& settings = made.use<domain::KafkaSettings>();
    settings.username = user;
    settings.password.text = "sesame";
    settings.sasl_mechanism = mechanism;
    return made;
  }

  static inline std::unique_ptr<testkit::ToolServer> first_, second_;
};

domain::CheckDefinition with_group(domain::CheckDefinition check, const std::string& group,
                                   std::int64_t max_lag) {
  auto& settings = check.use<domain::KafkaSettings>();
  settings.groups = {group};
  settings.max_lag = max_lag;
  return check;
}

}  // namespace

// C-006: brokers, partitions and the lag of a group.
TEST_F(KafkaServer, TellsOfItsClusterAndHowFarAGroupIsBehind) {
  const auto outcome = run_once(with_group(check(), "billing", 7));
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(value_of(outcome, "probe_kafka_brokers"), 2);
  EXPECT_EQ(value_of(outcome, "probe_kafka_topics"), 2);  // with that of the offsets
  EXPECT_EQ(value_of(outcome, "probe_kafka_partitions"), 3);
  EXPECT_EQ(value_of(outcome, "probe_kafka_under_replicated_partitions"), 0);
  EXPECT_EQ(value_of(outcome, "probe_kafka_offline_partitions"), 0);
  EXPECT_EQ(value_of(outcome, "probe_kafka_group_lag"), 7);
  EXPECT_TRUE(outcome.phases.first_byte.has_value());
  EXPECT_EQ(run_once(with_group(check(), "billing", 6)).reason,
            "group billing is 7 messages behind, more than 6");
  EXPECT_EQ(run_once(with_group(check(), "nobody", 6)).reason,
            "group nobody has committed nothing");
}

TEST_F(KafkaServer, TlsIsSpokenAndItsCertificateIsLookedAt) {
  const auto outcome = run_once(with_group(check(kTls), "billing", 7));
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(value_of(outcome, "probe_kafka_group_lag"), 7);
  EXPECT_TRUE(outcome.phases.tls.has_value());
  auto strange = check(kTls);
  strange.use<domain::KafkaSettings>().tls.ca_certificate.clear();
  const auto distrusted = run_once(strange);
  EXPECT_EQ(distrusted.status, CheckStatus::down);
  EXPECT_NE(distrusted.reason.find("certificate"), std::string::npos) << distrusted.reason;
  auto plain = check(kTls);
  plain.use<domain::KafkaSettings>().use_tls = false;
  EXPECT_EQ(run_once(plain).status, CheckStatus::down);
  auto encrypted = check();
  encrypted.use<domain::KafkaSettings>().use_tls = true;
  EXPECT_EQ(run_once(encrypted).status, CheckStatus::down);
}

// The lag is asked for at both brokers, and both want the login.
TEST_F(KafkaServer, EveryMechanismLogsIn) {
  for (const auto listener : {kLogin, kLoginByTls}) {
    for (const char* mechanism : {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}) {
      const auto outcome = run_once(with_group(login(listener, mechanism), "billing", 7));
      EXPECT_EQ(outcome.status, CheckStatus::up) << mechanism << ": " << outcome.reason;
      EXPECT_EQ(value_of(outcome, "probe_kafka_brokers"), 2);
      EXPECT_EQ(value_of(outcome, "probe_kafka_group_lag"), 7);
    }
  }
}

TEST_F(KafkaServer, AWrongPasswordIsDownAndIsNotShown) {
  for (const char* mechanism : {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}) {
    auto guessed = login(kLogin, mechanism);
    guessed.use<domain::KafkaSettings>().password.text = "guessed";
    const auto outcome = run_once(guessed);
    EXPECT_EQ(outcome.status, CheckStatus::down);
    EXPECT_TRUE(outcome.reason.starts_with("login: Authentication failed")) << outcome.reason;
    EXPECT_EQ(outcome.reason.find("guessed"), std::string::npos) << outcome.reason;
    EXPECT_EQ(run_once(login(kLogin, mechanism, "stranger")).status, CheckStatus::down);
  }
}

TEST_F(KafkaServer, WhatTheCheckMayNotSeeIsUnknown) {
  const auto anonymous = run_once(check(kLogin));
  EXPECT_EQ(anonymous.status, CheckStatus::unknown);
  EXPECT_NE(anonymous.reason.find("may want a login"), std::string::npos) << anonymous.reason;
  const auto other = run_once(login(kLogin, "OAUTHBEARER"));
  EXPECT_EQ(other.status, CheckStatus::unknown);
  EXPECT_TRUE(other.reason.starts_with("login: the server does not take OAUTHBEARER, but "));
  EXPECT_NE(other.reason.find("SCRAM-SHA-512"), std::string::npos) << other.reason;
  const auto guest = login(kLogin, "SCRAM-SHA-256", "guest");
  EXPECT_EQ(run_once(guest).status, CheckStatus::up);
  EXPECT_EQ(run_once(with_group(guest, "billing", 7)).reason, "group billing may not be looked at");
}

// A login where none is asked for.
TEST_F(KafkaServer, AListenerWithoutLoginsTakesNone) {
  const auto outcome = run_once(login(kPlain, "PLAIN"));
  EXPECT_NE(outcome.status, CheckStatus::up);
  EXPECT_EQ(outcome.reason.find("sesame"), std::string::npos) << outcome.reason;
}

TEST_F(KafkaServer, ABrokerThatStandsStillIsDownWhenTheTimeIsOver) {
  second_->stand_still();
  auto still = check();
  still.target = "127.0.0.1:" + std::to_string(second_->port());
  still.timeout = 300ms;
  const auto outcome = run_once(still);
  second_->go_on();
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_NE(outcome.reason.find("no answer within 300 ms"), std::string::npos) << outcome.reason;
  EXPECT_TRUE(comes([] { return run_once(check()).status == CheckStatus::up; }));
}

// C-006: under-replicated partitions, by a broker that is killed and comes back.
TEST_F(KafkaServer, WithoutOneBrokerPartitionsAreUnderReplicated) {
  second_->kill();
  domain::ProbeOutcome outcome;
  EXPECT_TRUE(comes([&] {
    outcome = run_once(check());
    return value_of(outcome, "probe_kafka_brokers") == 1 &&
           value_of(outcome, "probe_kafka_under_replicated_partitions") == 3;
  })) << outcome.reason;
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_EQ(outcome.reason, "3 under-replicated partitions (0 without a leader), more than 0");
  auto refused = check();
  refused.target = "127.0.0.1:" + std::to_string(second_->port());
  EXPECT_NE(run_once(refused).reason.find("refused"), std::string::npos);
  auto tolerant = with_group(check(), "billing", 7);
  tolerant.use<domain::KafkaSettings>().max_under_replicated = 3;
  EXPECT_TRUE(comes([&] { return run_once(tolerant).status == CheckStatus::up; }));
  tolerant.use<domain::KafkaSettings>().min_brokers = 2;
  EXPECT_EQ(run_once(tolerant).reason, "1 brokers, fewer than 2");
  second_->start();
  EXPECT_TRUE(comes([] { return run_once(check()).status == CheckStatus::up; }));
}

}  // namespace monitron::probe
