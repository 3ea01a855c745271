// How long samples are kept can be read and changed (M-062, R-030).

#include "suite.hpp"

#include <pqxx/pqxx>

namespace monitron::api {
namespace {

const std::string kPath = "/api/v1/retention";

class RetentionRoutes : public ApiTest {
 protected:
  Answer put(const Json& classes, const HeaderList& headers = {}) {
    return api().ask(http::Method::put, kPath, api().admin(), {{"classes", classes}}, headers);
  }
  static Json one(const std::string& name, const Json& labels) {
    return {{"name", name},
            {"labels", labels},
            {"raw", "30d"},
            {"rollup_5m", "90d"},
            {"rollup_1h", "730d"}};
  }
  Json checks() { return one("checks", {{"monitron_source", "check"}}); }
  Json rest() { return one("default", Json::object()); }
  void sql(const std::string& text) {
    ASSERT_TRUE(api().database->transact([&](pqxx::work& tx) { tx.exec(text); }));
  }
  void TearDown() override {
    if (!IsSkipped()) put(Json::array({checks(), rest()}));
  }
};

TEST_F(RetentionRoutes, AreReadInTheirOrder) {
  const auto answer = api().get(kPath, api().viewer());
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json["classes"][0]["name"], "checks");
  EXPECT_EQ(answer.json["classes"][1], (Json{{"id", 0},
                                             {"name", "default"},
                                             {"labels", Json::object()},
                                             {"raw", "30d"},
                                             {"rollup_5m", "90d"},
                                             {"rollup_1h", "730d"}}));
  EXPECT_FALSE(answer.header("etag").empty());
}

TEST_F(RetentionRoutes, AreChangedByAdminsWhoSawThem) {
  auto test = one("test", {{"env", "test"}});
  test["raw"] = "1w";
  const auto before = api().get(kPath, api().admin());
  const HeaderList seen = {{"If-Match", before.header("etag")}};
  const auto changed = put(Json::array({test, checks(), rest()}), seen);
  ASSERT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.json["classes"][0]["raw"], "7d");
  EXPECT_EQ(changed.json["classes"][0]["id"], 2);
  EXPECT_EQ(changed.json, api().get(kPath, api().admin()).json);
  EXPECT_EQ(put(Json::array({checks(), rest()}), seen).status, 412);
  const Json body = {{"classes", Json::array({rest()})}};
  EXPECT_EQ(api().ask(http::Method::put, kPath, api().viewer(), body).status, 403);
  EXPECT_EQ(api().ask(http::Method::put, kPath, api().api_token({"write"}), body).status, 403);
  const auto audit = api().get("/api/v1/audit?action=retention.update", api().admin());
  // Members of what PostgreSQL stored have an order of their own.
  using Unordered = nlohmann::json;
  EXPECT_EQ(Unordered::parse(audit.text)["items"][0]["change"]["after"],
            Unordered::parse(changed.text));
}

TEST_F(RetentionRoutes, ClassesSwapNamesByTheirIds) {
  auto first = checks(), last = rest();
  first["id"] = 1;
  first["name"] = "default";
  last["id"] = 0;
  last["name"] = "checks";
  const auto swapped = put(Json::array({first, last}));
  ASSERT_EQ(swapped.status, 200) << swapped.text;
  EXPECT_EQ(swapped.json["classes"][1]["name"], "checks");
  first["name"] = "checks";
  last["name"] = "default";
  EXPECT_EQ(put(Json::array({first, last})).status, 200);
}

TEST_F(RetentionRoutes, WhatMakesNoSenseIsRefusedByName) {
  const auto field = [&](const Json& classes) {
    const auto answer = put(classes);
    EXPECT_EQ(answer.status, 400) << classes << answer.text;
    if (answer.status != 400) return std::string();
    return answer.json["errors"][0]["field"].get<std::string>();
  };
  EXPECT_EQ(field(Json::array()), "classes");
  EXPECT_EQ(field(Json::array({1})), "classes[0]");
  EXPECT_EQ(field(Json::array({checks()})), "classes[0].labels");
  EXPECT_EQ(field(Json::array({one("a", Json::object()), rest()})), "classes[0].labels");
  EXPECT_EQ(field(Json::array({checks(), checks(), rest()})), "classes[1].name");
  auto wrong = checks();
  wrong["raw"] = "5m";
  EXPECT_EQ(field(Json::array({wrong, rest()})), "classes[0].raw");
  wrong = checks();
  wrong["color"] = "red";
  EXPECT_EQ(field(Json::array({wrong, rest()})), "classes[0].color");
  wrong = checks();
  wrong["id"] = 9;
  EXPECT_EQ(field(Json::array({wrong, rest()})), "classes[0].id");
  Json many = Json::array();
  for (int i = 0; i < 16; ++i) many.push_back(one(std::to_string(i), {{"a", "b"}}));
  many.push_back(rest());
  EXPECT_EQ(field(many), "classes");
}

TEST_F(RetentionRoutes, AClassWithSeriesCannotVanish) {
  ASSERT_EQ(put(Json::array({one("lab", {{"env", "lab"}}), checks(), rest()})).status, 200);
  sql("INSERT INTO sources (uuid) VALUES ('3f2b0c64-0000-4000-8000-000000000001')");
  sql("INSERT INTO series (source_id, hash, name, labels, metric_type, metric_name, class) "
      "SELECT id, '\\x01', 'a', '{}', 'a', 'a', (SELECT id FROM retention_classes WHERE name = "
      "'lab') FROM sources WHERE uuid = '3f2b0c64-0000-4000-8000-000000000001'");
  const auto refused = put(Json::array({checks(), rest()}));
  EXPECT_EQ(refused.status, 409) << refused.text;
  EXPECT_NE(refused.text.find("lab"), std::string::npos);
  sql("DELETE FROM series WHERE hash = '\\x01'");
  EXPECT_EQ(put(Json::array({checks(), rest()})).status, 200);
}

TEST_F(RetentionRoutes, DeletingNeedsAnAdminASelectorAndACompactor) {
  const std::string path = "/api/v1/admin/tsdb/delete_series";
  const auto post = [&](const std::string& query, const std::string& token) {
    return api().send(http::Method::post, path + query, token, "", {});
  };
  EXPECT_EQ(post("?match[]=nothing_has_this_name", api().admin()).status, 204);
  EXPECT_EQ(post("?match[]=up", api().viewer()).status, 403);
  EXPECT_EQ(post("?match[]=up", api().api_token({"write"})).status, 403);
  EXPECT_EQ(post("", api().admin()).json["error"], "no match[] parameter provided");
  EXPECT_EQ(post("?match[]=%7B%7D", api().admin()).json["errorType"], "bad_data");
  sql("INSERT INTO sources (uuid) VALUES ('3f2b0c64-0000-4000-8000-000000000002')");
  sql("INSERT INTO series (source_id, hash, name, labels, metric_type, metric_name) "
      "SELECT id, '\\x02', 'to_go', '{}', 'a', 'a' FROM sources "
      "WHERE uuid = '3f2b0c64-0000-4000-8000-000000000002'");
  const auto away = post("?match[]=to_go", api().admin());
  EXPECT_EQ(away.status, 503);
  EXPECT_NE(away.json["error"].get<std::string>().find("no ingest service"), std::string::npos);
  EXPECT_EQ(post("?match[]=to_go&start=5&end=1", api().admin()).status, 204);
}

}  // namespace
}  // namespace monitron::api
