// Checks of a real RabbitMQ, with its management API.

#include "../target.hpp"
#include "testkit/eventually.hpp"
#include "testkit/servers.hpp"

#include <gtest/gtest.h>

namespace monitron::probe {

using domain::CheckKind;
using domain::CheckStatus;

namespace {

class RabbitmqServer : public testing::Test {
 protected:
  void SetUp() override {
    MONITRON_REQUIRE_SERVERS();
    // amqp://user:password@host:port/ and http://user:password@host:port
    const std::string url = testkit::server_addresses()->rabbitmq_url;
    management_ = testkit::server_addresses()->rabbitmq_management;
    const auto user = url.find("//") + 2, password = url.find(':', user) + 1, at = url.find('@');
    check_ = check_of(CheckKind::rabbitmq, url.substr(at + 1, url.find('/', at) - at - 1));
    user_ = url.substr(user, password - 1 - user);
    password_ = url.substr(password, at - password);
  }

  domain::RabbitmqSettings& log_in() {
    auto& settings = check_.use<domain::RabbitmqSettings>();
    settings.username = user_;
    settings.password.text = password_;
    return settings;
  }
  domain::RabbitmqSettings& look_at(std::vector<std::string> queues) {
    auto& settings = log_in();
    settings.management_url = "http://" + management_.substr(management_.find('@') + 1);
    settings.queues = std::move(queues);
    return settings;
  }
  void manage(const std::string& method, const std::string& path, const std::string& body) const {
    const std::string command = "curl --silent --fail --noproxy '*' --output /dev/null -X " +
                                method + " -H 'content-type: application/json' -d '" + body + "' " +
                                management_ + path;
    ASSERT_EQ(std::system(command.c_str()), 0) << path;
  }

  std::string management_, user_, password_;
  domain::CheckDefinition check_;
};

}  // namespace

// C-005, M-029.
TEST_F(RabbitmqServer, AnswersWithoutALogin) {
  const auto outcome = run_once(check_);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(outcome.details.at("server_product"), "RabbitMQ");
  EXPECT_TRUE(outcome.phases.first_byte.has_value());
}

TEST_F(RabbitmqServer, LogsInAndLeavesInOrder) {
  auto& settings = log_in();
  EXPECT_EQ(run_once(check_).reason, "");
  settings.vhost = "nowhere";
  const auto nowhere = run_once(check_);
  EXPECT_EQ(nowhere.status, CheckStatus::down);
  EXPECT_NE(nowhere.reason.find("530"), std::string::npos) << nowhere.reason;
  settings.password.text = "a-guess";
  const auto refused = run_once(check_);
  EXPECT_EQ(refused.status, CheckStatus::down);
  EXPECT_NE(refused.reason.find("ACCESS_REFUSED"), std::string::npos) << refused.reason;
  EXPECT_EQ(refused.reason.find("a-guess"), std::string::npos);
}

TEST_F(RabbitmqServer, CountsItsQueues) {
  manage("PUT", "/api/vhosts/watched", "{}");
  manage("PUT", "/api/queues/watched/to%20do", "{}");
  for (int i = 0; i < 3; ++i) {
    manage("POST", "/api/exchanges/watched/amq.default/publish",
           R"({"properties":{},"routing_key":"to do","payload":"x","payload_encoding":"string"})");
  }
  auto& settings = look_at({"to do"});
  settings.vhost = "watched";
  settings.max_ready = 2;
  // The management API counts every few seconds.
  domain::ProbeOutcome outcome;
  EXPECT_TRUE(testkit::eventually(std::chrono::seconds(20), [&] {
    outcome = run_once(check_);
    return outcome.status == CheckStatus::down;
  }));
  EXPECT_EQ(outcome.reason, "queue to do: 3 ready messages, more than 2");
  EXPECT_EQ(value_of(outcome, "probe_rabbitmq_queue_messages_ready"), 3);
  settings.max_ready = 3;
  EXPECT_EQ(run_once(check_).reason, "");
  settings.min_consumers = 1;
  EXPECT_EQ(run_once(check_).reason, "queue to do: 0 consumers, fewer than 1");
  look_at({}).min_consumers = 0;
  const auto all = run_once(check_);
  EXPECT_EQ(all.status, CheckStatus::up) << all.reason;
  EXPECT_EQ(value_of(all, "probe_rabbitmq_queues"), 1);
  EXPECT_EQ(value_of(all, "probe_rabbitmq_messages_ready"), 3);
  look_at({"gone"});
  EXPECT_EQ(run_once(check_).reason, "queue gone is not there");
  manage("DELETE", "/api/vhosts/watched", "");
}

}  // namespace monitron::probe
