#include "contracts/incident_changed.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace monitron::contracts {
namespace {

IncidentChanged acknowledged() {
  IncidentChanged change;
  change.change_id = *Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8058");
  change.incident_id = IncidentId{*Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057")};
  change.action = change.state = "acknowledged";
  change.by = "Ada";
  change.at = *parse_rfc3339("2026-11-21T03:00:17.250Z");
  return change;
}

TEST(IncidentChanged, SurvivesTheWire) {
  EXPECT_EQ(decode_incident_changed(encode(acknowledged())).value(), acknowledged());
  auto personal = acknowledged();
  personal.labels = {{"env", "prod"}};
  personal.audience = UserId::make();
  EXPECT_EQ(decode_incident_changed(encode(personal)).value(), personal);
}

TEST(IncidentChanged, ReadsItsGoldenFileAndIgnoresNewMembers) {
  std::ifstream file(std::string(MONITRON_SOURCE_DIR) +
                     "/tests/contract/golden/incident.changed.v1.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto change = decode_incident_changed(text.str());
  ASSERT_TRUE(change) << change.error().text;
  EXPECT_EQ(*change, acknowledged());
}

TEST(IncidentChanged, IsRoutedByWhatWasDone) {
  const auto message = to_message(acknowledged());
  EXPECT_EQ(message.exchange, "mon.events");
  EXPECT_EQ(message.routing_key, "incident.acknowledged");
  EXPECT_EQ(message.message_id, "01890a5d-ac96-774b-bcce-b302099a8058");
  auto personal = acknowledged();
  personal.audience = UserId::make();
  EXPECT_EQ(to_message(personal).routing_key, "personal.incident.acknowledged");
}

TEST(IncidentChanged, NamesTheMemberThatIsWrong) {
  const auto change = decode_incident_changed(
      R"({"incident_id":"01890a5d-ac96-774b-bcce-b302099a8057","change_id":"01890a5d-ac96-774b-bcce-b302099a8058","at":"now"})");
  ASSERT_FALSE(change);
  EXPECT_EQ(change.error().text, "incident.changed: at: is not a time");
}

}  // namespace
}  // namespace monitron::contracts
