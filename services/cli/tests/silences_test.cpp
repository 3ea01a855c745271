#include "cli/silences.hpp"

#include "answering.hpp"

#include <gtest/gtest.h>

namespace monitron::cli {
namespace {

using nlohmann::json;

TEST(CliSilences, MatchersAreReadAsAmtoolReadsThem) {
  const auto parts = [](const std::string& text) {
    const auto read = parse_matcher(text);
    return read ? json::array(
                      {read->at("name"), read->at("value"), read->at("regex"), read->at("equal")})
                : json(nullptr);
  };
  EXPECT_EQ(parts("check=shop"), json({"check", "shop", false, true}));
  EXPECT_EQ(parts("check!=a=b"), json({"check", "a=b", false, false}));
  EXPECT_EQ(parts("env=~prod|test"), json({"env", "prod|test", true, true}));
  EXPECT_EQ(parts("env!~x"), json({"env", "x", true, false}));
  EXPECT_EQ(parts("env="), json({"env", "", false, true}));
  for (const char* text : {"", "env", "=x", "!x", "a!b"})
    EXPECT_TRUE(parts(text).is_null()) << text;
}

TEST(CliSilences, AreAskedForShownAndEnded) {
  json sent;
  std::string removed, changed;
  http::Server server(
      http::ServerConfig{}, [&](const http::Request& request, http::Responder responder) {
        if (request.method == http::Method::delete_) {
          removed = request.path;
          return responder.send({.status = 204});
        }
        if (request.method == http::Method::put) changed = request.path;
        if (request.method == http::Method::post || request.method == http::Method::put) {
          sent = json::parse(request.body);
          return responder.send(
              {.status = 201, .body = R"({"id": "1", "ends_at": "2100-01-01T00:00:00Z",
                        "warnings": ["Alertmanager at b:9093 does not answer"]})"});
        }
        responder.send(
            {.status = 200,
             .body = R"({"items": [{"id": "1", "state": "active", "comment": "disks", "matchers":
             [{"name": "check", "value": "shop", "regex": true, "equal": false}]}],
             "next_cursor": null, "warnings": ["Alertmanager at b:9093 does not answer"]})"});
      });
  ASSERT_TRUE(server.start());
  Api api({"http://127.0.0.1:" + std::to_string(server.port()), "token", ""});
  const auto added = add_silence(api, {{"check=shop"}, "2h", "disks"}, Output::table);
  ASSERT_TRUE(added) << added.error().text;
  EXPECT_NE(added->text.find("2100-01-01"), std::string::npos);
  EXPECT_NE(added->text.find("warning: Alertmanager at b:9093"), std::string::npos);
  EXPECT_EQ(sent["matchers"][0]["value"], "shop");
  EXPECT_EQ(sent["comment"], "disks");
  EXPECT_FALSE(add_silence(api, {{"check=shop"}, "soon", "disks"}, Output::table));
  const auto shown = show_silences(api, Output::table);
  ASSERT_TRUE(shown) << shown.error().text;
  EXPECT_NE(shown->text.find("check!~shop"), std::string::npos) << shown->text;
  EXPECT_NE(shown->text.find("warning: Alertmanager at b:9093"), std::string::npos);
  const auto extended = extend_silence(api, "1", "2h", Output::table);
  ASSERT_TRUE(extended) << extended.error().text;
  EXPECT_EQ(changed, "/api/v1/silences/1");
  EXPECT_EQ(sent.size(), 1U) << "only its end";
  ASSERT_TRUE(sent.contains("ends_at"));
  EXPECT_FALSE(extend_silence(api, "1", "soon", Output::table));
  ASSERT_TRUE(expire_silence(api, "1"));
  EXPECT_EQ(removed, "/api/v1/silences/1");
}

// M-072.
TEST(CliSilences, ShowInAlertsAndStatus) {
  Answering server;
  server.answers["GET /api/v1/alerts"] = json::parse(R"({"items": [
      {"id": "7", "state": "firing", "title": "shop is down", "text": "status 500",
       "suppressed_by": null, "silenced_by": {"id": "1", "created_by": "joe",
       "ends_at": "2026-11-22T14:00:00.000Z", "comment": "new disks"}}]})");
  server.answers["GET /api/v1/overview"] = json::parse(R"({
      "alerts": {"firing": 0, "silenced": 1, "suppressed": 0, "pending": 2}, "incidents_open": 1,
      "alertmanagers": [{"name": "am:9093", "answers": true, "since": "2026-11-22T12:00:00Z"}]})");
  Api api(server.login());
  const auto alerts = show_alerts(api, Output::table);
  ASSERT_TRUE(alerts) << alerts.error().text;
  EXPECT_TRUE(alerts->all_well) << "as what is held back";
  EXPECT_NE(alerts->text.find("silenced by joe until 2026-11-22 14:00:00 UTC: new disks"),
            std::string::npos)
      << alerts->text;
  EXPECT_EQ(alerts->text.find("firing"), std::string::npos) << alerts->text;
  auto status = show_status(api, Output::table);
  ASSERT_TRUE(status) << status.error().text;
  EXPECT_TRUE(status->all_well);
  EXPECT_NE(status->text.find("0 firing, 1 silenced, 0 held back, 2 pending"), std::string::npos);
  EXPECT_EQ(status->text.find("am:9093"), std::string::npos);
  server.answers["GET /api/v1/overview"]["alertmanagers"][0]["answers"] = false;
  status = show_status(api, Output::table);
  ASSERT_TRUE(status);
  EXPECT_FALSE(status->all_well);
  EXPECT_NE(status->text.find("Alertmanager at am:9093 does not answer since 2026-11-22 12:00:00"),
            std::string::npos)
      << status->text;
}

}  // namespace
}  // namespace monitron::cli
