#include "cli/drills.hpp"

#include "http/server.hpp"

#include <atomic>
#include <gtest/gtest.h>

namespace monitron::cli {
namespace {

using nlohmann::json;

// Answers for a drill that ends at the third look.
class CliDrills : public testing::Test {
 protected:
  CliDrills()
      : server_(http::ServerConfig{}, [this](const http::Request& request,
                                             http::Responder responder) {
          if (request.method == http::Method::post) ++asked_;
          const bool list = request.path == "/api/v1/drills" && request.method == http::Method::get;
          const auto one = drill(list || ++looks_ > 3);
          const json body = list ? json{{"items", {one}}, {"next_cursor", nullptr}} : one;
          responder.send({.status = list ? 200 : 202, .body = body.dump()});
        }) {
    EXPECT_TRUE(server_.start());
  }
  json drill(bool ended) const {
    json one = {{"id", "7"},
                {"state", "firing"},
                {"verdict", nullptr},
                {"detail", ""},
                {"requested_by", nullptr},
                {"started_at", "2026-11-23T09:00:00Z"},
                {"seconds_to_tell", nullptr},
                {"deadline_seconds", 10}};
    if (!ended) return one;
    one["state"] = "ended";
    one["verdict"] = verdict_;
    one["detail"] = verdict_ == "ok" ? "" : "no peer\x1b took it";
    if (verdict_ == "ok") one["seconds_to_tell"] = 2.34;
    return one;
  }
  Api api() { return Api({"http://127.0.0.1:" + std::to_string(server_.port()), "token", ""}); }

  std::string verdict_ = "ok";
  std::atomic<int> asked_{0}, looks_{0};
  http::Server server_;
};

TEST_F(CliDrills, AreAskedFor) {
  auto server = api();
  const auto shown = run_drill(server, {}, Output::table);
  ASSERT_TRUE(shown) << shown.error().text;
  EXPECT_EQ(shown->text, "asked for: 7\n");
  EXPECT_EQ(asked_, 1);
}

TEST_F(CliDrills, AreWaitedFor) {
  auto server = api();
  const auto shown = run_drill(server, {true, std::chrono::milliseconds(1)}, Output::table);
  ASSERT_TRUE(shown) << shown.error().text;
  EXPECT_EQ(shown->text, "ok, told after 2.3 s\n");
  EXPECT_TRUE(shown->all_well);
  EXPECT_EQ(asked_, 1);
}

TEST_F(CliDrills, ThatAreLostAreNotWell) {
  verdict_ = "lost";
  auto server = api();
  const auto shown = run_drill(server, {true, std::chrono::milliseconds(1)}, Output::table);
  ASSERT_TRUE(shown) << shown.error().text;
  EXPECT_EQ(shown->text, "lost: no peer? took it, told after -\n");
  EXPECT_FALSE(shown->all_well);
  const auto list = show_drills(server, Output::table);
  ASSERT_TRUE(list) << list.error().text;
  EXPECT_NE(list->text.find("lost"), std::string::npos);
  EXPECT_NE(list->text.find("schedule"), std::string::npos);
  EXPECT_FALSE(list->all_well);
}

}  // namespace
}  // namespace monitron::cli
