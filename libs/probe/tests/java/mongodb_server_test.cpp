// Checks of a server of MongoDB's protocol that is not of our making.

#include "../target.hpp"
#include "testkit/tool_server.hpp"

#include <gtest/gtest.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;
using namespace std::chrono_literals;

namespace {

class MongodbServer : public testing::Test {
 protected:
  void SetUp() override { MONITRON_REQUIRE_JAVA_SERVERS(); }

  static std::unique_ptr<testkit::ToolServer> server(const std::vector<std::string>& keys = {}) {
    auto made = std::make_unique<testkit::ToolServer>("mongodb", 1);
    std::vector<std::string> arguments{std::to_string(made->port())};
    arguments.insert(arguments.end(), keys.begin(), keys.end());
    made->prepare(arguments);
    made->start();
    return made;
  }
  static domain::CheckDefinition check(const testkit::ToolServer& server,
                                       std::chrono::milliseconds timeout = 10s) {
    return check_of(CheckKind::mongodb, "127.0.0.1:" + std::to_string(server.port()), timeout);
  }
};

}  // namespace

// C-003.
TEST_F(MongodbServer, AnswersUntilItStandsStillOrIsGone) {
  const auto mongodb = server();
  auto asked = check(*mongodb);
  const auto outcome = run_once(asked);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(outcome.details.at("role"), "standalone");
  EXPECT_EQ(value_of(outcome, "probe_mongodb_writable"), 1);
  EXPECT_GT(value_of(outcome, "probe_mongodb_max_wire_version"), 0);
  asked.use<domain::MongodbSettings>().expected_replica_set = "rs0";
  EXPECT_EQ(run_once(asked).reason, "the server belongs to no replica set");
  auto login = check(*mongodb);
  login.use<domain::MongodbSettings>().username = "ada";
  login.use<domain::MongodbSettings>().password.text = "engine";
  const auto refused = run_once(login);  // it knows no users
  EXPECT_EQ(refused.status, CheckStatus::down);
  EXPECT_TRUE(refused.reason.starts_with("login: ")) << refused.reason;
  mongodb->stand_still();
  EXPECT_EQ(run_once(check(*mongodb, 300ms)).status, CheckStatus::down);
  mongodb->go_on();
  EXPECT_EQ(run_once(check(*mongodb)).status, CheckStatus::up);
  mongodb->kill();
  EXPECT_NE(run_once(check(*mongodb)).reason.find("refused"), std::string::npos);
}

TEST_F(MongodbServer, TlsIsSpokenAndItsCertificateIsLookedAt) {
  const Keys authority = make_keys("Test CA", -1, 400);
  const Keys keys = make_keys("127.0.0.1", -1, 100, &authority);
  const auto mongodb = server({write_file("mongodb_certificate.pem", keys.certificate_pem),
                               write_file("mongodb_key.pem", keys.key_pem)});
  auto asked = check(*mongodb);
  EXPECT_EQ(run_once(asked).status, CheckStatus::down);
  auto& settings = asked.use<domain::MongodbSettings>();
  settings.use_tls = true;
  const auto distrusted = run_once(asked);
  EXPECT_EQ(distrusted.status, CheckStatus::down);
  EXPECT_NE(distrusted.reason.find("certificate"), std::string::npos) << distrusted.reason;
  settings.tls.ca_certificate = authority.certificate_pem;
  const auto outcome = run_once(asked);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_TRUE(outcome.phases.tls.has_value());
}

}  // namespace monitron::probe
