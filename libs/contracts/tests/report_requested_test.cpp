#include "contracts/report_requested.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace monitron::contracts {

namespace {

ReportRequested berlin_day() {
  ReportRequested report;
  report.report_id = ReportId{*Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057")};
  report.format = "csv";
  report.from = *parse_rfc3339("2026-11-20T00:00:00+01:00");
  report.to = *parse_rfc3339("2026-11-21T00:00:00+01:00");
  report.time_zone = "Europe/Berlin";
  report.labels = {{"team", "Zahlungsverkehr"}};
  report.recipients = {"ops@example.com"};
  return report;
}

std::string golden() {
  std::ifstream file(std::string(MONITRON_SOURCE_DIR) +
                     "/tests/contract/golden/report.requested.v1.json");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string wrong(const char* member, const char* value) {
  auto body = encode(berlin_day());
  const auto name = std::string("\"") + member + "\":";
  const auto begin = body.find(name) + name.size();
  body.replace(begin, body.find('"', begin + 1) + 1 - begin, value);
  return decode_report_requested(body).error().text;
}

}  // namespace

TEST(ReportRequested, SurvivesTheWire) {
  EXPECT_EQ(decode_report_requested(encode(berlin_day())).value(), berlin_day());
  auto by_label = berlin_day();
  by_label.group_by = "env";
  EXPECT_EQ(decode_report_requested(encode(by_label)).value(), by_label);
}

TEST(ReportRequested, ReadsItsGoldenFileAndIgnoresNewMembers) {
  const auto report = decode_report_requested(golden());
  ASSERT_TRUE(report) << report.error().text;
  EXPECT_EQ(*report, berlin_day());
}

TEST(ReportRequested, HasTwoNamesAndOneQueue) {
  EXPECT_EQ(to_message(berlin_day()).type, "report.requested");
  EXPECT_EQ(to_due_message(berlin_day()).type, "report.due");
  EXPECT_EQ(to_message(berlin_day()).routing_key, to_due_message(berlin_day()).routing_key);
}

TEST(ReportRequested, NamesTheMemberThatIsWrong) {
  EXPECT_EQ(wrong("format", "\"docx\""), "report.requested: format: is not pdf or csv");
  EXPECT_EQ(wrong("kind", "\"weather\""), "report.requested: kind: is not availability");
  EXPECT_EQ(wrong("from", "\"noon\""), "report.requested: from: is not RFC 3339");
  EXPECT_EQ(wrong("to", "\"2026-11-19T23:00:00Z\""), "report.requested: to: is not after from");
  EXPECT_FALSE(decode_report_requested("{}"));
}

}  // namespace monitron::contracts
