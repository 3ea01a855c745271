#include "contracts/check_state_changed.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace monitron::contracts {
namespace {

CheckStateChanged down() {
  domain::CheckResult result;
  result.check_id = CheckId{*Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8058")};
  result.instance_id = InstanceId{*Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057")};
  result.location = "berlin";
  result.slot = from_ms(60'000);
  result.started_at = from_ms(60'017);
  result.outcome.reason = "refused";
  domain::CheckStates after;
  after.status = domain::CheckStatus::down;
  after.flapping = true;
  auto change = state_changed(result, after, domain::CheckStatus::up);
  change.name = "shop";
  change.labels = {{"env", "prod"}};
  return change;
}

TEST(CheckStateChanged, IsAsItsGoldenFile) {
  std::ifstream file(std::string(MONITRON_SOURCE_DIR) +
                     "/tests/contract/golden/check.state.v1.json");
  EXPECT_EQ(nlohmann::json::parse(encode(down())), nlohmann::json::parse(file));
  CheckStateChanged gone;
  EXPECT_TRUE(nlohmann::json::parse(encode(gone))["name"].is_null());
  EXPECT_TRUE(nlohmann::json::parse(encode(gone))["server_id"].is_null());
}

TEST(CheckStateChanged, IsRoutedByTheState) {
  const auto message = to_message(down());
  EXPECT_EQ(message.exchange, "mon.events");
  EXPECT_EQ(message.routing_key, "check.state.down");
  EXPECT_EQ(message.message_id, "01890a5d-ac96-774b-bcce-b302099a8058.60000.berlin");
}

TEST(CheckStateChanged, ABrokenByteOfASiteBreaksNothing) {
  auto change = down();
  change.reason = "\xff";
  EXPECT_NE(encode(change).find("\xEF\xBF\xBD"), std::string::npos);
}

}  // namespace
}  // namespace monitron::contracts
