// Maintenance windows and dependencies over HTTP.

#include "suite.hpp"

namespace monitron::api {
namespace {

using http::Method;

const std::string kWindows = "/api/v1/maintenance-windows";
const std::string kDependencies = "/api/v1/dependencies";

class Maintenance : public ApiTest {
 protected:
  Answer make(const std::string& path, const Json& body) {
    return api().post(path, api().admin(), body);
  }
  std::string check(const std::string& name, const Json& labels = Json::object()) {
    const auto made =
        make("/api/v1/checks",
             {{"name", name}, {"kind", "tcp"}, {"target", "127.0.0.1:9"}, {"labels", labels}});
    EXPECT_EQ(made.status, 201) << made.text;
    return made.json["id"].get<std::string>();
  }
  Json depends(const std::string& child, std::vector<std::string> parents) {
    return {{"name", "of a test"}, {"child_check_id", child}, {"parents", parents}};
  }
  Json maintenance_of(const std::string& check) {
    return api().get("/api/v1/checks/" + check, api().admin()).json["maintenance"];
  }
};

std::string in(std::chrono::seconds time) { return to_rfc3339(system_clock().now() + time); }

Json weekly(const char* rule, const char* zone = "Europe/Berlin") {
  return {{"rrule", rule},
          {"start", "2026-11-22T02:00:00"},
          {"duration_seconds", 7200},
          {"time_zone", zone}};
}

TEST_F(Maintenance, AWindowThatIsActiveIsShownWithWhatItCovers) {
  const auto covered = check("covered", {{"maintained", "yes"}}), other = check("not covered");
  const auto made = make(kWindows, {{"name", "move"},
                                    {"selector", {{"maintained", "yes"}}},
                                    {"ends_at", in(std::chrono::hours(1))}});
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_TRUE(made.json["active"].get<bool>());
  EXPECT_EQ(made.json["active_until"], made.json["ends_at"]);
  EXPECT_EQ(made.json["created_by"], "Administrator");
  EXPECT_TRUE(made.json["counts_in_sla"].get<bool>());
  const auto shown = maintenance_of(covered);
  EXPECT_EQ(shown["id"], made.json["id"]);
  EXPECT_EQ(shown["name"], "move");
  EXPECT_EQ(shown["until"], made.json["ends_at"]);
  EXPECT_TRUE(maintenance_of(other).is_null());
  const auto listed = api().get("/api/v1/checks?label=maintained:yes", api().admin());
  EXPECT_EQ(listed.json["items"][0]["maintenance"]["name"], "move");
  const auto active = api().get(kWindows + "?active=true", api().admin());
  ASSERT_EQ(active.json["items"].size(), 1U) << active.text;
  const auto path = kWindows + "/" + made.json["id"].get<std::string>();
  const auto ended = api().ask(Method::patch, path, api().admin(), {{"ends_at", in({})}});
  EXPECT_EQ(ended.status, 200) << ended.text;
  EXPECT_FALSE(ended.json["active"].get<bool>());
  EXPECT_EQ(ended.json["created_by"], made.json["created_by"]);
  EXPECT_TRUE(maintenance_of(covered).is_null());
  EXPECT_EQ(api().ask(Method::delete_, path, api().admin()).status, 204);
  EXPECT_EQ(api().get(path, api().admin()).status, 404);
}

TEST_F(Maintenance, AnInstanceIsInMaintenanceByItsName) {
  const auto host = make("/api/v1/servers", {{"hostname", "moved.example"}, {"os", "x"}});
  const auto id = host.json["id"].get<std::string>();
  const auto checked = make(
      "/api/v1/checks",
      {{"name", "its check"}, {"kind", "tcp"}, {"target", "127.0.0.1:9"}, {"instance_id", id}});
  const auto window = make(kWindows, {{"name", "rack"},
                                      {"selector", {{"instance", "moved.example"}}},
                                      {"ends_at", in(std::chrono::hours(1))}});
  ASSERT_EQ(window.status, 201) << window.text;
  const auto shown = api().get("/api/v1/instances/" + id, api().admin());
  EXPECT_EQ(shown.json["maintenance"]["name"], "rack");
  EXPECT_EQ(maintenance_of(checked.json["id"].get<std::string>())["name"], "rack");
  api().ask(Method::delete_, kWindows + "/" + window.json["id"].get<std::string>(), api().admin());
}

TEST_F(Maintenance, AWindowThatComesAgainTellsWhen) {
  const auto made = make(kWindows, {{"name", "patches"},
                                    {"everything", true},
                                    {"recurrence", weekly("FREQ=YEARLY;BYMONTH=1;BYDAY=1SU")},
                                    {"counts_in_sla", false}});
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_TRUE(made.json["starts_at"].is_null());
  ASSERT_EQ(made.json["next"].size(), 5U);
  const auto first = parse_rfc3339(made.json["next"][0]["starts_at"].get<std::string>());
  const auto end = parse_rfc3339(made.json["next"][0]["ends_at"].get<std::string>());
  EXPECT_EQ(*end - *first, std::chrono::hours(2));
  const auto path = kWindows + "/" + made.json["id"].get<std::string>();
  // What was read can be sent back, and a rule gives way to two times.
  EXPECT_EQ(api().ask(Method::put, path, api().admin(), made.json).status, 200);
  const auto once = api().ask(Method::patch, path, api().admin(),
                              {{"recurrence", nullptr},
                               {"starts_at", in(std::chrono::hours(1))},
                               {"ends_at", in(std::chrono::hours(2))}});
  EXPECT_EQ(once.status, 200) << once.text;
  EXPECT_EQ(once.json["next"].size(), 1U);
  EXPECT_EQ(once.json["version"], 3);
  EXPECT_EQ(api().ask(Method::delete_, path, api().admin()).status, 204);
}

TEST_F(Maintenance, WhenAWindowWouldBeIsToldWhileItIsTyped) {
  const auto preview = [&](const Json& body) {
    return api().post(kWindows + "/preview", api().viewer(), body);
  };
  // Its name and labels are not there yet.
  const auto weekly_shown = preview({{"recurrence", weekly("FREQ=WEEKLY;BYDAY=SU", "UTC")}});
  ASSERT_EQ(weekly_shown.status, 200) << weekly_shown.text;
  ASSERT_EQ(weekly_shown.json["next"].size(), 5U);
  const auto at = [&](int number) {
    return *parse_rfc3339(weekly_shown.json["next"][number]["starts_at"].get<std::string>());
  };
  EXPECT_EQ(at(1) - at(0), std::chrono::hours(7 * 24));
  const auto once = preview({{"name", ""}, {"ends_at", in(std::chrono::hours(1))}});
  EXPECT_EQ(once.status, 200) << once.text;
  EXPECT_TRUE(once.json["active"].get<bool>());
  EXPECT_EQ(fields_of(preview({{"recurrence", weekly("FREQ=SOMETIMES")}})),
            Names{"recurrence.rrule"});
  EXPECT_EQ(fields_of(preview({{"ends_at", in(std::chrono::hours(-1))}})), Names{"ends_at"});
  EXPECT_EQ(fields_of(preview(Json::object())), Names{"ends_at"});
}

TEST_F(Maintenance, WhatIsInItIsCountedApart) {
  const auto covered = check("counted apart", {{"counted", "apart"}});
  const auto host = make("/api/v1/servers", {{"hostname", "apart.example"}, {"os", "x"}});
  const auto counts = [&](const char* what) {
    return api().get("/api/v1/overview", api().admin()).json[what];
  };
  const auto checks = counts("checks"), hosts = counts("instances");
  EXPECT_EQ(checks["maintenance"], 0);
  for (const auto& selector : {Json{{"counted", "apart"}}, Json{{"instance", "apart.example"}}}) {
    const auto made =
        make(kWindows,
             {{"name", "move"}, {"selector", selector}, {"ends_at", in(std::chrono::hours(1))}});
    ASSERT_EQ(made.status, 201) << made.text;
  }
  EXPECT_EQ(counts("checks")["maintenance"], 1);
  EXPECT_EQ(counts("checks")["unknown"], checks["unknown"].get<int>() - 1);
  EXPECT_EQ(counts("checks")["total"], checks["total"]);
  EXPECT_EQ(counts("instances")["maintenance"], 1);
  EXPECT_EQ(counts("instances")["total"], hosts["total"]);
  const auto active = api().get(kWindows + "?active=true", api().admin());
  for (const auto& window : active.json["items"]) {
    const auto path = kWindows + "/" + window["id"].get<std::string>();
    EXPECT_EQ(api().ask(Method::delete_, path, api().admin()).status, 204);
  }
  EXPECT_EQ(counts("checks"), checks);
  EXPECT_EQ(counts("instances")["maintenance"], 0);
}

TEST_F(Maintenance, WhatIsWrongWithAWindowIsNamed) {
  const Json good = {{"name", "x"}, {"everything", true}, {"ends_at", in(std::chrono::hours(1))}};
  const auto complaints = [&](const Json& change) {
    Json body = good;
    body.merge_patch(change);
    const auto refused = make(kWindows, body);
    EXPECT_EQ(refused.status, 400) << refused.text;
    const auto names = fields_of(refused);
    EXPECT_EQ(refused.json["errors"].size(), names.size()) << "one reason each: " << refused.text;
    return names;
  };
  EXPECT_EQ(complaints({{"name", ""}}), Names{"name"});
  EXPECT_EQ(complaints({{"everything", false}}), Names{"selector"});
  EXPECT_EQ(complaints({{"selector", {{"a", "b"}}}}), Names{"selector"});
  EXPECT_EQ(complaints({{"ends_at", nullptr}}), Names{"ends_at"});
  EXPECT_EQ(complaints({{"ends_at", in(std::chrono::hours(-1))}}), Names{"ends_at"});
  EXPECT_EQ(complaints({{"recurrence", weekly("FREQ=DAILY")}}), Names{"ends_at"});
  const auto recurring = [&](const Json& recurrence) {
    return complaints({{"ends_at", nullptr}, {"recurrence", recurrence}});
  };
  EXPECT_EQ(recurring(weekly("FREQ=MINUTELY")), Names{"recurrence.rrule"});
  EXPECT_EQ(recurring(weekly("FREQ=MONTHLY;BYMONTHDAY=30;BYMONTH=2")), Names{"recurrence.rrule"});
  EXPECT_EQ(recurring(weekly("FREQ=DAILY", "Mars/Olympus")), Names{"recurrence.time_zone"});
  auto wrong = weekly("FREQ=DAILY");
  wrong["start"] = "tomorrow";
  EXPECT_EQ(recurring(wrong), Names{"recurrence.start"});
  wrong = weekly("FREQ=DAILY");
  wrong["duration_seconds"] = 1;
  EXPECT_EQ(recurring(wrong), Names{"recurrence.duration_seconds"});
  wrong = weekly("FREQ=WEEKLY;UNTIL=20200101T000000Z");
  wrong["start"] = "2019-01-06T02:00:00";
  EXPECT_EQ(recurring(wrong), Names{"recurrence"});
  const Json past = {{"starts_at", in(std::chrono::hours(-50))},
                     {"ends_at", in(std::chrono::hours(-48))}};
  EXPECT_EQ(complaints(past), Names{"ends_at"});
  // What was a fault of ours is left out of reports afterwards.
  Json late = good;
  late.merge_patch(past);
  late["counts_in_sla"] = false;
  const auto made = make(kWindows, late);
  ASSERT_EQ(made.status, 201) << made.text;
  const auto now = make(kWindows, good);
  const auto path = kWindows + "/" + now.json["id"].get<std::string>();
  EXPECT_EQ(api().ask(Method::patch, path, api().admin(), past).status, 200) << "it may be ended";
  EXPECT_EQ(api().post(kWindows, api().viewer(), good).status, 403);
}

TEST_F(Maintenance, ACheckDependsOnItselfOverNoLabels) {
  const Json here = {{"site", "ring"}};
  const auto shop = check("ring shop", here), cart = check("ring cart");
  const auto by_label = [&](const std::vector<std::string>& parents) {
    return Json{{"name", "by label"}, {"children", here}, {"parents", parents}};
  };
  const auto behind = make(kDependencies, depends(cart, {shop}));
  ASSERT_EQ(behind.status, 201) << behind.text;
  const auto ring = make(kDependencies, by_label({cart}));
  EXPECT_EQ(fields_of(ring), Names{"parents[0]"});
  EXPECT_NE(ring.text.find("ring shop → ring cart → ring shop"), std::string::npos) << ring.text;
  // What is beside its parents is not behind them.
  EXPECT_EQ(make(kDependencies, by_label({shop})).status, 201);
  api().ask(Method::delete_, kDependencies + "/" + behind.json["id"].get<std::string>(),
            api().admin());
  ASSERT_EQ(make(kDependencies, by_label({cart})).status, 201);
  EXPECT_EQ(fields_of(make(kDependencies, depends(cart, {shop}))), Names{"parents[0]"});
}

TEST_F(Maintenance, DependenciesNameChecksThatAreThereAndLoseThoseThatGo) {
  const auto child = check("web"), left = check("left"), right = check("right");
  const auto nowhere = Uuid::make().str();
  EXPECT_EQ(fields_of(make(kDependencies, depends(child, {left, nowhere}))), Names{"parents[1]"});
  EXPECT_EQ(fields_of(make(kDependencies, depends(nowhere, {left}))), Names{"child_check_id"});
  EXPECT_EQ(fields_of(make(kDependencies, depends(child, {}))), Names{"parents"});
  auto both = depends(child, {left});
  both["children"] = {{"rack", "7"}};
  EXPECT_EQ(fields_of(make(kDependencies, both)), Names{"children"});
  const auto made = make(kDependencies, depends(child, {left, right}));
  ASSERT_EQ(made.status, 201) << made.text;
  const auto path = kDependencies + "/" + made.json["id"].get<std::string>();
  EXPECT_EQ(api().ask(Method::delete_, "/api/v1/checks/" + left, api().admin()).status, 204);
  EXPECT_EQ(api().get(path, api().admin()).json["parents"], Json::array({right}));
  EXPECT_EQ(api().ask(Method::delete_, "/api/v1/checks/" + right, api().admin()).status, 204);
  EXPECT_EQ(api().get(path, api().admin()).status, 404);
}

TEST_F(Maintenance, NothingDependsOnItselfAndTheWayRoundIsTold) {
  const auto web = check("web"), router = check("router"), uplink = check("uplink");
  EXPECT_EQ(fields_of(make(kDependencies, depends(web, {web}))), Names{"parents[0]"});
  ASSERT_EQ(make(kDependencies, depends(web, {router})).status, 201);
  const auto second = make(kDependencies, depends(router, {uplink}));
  ASSERT_EQ(second.status, 201);
  const auto refused = make(kDependencies, depends(uplink, {web}));
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(fields_of(refused), Names{"parents[0]"});
  EXPECT_NE(refused.text.find("uplink → web → router → uplink"), std::string::npos) << refused.text;
  const auto path = kDependencies + "/" + second.json["id"].get<std::string>();
  EXPECT_EQ(api().ask(Method::patch, path, api().admin(), {{"parents", {web}}}).status, 400);
  EXPECT_EQ(api().ask(Method::patch, path, api().admin(), {{"name", "same"}}).status, 200)
      << "its own earlier version is no second way";
  const auto by_labels =
      make(kDependencies, {{"name", "rack"}, {"children", {{"rack", "7"}}}, {"parents", {web}}});
  EXPECT_EQ(by_labels.status, 201) << by_labels.text;
}

}  // namespace
}  // namespace monitron::api
