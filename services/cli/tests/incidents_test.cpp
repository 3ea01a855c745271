// Incidents on a terminal: what is asked of the server, and what is shown of its answers.

#include "cli/incidents.hpp"

#include "answering.hpp"
#include "base/clock.hpp"
#include "cli/commands.hpp"

#include <gtest/gtest.h>

namespace monitron::cli {
namespace {

using nlohmann::json;

class Incidents : public testing::Test {
 protected:
  Result<Shown> run(const std::string& command, const IncidentAsked& asked) {
    Api api(server_.login());
    return run_incidents(api, command, asked, Output::table);
  }

  Answering server_;
};

const json kIncident = {
    {"id", "7"},
    {"title", "shop \x1b[31mis down"},
    {"state", "acknowledged"},
    {"since", "2026-11-22T03:00:00.000Z"},
    {"severity", "critical"},
    {"rule_name", "Check down"},
    {"opened_at", "2026-11-22T02:00:00.000Z"},
    {"labels", {{"check", "shop"}}},
    {"acknowledgement",
     {{"by", "Ada"}, {"comment", "on it"}, {"at", "2026-11-22T03:00:00.000Z"}, {"sticky", true}}},
    {"events",
     {{{"at", "2026-11-22T02:00:00.000Z"}, {"kind", "opened"}, {"text", "status\n500"}},
      {{"at", "2026-11-22T03:00:00.000Z"}, {"kind", "noted"}, {"text", "a cable"}, {"by", "Ada"}}}},
    {"notifications",
     {{{"at", "2026-11-22T02:00:01.000Z"},
       {"transition", "firing"},
       {"state", "sent"},
       {"channel", "email"},
       {"target", "ops@example.org"},
       {"detail", ""}}}}};

TEST_F(Incidents, AreListedUntilTheyAreResolved) {
  server_.answers["GET /api/v1/incidents?state=open"] = {{"items", json::array()},
                                                         {"next_cursor", nullptr}};
  server_.answers["GET /api/v1/incidents?state=acknowledged"] = {{"items", {kIncident}},
                                                                 {"next_cursor", nullptr}};
  const auto shown = run("list", {});
  ASSERT_TRUE(shown) << shown.error().text;
  EXPECT_FALSE(shown->all_well);
  EXPECT_EQ(shown->text,
            "STATE         SEVERITY  INCIDENT           OPENED                   TAKEN BY  ID\n"
            "acknowledged  critical  shop ?[31mis down  2026-11-22 02:00:00 UTC  Ada       7\n");
}

TEST_F(Incidents, ADrillIsMarkedAndNothingIsWrong) {
  const json drill = {{"id", "8"},
                      {"title", "A drill"},
                      {"state", "open"},
                      {"severity", "info"},
                      {"opened_at", "2026-11-22T02:00:00.000Z"},
                      {"drill", true}};
  server_.answers["GET /api/v1/incidents?state=open"] = {{"items", {drill}}};
  server_.answers["GET /api/v1/incidents?state=acknowledged"] = {{"items", json::array()}};
  const auto shown = run("list", {});
  ASSERT_TRUE(shown) << shown.error().text;
  EXPECT_TRUE(shown->all_well);
  EXPECT_NE(shown->text.find("(drill) A drill"), std::string::npos) << shown->text;
}

TEST_F(Incidents, OneThatIsSilencedIsMarked) {
  auto silenced = kIncident;
  silenced["state"] = "open";
  silenced["silenced_by"] = {{"id", "1"}, {"created_by", "joe"}};
  server_.answers["GET /api/v1/incidents?state=open"] = {{"items", {silenced}}};
  server_.answers["GET /api/v1/incidents?state=acknowledged"] = {{"items", json::array()}};
  const auto shown = run("list", {});
  ASSERT_TRUE(shown) << shown.error().text;
  EXPECT_NE(shown->text.find("open (silenced)"), std::string::npos) << shown->text;
}

TEST_F(Incidents, AreShownWithWhatHappenedAndWhoWasTold) {
  server_.answers["GET /api/v1/incidents/7"] = kIncident;
  const auto shown = run("show", {.id = "7"});
  ASSERT_TRUE(shown) << shown.error().text;
  for (const auto* part :
       {"shop ?[31mis down\n", "state         acknowledged since 2026-11-22 03:00:00 UTC\n",
        "acknowledged  by Ada at 2026-11-22 03:00:00 UTC, until it is resolved: on it\n",
        "labels        check=shop\n", "opened       status?500\n", "noted   Ada  a cable\n",
        "firing  sent   email  ops@example.org\n"}) {
    EXPECT_NE(shown->text.find(part), std::string::npos) << part << "\n" << shown->text;
  }
  EXPECT_EQ(shown->text.find('\x1b'), std::string::npos);
}

TEST_F(Incidents, AreActedUpon) {
  server_.answers["GET /api/v1/incidents/7"] = kIncident;
  server_.answers["GET /api/v1/me"] = {{"id", "u"}};
  for (const auto* one :
       {"PUT /api/v1/incidents/7/acknowledgement", "DELETE /api/v1/incidents/7/acknowledgement",
        "PUT /api/v1/incidents/7/assignee", "POST /api/v1/incidents/7/notes"}) {
    server_.answers[one] = kIncident;
  }
  ASSERT_TRUE(run("ack", {.id = "7", .text = "on it", .until = "2h", .sticky = true}));
  const auto given = server_.asked["PUT /api/v1/incidents/7/acknowledgement"];
  EXPECT_EQ(given["comment"], "on it");
  EXPECT_EQ(given["sticky"], true);
  EXPECT_TRUE(parse_rfc3339(given["expires_at"].get<std::string>()));
  ASSERT_TRUE(run("unack", {.id = "7"}));
  EXPECT_TRUE(server_.asked.contains("DELETE /api/v1/incidents/7/acknowledgement"));
  ASSERT_TRUE(run("assign", {.id = "7", .who = "me"}));
  EXPECT_EQ(server_.asked["PUT /api/v1/incidents/7/assignee"], (json{{"user_id", "u"}}));
  ASSERT_TRUE(run("assign", {.id = "7", .who = "nobody"}));
  EXPECT_EQ(server_.asked["PUT /api/v1/incidents/7/assignee"], (json{{"user_id", nullptr}}));
  ASSERT_TRUE(run("note", {.id = "7", .text = "a cable"}));
  EXPECT_EQ(server_.asked["POST /api/v1/incidents/7/notes"], (json{{"text", "a cable"}}));
  EXPECT_EQ(run("ack", {.id = "7", .until = "soon"}).error().fault, Fault::invalid);
  EXPECT_EQ(run("show", {.id = "8"}).error().text, "nothing has this id");
}

TEST_F(Incidents, AlertsThatAreHeldBackAreNoTrouble) {
  const json alert = {{"state", "firing"},
                      {"title", "shop is down"},
                      {"text", "status 500"},
                      {"suppressed_by", {{"text", "maintenance \"weekly\""}}}};
  server_.answers["GET /api/v1/alerts"] = {{"items", {alert}}};
  Api api(server_.login());
  const auto shown = show_alerts(api, Output::table);
  ASSERT_TRUE(shown) << shown.error().text;
  EXPECT_TRUE(shown->all_well);
  EXPECT_NE(shown->text.find("held back"), std::string::npos);
  EXPECT_NE(shown->text.find("maintenance \"weekly\""), std::string::npos);
  const auto raw = show_alerts(api, Output::json);
  ASSERT_TRUE(raw);
  EXPECT_EQ(json::parse(raw->text)[0], alert);
}

TEST_F(Incidents, AlertsSayWhoIsAtThemAndWhatTheyAreExplainedBy) {
  const json taken = {
      {"id", "7"},
      {"state", "firing"},
      {"title", "shop is down"},
      {"acknowledgement", {{"by", "Ada"}, {"expires_at", "2026-11-22T03:00:00.000Z"}}}};
  server_.answers["GET /api/v1/alerts"] = {
      {"items", {taken, {{"id", "8"}, {"state", "pending"}, {"acknowledgement", nullptr}}}}};
  Api api(server_.login());
  const auto shown = show_alerts(api, Output::table);
  ASSERT_TRUE(shown) << shown.error().text;
  EXPECT_FALSE(shown->all_well);
  EXPECT_NE(shown->text.find("Ada until 2026-11-22 03:00:00 UTC  7\n"), std::string::npos)
      << shown->text;
  EXPECT_NE(shown->text.find("-                                  8\n"), std::string::npos)
      << shown->text;
}

// A receiver of Alertmanager is no person.
TEST_F(Incidents, SayThatReceiversWereNotifiedAlone) {
  const json row = {
      {"channel", "alertmanager_receiver"}, {"target", "pager"}, {"state", "delivered"}};
  server_.answers["GET /api/v1/alerts/7/explain"] = {
      {"verdict", "It was."}, {"steps", json::array()}, {"delivery", {row}}};
  Api api(server_.login());
  const auto shown = show_explanation(api, {.id = "7"}, Output::table);
  ASSERT_TRUE(shown) << shown.error().text;
  EXPECT_NE(shown->text.find("notified  alertmanager_receiver  pager"), std::string::npos)
      << shown->text;
}

TEST_F(Incidents, AreExplained) {
  server_.answers["GET /api/v1/alerts/7/explain"] = {
      {"verdict", "Nobody was paged, because of \x07 a window."},
      {"steps", {{{"at", "2026-11-22T02:00:00.000Z"}, {"kind", "pending"}, {"text", "It began."}}}},
      {"delivery", json::array()}};
  Api api(server_.login());
  const auto shown = show_explanation(api, {.id = "7"}, Output::table);
  ASSERT_TRUE(shown) << shown.error().text;
  EXPECT_EQ(shown->text,
            "Nobody was paged, because of ? a window.\n\n"
            "WHEN                     WHAT     TEXT\n"
            "2026-11-22 02:00:00 UTC  pending  It began.\n\nNobody was told.\n");
}

TEST_F(Incidents, AreExplainedByTheNameOfACheck) {
  const std::string id = "01a202cf-0e22-7480-be33-ac0687fcbff4";
  server_.answers["GET /api/v1/checks"] = {
      {"items", {{{"id", "1"}, {"name", "shop of others"}}, {{"id", id}, {"name", "shop"}}}}};
  server_.answers["GET /api/v1/checks/" + id + "/explain"] = {
      {"verdict", "Nobody was paged."}, {"locations", json::array()}, {"rules", json::array()}};
  Api api(server_.login());
  for (const auto& which : {std::string("shop"), id}) {
    const auto shown = show_explanation(api, {.id = which, .check = true}, Output::table);
    ASSERT_TRUE(shown) << shown.error().text;
    EXPECT_EQ(shown->text.substr(0, 18), "Nobody was paged.\n");
  }
  const auto unknown = show_explanation(api, {.id = "sho", .check = true}, Output::table);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().text, "no check is called sho");
}

TEST_F(Incidents, AreNotExplainedWhenSeveralChecksAreCalledSo) {
  server_.answers["GET /api/v1/checks"] = {
      {"items", {{{"id", "1"}, {"name", "shop"}}, {{"id", "2"}, {"name", "shop"}}}}};
  Api api(server_.login());
  const auto shown = show_explanation(api, {.id = "shop", .check = true}, Output::table);
  ASSERT_FALSE(shown);
  EXPECT_EQ(shown.error().text, "several checks are called shop; give an id: 1 2");
}

}  // namespace
}  // namespace monitron::cli
