#include "cli/silences.hpp"

#include "http/server.hpp"

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
  std::string removed;
  http::Server server(
      http::ServerConfig{}, [&](const http::Request& request, http::Responder responder) {
        if (request.method == http::Method::delete_) {
          removed = request.path;
          return responder.send({.status = 204});
        }
        if (request.method == http::Method::post) {
          sent = json::parse(request.body);
          return responder.send(
              {.status = 201, .body = R"({"id": "1", "ends_at": "2100-01-01T00:00:00Z"})"});
        }
        responder.send(
            {.status = 200,
             .body = R"({"items": [{"id": "1", "state": "active", "comment": "disks", "matchers":
             [{"name": "check", "value": "shop", "regex": true, "equal": false}]}],
             "next_cursor": null})"});
      });
  ASSERT_TRUE(server.start());
  Api api({"http://127.0.0.1:" + std::to_string(server.port()), "token", ""});
  const auto added = add_silence(api, {{"check=shop"}, "2h", "disks"}, Output::table);
  ASSERT_TRUE(added) << added.error().text;
  EXPECT_NE(added->text.find("2100-01-01"), std::string::npos);
  EXPECT_EQ(sent["matchers"][0]["value"], "shop");
  EXPECT_EQ(sent["comment"], "disks");
  EXPECT_FALSE(add_silence(api, {{"check=shop"}, "soon", "disks"}, Output::table));
  const auto shown = show_silences(api, Output::table);
  ASSERT_TRUE(shown) << shown.error().text;
  EXPECT_NE(shown->text.find("check!~shop"), std::string::npos) << shown->text;
  ASSERT_TRUE(expire_silence(api, "1"));
  EXPECT_EQ(removed, "/api/v1/silences/1");
}

}  // namespace
}  // namespace monitron::cli
