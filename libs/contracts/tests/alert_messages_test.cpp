#include "contracts/alert_changed.hpp"
#include "contracts/email_requested.hpp"

#include <cmath>
#include <fstream>
#include <gtest/gtest.h>
#include <limits>
#include <sstream>

namespace monitron::contracts {

namespace {

const Uuid kId = *Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8057");

AlertChanged site_down() {
  AlertChanged alert;
  alert.incident_id = IncidentId{kId};
  alert.transition = 2;
  alert.firing = false;
  alert.rule_id = RuleId{kId};
  alert.rule_name = "Check down";
  alert.severity = "critical";
  alert.title = "Check down: web";
  alert.text = "status 500, expected 200-299";
  alert.labels = {{"alertname", "Check down"}, {"env", "prod"}};
  alert.annotations = {{"summary", "web is down"}};
  alert.value = 0.5;
  alert.at = from_ms(1'700'000'060'123);
  alert.starts_at = from_ms(1'700'000'000'123);
  return alert;
}

EmailRequested report_mail() {
  EmailRequested email;
  email.delivery_key = "report.7.ops@example.com";
  email.to = "Ops <ops@example.com>";
  email.subject = "Verfügbarkeit";
  email.text = "Anbei.";
  email.html = "<p>Anbei.</p>";
  email.thread = "report.7";
  email.attachments = {{kId, "availability.pdf", "application/pdf"}};
  return email;
}

std::string golden(const std::string& name) {
  std::ifstream file(std::string(MONITRON_SOURCE_DIR) + "/tests/contract/golden/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

TEST(AlertChanged, SurvivesTheWire) {
  EXPECT_EQ(decode_alert_changed(encode(site_down())).value(), site_down());
}

TEST(AlertChanged, ReadsItsGoldenFileAndIgnoresNewMembers) {
  const auto alert = decode_alert_changed(golden("alert.changed.v1.json"));
  ASSERT_TRUE(alert) << alert.error().text;
  EXPECT_EQ(*alert, site_down());
}

// C-042.
TEST(AlertChanged, MayBeForOneUserAlone) {
  auto mine = site_down();
  mine.audience = UserId{*Uuid::parse("01890a5d-ac96-774b-bcce-b302099a8058")};
  const auto alert = decode_alert_changed(golden("alert.changed.v1.audience.json"));
  ASSERT_TRUE(alert) << alert.error().text;
  EXPECT_EQ(*alert, mine);
  EXPECT_EQ(decode_alert_changed(encode(mine)).value(), mine);
}

TEST(AlertChanged, MayBeADrill) {
  auto drill = site_down();
  drill.drill = true;
  const auto alert = decode_alert_changed(golden("alert.changed.v1.drill.json"));
  ASSERT_TRUE(alert) << alert.error().text;
  EXPECT_EQ(*alert, drill);
  EXPECT_EQ(decode_alert_changed(encode(drill)).value(), drill);
}

TEST(AlertChanged, CarriesValuesThatJsonHasNoNumbersFor) {
  auto alert = site_down();
  alert.value = -std::numeric_limits<double>::infinity();
  EXPECT_EQ(decode_alert_changed(encode(alert))->value, alert.value);
  alert.value = std::nan("");
  EXPECT_TRUE(std::isnan(decode_alert_changed(encode(alert))->value));
}

TEST(AlertChanged, IsRoutedByStateAndSeverityWithAnIdOfItsOwn) {
  const auto message = to_message(site_down());
  EXPECT_EQ(message.routing_key, "alert.resolved.critical");
  EXPECT_EQ(message.message_id, kId.str() + ".2");
}

TEST(AlertChanged, NamesTheMemberThatIsWrong) {
  const auto alert = decode_alert_changed(R"({"incident_id":"01890a5d-ac96-774b-bcce-b302099a8057",
      "transition":1.5})");
  ASSERT_FALSE(alert);
  EXPECT_EQ(alert.error().text, "alert.changed: transition: is not a whole number");
}

TEST(AlertChanged, SurvivesBrokenTextInLabels) {
  auto alert = site_down();
  alert.labels["bad"] = "\xff\xfe";
  EXPECT_TRUE(decode_alert_changed(encode(alert)));
}

TEST(EmailRequested, SurvivesTheWire) {
  EXPECT_EQ(decode_email_requested(encode(report_mail())).value(), report_mail());
}

TEST(EmailRequested, ReadsItsGoldenFileAndIgnoresNewMembers) {
  const auto email = decode_email_requested(golden("email.requested.v1.json"));
  ASSERT_TRUE(email) << email.error().text;
  EXPECT_EQ(*email, report_mail());
}

TEST(EmailRequested, HasOneQueueForWhatIsWaitedForAndOneForReports) {
  EXPECT_EQ(to_message(report_mail()).routing_key, "email.low");
  EXPECT_EQ(to_alert_message(report_mail()).routing_key, "email.high");
  EXPECT_EQ(to_account_message(report_mail()).routing_key, "email.high");
  EXPECT_EQ(to_account_message(report_mail()).type, "account_email.requested");
}

TEST(EmailRequested, NamesTheMemberThatIsWrong) {
  const auto email =
      decode_email_requested(R"({"delivery_key":"k","to":"a@b","attachments":[{}]})");
  ASSERT_FALSE(email);
  EXPECT_EQ(email.error().text, "email.requested: attachments[0].file_id: is missing");
  EXPECT_EQ(decode_email_requested("{}").error().text, "email.requested: delivery_key: is missing");
}

}  // namespace monitron::contracts
