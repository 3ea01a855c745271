#include "contracts/alertmanager_notified.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace monitron::contracts {
namespace {

AlertmanagerNotified example() {
  const IncidentId incident{*Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057")};
  return {.receiver = "on-call",
          .group_key = "{}:{alertname=\"Check down\"}",
          .told = {{incident, true}, {incident, false}}};
}

}  // namespace

TEST(AlertmanagerNotified, SurvivesTheWire) {
  EXPECT_EQ(decode_alertmanager_notified(encode(example())).value(), example());
}

TEST(AlertmanagerNotified, ReadsItsGoldenFileAndIgnoresNewMembers) {
  std::ifstream file(MONITRON_SOURCE_DIR "/tests/contract/golden/alertmanager.notified.v1.json");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(decode_alertmanager_notified(text.str()).value(), example());
}

TEST(AlertmanagerNotified, NamesTheMemberThatIsWrong) {
  const auto complaint = [](const std::string& body) {
    const auto read = decode_alertmanager_notified(body);
    return read ? std::string() : read.error().text;
  };
  EXPECT_NE(complaint("{}").find("receiver"), std::string::npos);
  EXPECT_NE(complaint(R"({"receiver":"a","told":[1]})").find("told[0]"), std::string::npos);
  EXPECT_NE(complaint(R"({"receiver":"a","told":[{"incident_id":"x"}]})").find("incident_id"),
            std::string::npos);
}

}  // namespace monitron::contracts
