#include "contracts/heartbeat_ping.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace monitron::contracts {

namespace {

HeartbeatPing backup_failed() {
  HeartbeatPing ping;
  ping.ping_id = *Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057");
  ping.check_id = CheckId{*Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8058")};
  ping.ping = {domain::PingKind::fail, 23, *parse_rfc3339("2026-11-21T03:00:17.250Z")};
  ping.body = "rsync: some files could not be transferred\n";
  ping.caller = "192.0.2.7";
  ping.user_agent = "curl/8.5.0";
  return ping;
}

std::string golden(const std::string& name) {
  std::ifstream file(std::string(MONITRON_SOURCE_DIR) + "/tests/contract/golden/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST(HeartbeatPing, SurvivesTheWire) {
  auto ping = backup_failed();
  EXPECT_EQ(decode_heartbeat_ping(encode(ping)).value(), ping);
  ping.ping.exit_code.reset();
  EXPECT_EQ(decode_heartbeat_ping(encode(ping)).value(), ping);
}

TEST(HeartbeatPing, ReadsItsGoldenFileAndIgnoresNewMembers) {
  const auto ping = decode_heartbeat_ping(golden("heartbeat.ping.v1.json"));
  ASSERT_TRUE(ping) << ping.error().text;
  EXPECT_EQ(*ping, backup_failed());
}

TEST(HeartbeatPing, NamesTheMemberThatIsWrong) {
  EXPECT_EQ(decode_heartbeat_ping(R"({"ping_id":"01890a5d-ac96-774b-bcce-b302099a8057",
    "check_id":"01890a5d-ac96-774b-bcce-b302099a8058","at":"2026-11-21T03:00:17Z",
    "kind":"late"})")
                .error()
                .text,
            "heartbeat.ping: kind: is not success, start, fail or log");
  EXPECT_FALSE(decode_heartbeat_ping("{}"));
  EXPECT_FALSE(decode_heartbeat_ping("[]"));
}

TEST(HeartbeatMark, SurvivesTheWire) {
  const HeartbeatMark mark{*Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057"),
                           *parse_rfc3339("2026-11-21T03:00:17.250Z")};
  EXPECT_EQ(decode_heartbeat_mark(encode(mark)).value(), mark);
  const auto read = decode_heartbeat_mark(golden("heartbeat.mark.v1.json"));
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(*read, mark);
}

TEST(HeartbeatMark, GoesWhereThePingsGo) {
  const auto ping = to_message(backup_failed());
  const auto mark = to_message(HeartbeatMark{});
  EXPECT_EQ(ping.exchange, mark.exchange);
  EXPECT_EQ(ping.routing_key, mark.routing_key);
  EXPECT_EQ(ping.message_id, "01890a5d-ac96-774b-bcce-b302099a8057");
}

}  // namespace monitron::contracts
