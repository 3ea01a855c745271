#include "contracts/job_changed.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace monitron::contracts {
namespace {

JobChanged running() {
  JobChanged change;
  change.change_id = *Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8058");
  change.job_id = *Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057");
  change.kind = "rule_replay";
  change.state = "running";
  change.progress = 250;
  change.total = 1000;
  change.actor_id = "01890a5d-ac96-774b-bcce-b302099a8056";
  change.at = *parse_rfc3339("2026-11-21T03:00:17.250Z");
  return change;
}

TEST(JobChanged, SurvivesTheWire) {
  EXPECT_EQ(decode_job_changed(encode(running())).value(), running());
  auto unknown = running();
  unknown.total.reset();
  EXPECT_EQ(decode_job_changed(encode(unknown)).value(), unknown);
}

TEST(JobChanged, ReadsItsGoldenFileAndIgnoresNewMembers) {
  std::ifstream file(std::string(MONITRON_SOURCE_DIR) +
                     "/tests/contract/golden/job.changed.v1.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto change = decode_job_changed(text.str());
  ASSERT_TRUE(change) << change.error().text;
  EXPECT_EQ(*change, running());
}

TEST(JobChanged, IsRoutedByItsKind) {
  const auto message = to_message(running());
  EXPECT_EQ(message.exchange, "mon.events");
  EXPECT_EQ(message.routing_key, "job.rule_replay");
}

TEST(JobChanged, NamesTheMemberThatIsWrong) {
  const auto change = decode_job_changed(
      R"({"job_id":"01890a5d-ac96-774b-bcce-b302099a8057","change_id":"01890a5d-ac96-774b-bcce-b302099a8058","progress":-1})");
  ASSERT_FALSE(change);
  EXPECT_EQ(change.error().text.substr(0, 22), "job.changed: progress:");
}

}  // namespace
}  // namespace monitron::contracts
