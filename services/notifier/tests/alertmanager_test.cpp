// What Alertmanager and mail are told. Pure: no server is asked.

#include "notifier/alertmanager.hpp"

#include "notifier/letters.hpp"

#include <gtest/gtest.h>

namespace monitron::notifier {
namespace {

Instant at(int second) { return from_ms(1'700'000'000'000 + second * 1000LL); }

contracts::AlertChanged example() {
  contracts::AlertChanged alert;
  alert.rule_name = "Check down";
  alert.severity = "critical";
  alert.title = "shop <b> is down";
  alert.text = "status 500";
  alert.labels = {{"check", "shop"}};
  alert.annotations = {{"summary", "A check is down"}};
  alert.starts_at = alert.at = at(0);
  return alert;
}

// M-074.
TEST(AlertmanagerBody, FiringAlertsEndByThemselves) {
  auto alert = example();
  EXPECT_EQ(told_alert(alert, at(0), "http://ui").ends_at, at(240));
  alert.firing = false;
  alert.at = at(7);
  EXPECT_EQ(told_alert(alert, at(60), "").ends_at, at(7));
}

// M-070, M-071.
TEST(AlertmanagerBody, TellsByLabelsWhatRoutesAndGroups) {
  auto alert = example();
  alert.incident_id = IncidentId::make();
  alert.labels["server-role"] = "shop";
  alert.labels["severity"] = "no";
  const auto told = told_alert(alert, at(0), "http://ui");
  EXPECT_EQ(told.labels, (alertmanager::Labels{{"alertname", "Check down"},
                                               {"check", "shop"},
                                               {"server_role", "shop"},
                                               {"severity", "critical"}}));
  EXPECT_EQ(told.annotations.at("incident_id"), alert.incident_id.str());
  EXPECT_EQ(told.annotations.at("description"), "status 500");
  // What whoever wrote the rule says of it wins.
  alert.annotations = {{"description", "call the shop"}, {"title", "mine"}};
  const auto own = told_alert(alert, at(0), "http://ui").annotations;
  EXPECT_EQ(own.at("description"), "call the shop");
  EXPECT_EQ(own.at("summary"), alert.title);
  EXPECT_EQ(own.at("title"), alert.title);
}

//
TEST(AlertmanagerState, OfThoseWithTheSameLabelsTheFiringOneIsTold) {
  auto ended = example();
  ended.incident_id = IncidentId::make();
  ended.firing = false;
  ended.at = at(50);
  auto earlier = ended;
  earlier.at = at(20);
  auto fires = example();
  fires.at = at(40);
  auto other = example();
  other.severity = "warning";
  EXPECT_EQ(one_per_label_set({earlier, ended, fires}), std::vector{fires});
  EXPECT_EQ(one_per_label_set({fires, ended, earlier}), std::vector{fires});
  EXPECT_EQ(one_per_label_set({earlier, ended}), std::vector{ended});
  EXPECT_EQ(one_per_label_set({fires, other}).size(), 2u);
}

TEST(AlertmanagerState, IsBroughtUpToDateFromMemory) {
  auto goes_on = example(), ends = example(), begins = example(), ended = example();
  for (auto* alert : {&goes_on, &ends, &begins, &ended}) alert->incident_id = IncidentId::make();
  ended.firing = false;
  ended.at = at(3);
  auto ends_now = ends;
  ends_now.firing = false;
  ends_now.transition = 2;
  ends_now.at = at(9);
  const auto by_incident = [](const std::vector<contracts::AlertChanged>& alerts) {
    KnownAlerts known;
    for (const auto& alert : alerts) known[alert.incident_id.value] = alert;
    return known;
  };
  EXPECT_EQ(brought_up_to_date(by_incident({goes_on, ends, ended}), {goes_on, begins}, at(9)),
            by_incident({goes_on, ends_now, ended, begins}));
}

TEST(Letters, FiringAndResolvedAreOneConversation) {
  auto alert = example();
  const auto firing = alert_letter(alert, envelope_of(alert, "a@b.c"), "http://ui");
  alert.firing = false;
  alert.transition = 2;
  const auto resolved = alert_letter(alert, envelope_of(alert, "a@b.c"), "http://ui");
  EXPECT_EQ(firing.thread, resolved.thread);
  EXPECT_EQ(firing.thread, firing.delivery_key);  // the first one answers to nothing
  EXPECT_NE(firing.delivery_key, resolved.delivery_key);
  EXPECT_EQ(firing.subject, "[FIRING] shop <b> is down");
  EXPECT_EQ(firing.html.find("<b> is"), std::string::npos);  // escaped
  EXPECT_NE(firing.text.find("summary: A check is down"), std::string::npos) << firing.text;
  EXPECT_EQ(resolved.text.find("A check is down"), std::string::npos) << resolved.text;
}

TEST(Letters, LeadToTheIncidentAndTheCheck) {
  auto alert = example();
  alert.incident_id = IncidentId::make();
  const auto incident = "http://ui/incidents/" + alert.incident_id.str();
  const auto check = Uuid::make().str();
  alert.labels["check_id"] = check;
  for (const auto& text : {alert_letter(alert, envelope_of(alert, "a@b.c"), "http://ui").text,
                           alert_letter(alert, envelope_of(alert, "a@b.c"), "http://ui").html}) {
    EXPECT_NE(text.find(incident), std::string::npos) << text;
    EXPECT_NE(text.find("http://ui/checks/" + check), std::string::npos) << text;
  }
  EXPECT_EQ(told_alert(alert, at(0), "http://ui").generator_url, incident);
  alert.labels["check_id"] = "../../elsewhere";
  EXPECT_EQ(alert_letter(alert, envelope_of(alert, "a@b.c"), "http://ui").text.find("/checks/"),
            std::string::npos);
}

}  // namespace
}  // namespace monitron::notifier
