// Maintenance windows on a terminal: what is asked of the server, and what is shown of its answers.

#include "cli/maintenance.hpp"

#include "answering.hpp"
#include "base/clock.hpp"

#include <gtest/gtest.h>

namespace monitron::cli {
namespace {

using nlohmann::json;

json window(const char* name, bool active, const json& next, const json& recurrence = nullptr) {
  return {{"id", name},
          {"name", name},
          {"selector", {{"check", "shop"}, {"env", "prod"}}},
          {"everything", false},
          {"active", active},
          {"active_until", "2026-11-22T04:00:00.000Z"},
          {"ends_at", "2026-11-22T04:00:00.000Z"},
          {"recurrence", recurrence},
          {"next", next},
          {"created_by", "Ada"}};
}

const json kNext = {
    {{"starts_at", "2026-11-29T02:00:00.000Z"}, {"ends_at", "2026-11-29T04:00:00.000Z"}}};

class CliMaintenance : public testing::Test {
 protected:
  Answering server_;
  Api api_{server_.login()};
};

TEST_F(CliMaintenance, BeginsNowForAsLongAsItIsAskedFor) {
  server_.answers["POST /api/v1/maintenance-windows"] = window("7", true, json::array());
  const auto before = system_clock().now();
  const auto made = start_maintenance(
      api_,
      {.labels = {"check=shop", "env=a=b"}, .lasts = "2h", .comment = "disks", .outside_sla = true},
      Output::table);
  ASSERT_TRUE(made) << made.error().text;
  EXPECT_EQ(made->text, "check=shop, env=prod: in maintenance until 2026-11-22 04:00:00 UTC: 7\n");
  const auto sent = server_.asked["POST /api/v1/maintenance-windows"];
  EXPECT_EQ(sent["selector"], (json{{"check", "shop"}, {"env", "a=b"}}));
  EXPECT_EQ(sent["name"], "disks");
  EXPECT_EQ(sent["counts_in_sla"], false);
  EXPECT_FALSE(sent.contains("starts_at"));
  const auto ends = parse_rfc3339(sent["ends_at"].get<std::string>());
  ASSERT_TRUE(ends);
  EXPECT_GE(*ends, before + std::chrono::hours(2));
  EXPECT_LE(*ends, system_clock().now() + std::chrono::hours(2));
}

TEST_F(CliMaintenance, IsPlannedAheadWithANameOfItsOwn) {
  server_.answers["POST /api/v1/maintenance-windows"] = window("7", false, kNext);
  const auto made = start_maintenance(api_,
                                      {.everything = true,
                                       .lasts = "90m",
                                       .at = "2026-11-29T02:00:00Z",
                                       .name = "move",
                                       .comment = "to the other hall"},
                                      Output::table);
  ASSERT_TRUE(made) << made.error().text;
  EXPECT_NE(made->text.find("from 2026-11-29 02:00:00 UTC"), std::string::npos) << made->text;
  const auto sent = server_.asked["POST /api/v1/maintenance-windows"];
  EXPECT_EQ(sent["everything"], true);
  EXPECT_EQ(sent["name"], "move");
  EXPECT_EQ(sent["description"], "to the other hall");
  EXPECT_EQ(sent["starts_at"], "2026-11-29T02:00:00.000Z");
  EXPECT_EQ(sent["ends_at"], "2026-11-29T03:30:00.000Z");
}

TEST_F(CliMaintenance, WhatMakesNoSenseIsNotSent) {
  const auto refused = [&](const MaintenanceAsked& asked) {
    const auto made = start_maintenance(api_, asked, Output::table);
    return made ? "" : made.error().text;
  };
  EXPECT_NE(refused({.lasts = "2h"}), "") << "about nothing";
  EXPECT_NE(refused({.labels = {"a=b"}, .everything = true, .lasts = "2h"}), "");
  EXPECT_NE(refused({.labels = {"shop"}, .lasts = "2h"}), "");
  EXPECT_NE(refused({.labels = {"a=b", "a=c"}, .lasts = "2h"}), "");
  EXPECT_EQ(refused({.labels = {"a=b"}, .lasts = "soon"}),
            "--for: \"soon\" is no duration like 2h or 1h30m");
  EXPECT_NE(refused({.labels = {"a=b"}, .lasts = "2h", .at = "noon"}), "");
  EXPECT_TRUE(server_.asked.empty());
}

TEST_F(CliMaintenance, WhatIsOverIsListedWhenAskedFor) {
  server_.answers["GET /api/v1/maintenance-windows"] = {
      {"items",
       {window("now", true, json::array()),
        window("weekly", false, kNext, {{"rrule", "FREQ=WEEKLY"}}),
        window("done", false, json::array())}},
      {"next_cursor", nullptr}};
  const auto shown = show_maintenance(api_, {}, Output::table);
  ASSERT_TRUE(shown) << shown.error().text;
  EXPECT_EQ(
      shown->text,
      "STATE   WINDOW  ABOUT                 WHEN                           AGAIN        BY   ID\n"
      "active  now     check=shop, env=prod  until 2026-11-22 04:00:00 UTC  -            Ada  now\n"
      "coming  weekly  check=shop, env=prod  from 2026-11-29 02:00:00 UTC   FREQ=WEEKLY  Ada  "
      "weekly\n");
  const auto all = show_maintenance(api_, {.all = true}, Output::table);
  EXPECT_NE(all->text.find("over    done"), std::string::npos) << all->text;
}

TEST_F(CliMaintenance, WhatComesAgainEndsForGoodOnlyWhenThatIsMeant) {
  server_.answers["GET /api/v1/maintenance-windows/1"] = window("disks", true, json::array());
  server_.answers["GET /api/v1/maintenance-windows/2"] =
      window("weekly", true, kNext, {{"rrule", "FREQ=WEEKLY"}});
  for (const auto* id : {"1", "2"}) {
    server_.answers[std::string("DELETE /api/v1/maintenance-windows/") + id] = json::object();
  }
  ASSERT_TRUE(end_maintenance(api_, {.id = "1"}));
  EXPECT_TRUE(server_.asked.contains("DELETE /api/v1/maintenance-windows/1"));
  EXPECT_EQ(end_maintenance(api_, {.id = "2"}).error().text,
            "weekly comes again; --for-good ends all of it");
  EXPECT_FALSE(server_.asked.contains("DELETE /api/v1/maintenance-windows/2"));
  ASSERT_TRUE(end_maintenance(api_, {.id = "2", .for_good = true}));
  EXPECT_TRUE(server_.asked.contains("DELETE /api/v1/maintenance-windows/2"));
  EXPECT_EQ(end_maintenance(api_, {.id = "3"}).error().fault, Fault::not_found);
}

}  // namespace
}  // namespace monitron::cli
