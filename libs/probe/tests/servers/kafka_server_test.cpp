// A check of a real Kafka, which Debian does not have: MONITRON_TEST_KAFKA names one (host:port)
// whose group "billing" is 10 messages behind. What it said is kept in kafka_test.cpp.

#include "../target.hpp"

#include <cstdlib>
#include <gtest/gtest.h>

namespace monitron::probe {

using domain::CheckStatus;

TEST(KafkaServer, TellsHowFarAGroupIsBehind) {
  const char* address = std::getenv("MONITRON_TEST_KAFKA");
  if (address == nullptr) GTEST_SKIP() << "no Kafka at hand";
  auto check = check_of(domain::CheckKind::kafka, address);
  auto& settings = check.use<domain::KafkaSettings>();
  EXPECT_EQ(run_once(check).reason, "");
  settings.groups = {"billing"};
  const auto outcome = run_once(check);
  EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
  EXPECT_EQ(value_of(outcome, "probe_kafka_brokers"), 1);
  EXPECT_EQ(value_of(outcome, "probe_kafka_group_lag"), 10);
  settings.max_lag = 9;
  EXPECT_EQ(run_once(check).reason, "group billing is 10 messages behind, more than 9");
}

}  // namespace monitron::probe
