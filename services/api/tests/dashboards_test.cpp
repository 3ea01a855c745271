#include "suite.hpp"

namespace monitron::api {
namespace {

using http::Method;

class Dashboards : public ApiTest {
 protected:
  static Json widget(const std::string& id, int x, int y) {
    return {{"id", id},
            {"kind", "time_series"},
            {"title", "Requests"},
            {"x", x},
            {"y", y},
            {"width", 12},
            {"height", 8},
            {"queries",
             {{{"promql", R"(sum by (code) (rate(http_requests_total{env="$env"}[$__interval])))"},
               {"legend", "{{code}}"}}}},
            {"unit", "1/s"},
            {"decimals", 1},
            {"min", 0.0},
            {"max", nullptr},
            {"thresholds", {{{"value", 1000.0}, {"severity", "warning"}}}},
            {"stacked", true}};
  }
  static Json dashboard(const std::string& name) {
    return {{"name", name},
            {"description", "what it does"},
            {"labels", {{"team", "web"}}},
            {"time", {{"from", "now-6h"}, {"to", "now"}}},
            {"refresh_seconds", 15},
            {"variables",
             {{{"name", "env"},
               {"kind", "label_values"},
               {"title", "Environment"},
               {"default", "prod"},
               {"several", false},
               {"label", "env"},
               {"metric", "http_requests_total"}}}},
            {"widgets",
             {widget("one", 0, 0),
              widget("two", 12, 0),
              {{"id", "notes"},
               {"kind", "text"},
               {"title", ""},
               {"x", 0},
               {"y", 8},
               {"width", 24},
               {"height", 2},
               {"text", "# Who to call\nweb@example.org"}}}}};
  }
  Answer make(const Json& body) { return api().post("/api/v1/dashboards", api().admin(), body); }
  Names refused(const Json& body) { return fields_of(make(body)); }
};

// M-004, M-160: what was put is what is read, member by member and in the same order.
TEST_F(Dashboards, AreReadAsTheyWerePut) {
  const auto body = dashboard("Round trip");
  const auto made = make(body);
  ASSERT_EQ(made.status, 201) << made.text;
  const auto path = made.header("location");
  auto read = api().get(path, api().viewer());
  for (const auto& [name, value] : body.items()) EXPECT_EQ(read.json[name], value) << name;
  EXPECT_EQ(read.json["widgets"].dump(), body["widgets"].dump());

  auto moved = body;
  moved["widgets"][2]["y"] = 20;
  const auto tag = read.header("etag");
  EXPECT_EQ(api().ask(Method::put, path, api().admin(), moved, {{"If-Match", tag}}).status, 200);
  EXPECT_EQ(api().ask(Method::put, path, api().admin(), body, {{"If-Match", tag}}).status, 412);
  const auto after = api().get(path, api().viewer());
  EXPECT_EQ(after.json["widgets"].dump(), moved["widgets"].dump());
  EXPECT_EQ(after.json["version"], 2);

  EXPECT_EQ(api().ask(Method::delete_, path, api().admin()).status, 204);
  EXPECT_EQ(api().get(path, api().viewer()).status, 404);
}

TEST_F(Dashboards, AreListedByNameAndLabel) {
  auto body = dashboard("Listed here");
  body["labels"] = {{"floor", "3"}};
  ASSERT_EQ(make(body).status, 201);
  const auto names = [&](const std::string& query) {
    std::vector<std::string> found;
    const auto list = api().get("/api/v1/dashboards?" + query, api().viewer());
    for (const auto& one : list.json["items"]) found.push_back(one["name"]);
    return found;
  };
  EXPECT_EQ(names("label=floor=3"), std::vector<std::string>{"Listed here"});
  EXPECT_EQ(names("q=ISTED+h"), std::vector<std::string>{"Listed here"});
  EXPECT_TRUE(names("label=floor=4").empty());
  EXPECT_EQ(refused(body), Names{"name"});  // which is taken
}

TEST_F(Dashboards, ADollarThatNamesNothingIsOneOfPromql) {
  auto body = dashboard("With dollars");
  const auto query =
      R"(label_replace(up{dev=~"eth[0-9]+$",env="$env"}, "to", "$1-${env}", "host", "(.*):.*"))";
  body["widgets"][0]["queries"][0]["promql"] = query;
  const auto made = make(body);
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.json["widgets"][0]["queries"][0]["promql"], query);
}

// A dashboard that could not be shown is not kept, and its fault is found by the place.
TEST_F(Dashboards, WhatCannotBeShownIsRefusedByItsPlace) {
  const auto with = [](auto change) {
    auto body = dashboard("Refused");
    change(body);
    return body;
  };
  EXPECT_EQ(refused(with([](Json& b) { b["widgets"][1]["queries"][0]["promql"] = "sum(rate(x)"; })),
            Names{"widgets[1].queries[0].promql"});
  EXPECT_EQ(refused(with([](Json& b) { b["widgets"][0]["queries"][0]["promql"] = "up{a=$b}"; })),
            Names{"widgets[0].queries[0].promql"});
  EXPECT_EQ(refused(with([](Json& b) { b["widgets"][1]["x"] = 11; })), Names{"widgets[1].x"});
  EXPECT_EQ(refused(with([](Json& b) { b["widgets"][1]["x"] = 13; })), Names{"widgets[1].width"});
  EXPECT_EQ(refused(with([](Json& b) { b["widgets"][1]["id"] = "one"; })), Names{"widgets[1].id"});
  EXPECT_EQ(refused(with([](Json& b) { b["widgets"][2]["queries"] = Json::array(); })),
            Names{"widgets[2].queries"});
  EXPECT_EQ(refused(with([](Json& b) { b["widgets"][2]["colour"] = "red"; })),
            Names{"widgets[2].colour"});
  EXPECT_EQ(refused(with([](Json& b) { b["widgets"][0].erase("queries"); })),
            Names{"widgets[0].queries"});
  EXPECT_EQ(refused(with([](Json& b) { b["variables"].push_back(b["variables"][0]); })),
            Names{"variables[1].name"});
  EXPECT_EQ(
      refused(with([](Json& b) { b["variables"][0]["name"] = "a-b"; })),
      (Names{"variables[0].name", "widgets[0].queries[0].promql", "widgets[1].queries[0].promql"}));
  EXPECT_EQ(refused(with([](Json& b) {
              b["time"] = {{"from", "now-1h"}, {"to", "now-2h"}};
            })),
            Names{"time.to"});
  EXPECT_EQ(refused(with([](Json& b) {
              b["time"] = {{"from", "yesterday"}};
            })),
            Names{"time.from"});
}

// M-035, M-171: dashboards with all that is on them, in one round trip.
TEST_F(Dashboards, AreAskedForByGraphqlAsAWhole) {
  auto body = dashboard("By GraphQL");
  ASSERT_EQ(make(body).status, 201);
  const auto answer =
      api().post("/api/v1/graphql", api().viewer(),
                 {{"query",
                   R"({ dashboards(q: "By GraphQL") { edges { node { name time { from }
             widgets { id kind width queries { promql } text } } } } })"}});
  const auto node = answer.json["data"]["dashboards"]["edges"][0]["node"];
  ASSERT_EQ(node["name"], "By GraphQL") << answer.text;
  EXPECT_EQ(node["time"]["from"], "now-6h");
  EXPECT_EQ(node["widgets"][0]["queries"][0]["promql"], body["widgets"][0]["queries"][0]["promql"]);
  EXPECT_EQ(node["widgets"][2]["text"], body["widgets"][2]["text"]);
  EXPECT_EQ(node["widgets"][2]["queries"], nullptr);
}

}  // namespace
}  // namespace monitron::api
