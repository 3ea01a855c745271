// Drills as api sees them; what the notifier makes of them: its own tests, and the system's.

#include "store/drills.hpp"

#include "suite.hpp"

namespace monitron::api {
namespace {

const std::string kPath = "/api/v1/drills";

class DrillRoutes : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    if (!IsSkipped()) sql("DELETE FROM drills; DELETE FROM drill_requests");
  }
  void sql(const std::string& text) {
    ASSERT_TRUE(api().database->transact([&](pqxx::work& tx) { tx.exec(text); }));
  }
  Answer put(const Json& body, const HeaderList& headers = {}) {
    return api().ask(http::Method::put, kPath + "/schedule", api().admin(), body, headers);
  }
  static std::string field_of(const Answer& answer) {
    EXPECT_EQ(answer.status, 400) << answer.text;
    return answer.json["errors"][0]["field"];
  }
};

TEST_F(DrillRoutes, OneIsAskedForAtATimeAndByWhomIsSaid) {
  EXPECT_EQ(api().post(kPath, api().viewer(), nullptr).status, 403);
  const auto asked = api().post(kPath, api().admin(), nullptr);
  ASSERT_EQ(asked.status, 202) << asked.text;
  EXPECT_EQ(asked.json["state"], "waiting");
  EXPECT_EQ(asked.json["verdict"], nullptr);
  EXPECT_EQ(asked.json["requested_by"], api().get("/api/v1/me", api().admin()).json["name"]);
  EXPECT_EQ(api().post(kPath, api().admin(), nullptr).status, 409);
  EXPECT_EQ(api().get(asked.header("location"), api().viewer()).json, asked.json);
  const auto list = api().get(kPath, api().viewer());
  ASSERT_EQ(list.json["items"].size(), 1U);
  EXPECT_EQ(list.json["items"][0], asked.json);
  EXPECT_EQ(api().get(kPath + "/" + Uuid::make().str(), api().viewer()).status, 404);
}

TEST_F(DrillRoutes, AreShownWithWhatBecameOfThem) {
  store::Drill drill;
  drill.id = Uuid::make();
  drill.alert_id = Uuid::make();
  const auto begun = from_ms(1'700'000'000'000);
  drill.due_at = begun;
  drill.state.started_at = begun;
  ASSERT_TRUE(api().database->transact([&](pqxx::work& tx) {
    EXPECT_TRUE(store::begin_drill(tx, drill));
    EXPECT_FALSE(store::begin_drill(tx, drill)) << "it is under way";
    drill.state.told_at = begun + std::chrono::milliseconds(2500);
    drill.state.ending_at = drill.state.told_at;
    store::put_drill(tx, drill);
  }));
  const auto path = kPath + "/" + drill.id.str();
  auto shown = api().get(path, api().viewer()).json;
  EXPECT_EQ(shown["state"], "ending");
  EXPECT_EQ(shown["requested_by"], nullptr);
  EXPECT_EQ(shown["seconds_to_tell"], 2.5);
  EXPECT_EQ(api().post(kPath, api().admin(), nullptr).status, 409);
  drill.state.verdict = domain::DrillVerdict::lost;
  drill.state.detail = "nobody was told";
  drill.state.ended_at = begun + std::chrono::minutes(10);
  ASSERT_TRUE(api().database->transact([&](pqxx::work& tx) { store::put_drill(tx, drill); }));
  shown = api().get(path, api().viewer()).json;
  EXPECT_EQ(shown["state"], "ended");
  EXPECT_EQ(shown["verdict"], "lost");
  EXPECT_EQ(shown["detail"], "nobody was told");
}

TEST_F(DrillRoutes, TheScheduleIsChangedByThoseWhoSawIt) {
  const auto before = api().get(kPath + "/schedule", api().viewer());
  ASSERT_EQ(before.status, 200) << before.text;
  const Json wanted = {{"cron", "30 9 * * 1"}, {"time_zone", "Europe/Berlin"}};
  EXPECT_EQ(api().ask(http::Method::put, kPath + "/schedule", api().viewer(), wanted).status, 403);
  const HeaderList seen = {{"If-Match", before.header("etag")}};
  const auto changed = put(wanted, seen);
  ASSERT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.json["enabled"], true);
  EXPECT_EQ(changed.json["target_seconds"], 60);
  EXPECT_TRUE(changed.json["next_at"].is_string());
  EXPECT_EQ(put(wanted, seen).status, 412);
  auto off = changed.json;  // as it was read
  off["enabled"] = false;
  EXPECT_EQ(put(off).json["next_at"], nullptr);
}

TEST_F(DrillRoutes, AScheduleThatCannotBeIsRefusedByItsFields) {
  EXPECT_EQ(field_of(put(Json::object())), "cron");
  EXPECT_EQ(field_of(put({{"cron", "60 * * * *"}})), "cron");
  EXPECT_EQ(field_of(put({{"cron", "0,9 * * * *"}})), "cron");
  EXPECT_EQ(field_of(put({{"cron", "@weekly"}, {"time_zone", "Nowhere"}})), "time_zone");
  EXPECT_EQ(field_of(put({{"cron", "@weekly"}, {"target_seconds", 90}, {"deadline_seconds", 60}})),
            "deadline_seconds");
  EXPECT_EQ(field_of(put({{"cron", "@weekly"}, {"every", 1}})), "every");
}

TEST_F(DrillRoutes, SubscriptionsAskForDrills) {
  const auto channel = api().post("/api/v1/channels", api().admin(),
                                  {{"name", "c"}, {"kind", "email"}, {"address", "a@b.example"}});
  Json body = {{"channel_id", channel.json["id"]}};
  const auto without = api().post("/api/v1/subscriptions", api().admin(), body);
  EXPECT_EQ(without.json["drills"], false) << without.text;
  body["drills"] = true;
  const auto with =
      api().ask(http::Method::put, "/api/v1/subscriptions/" + without.json["id"].get<std::string>(),
                api().admin(), body);
  EXPECT_EQ(with.json["drills"], true) << with.text;
}

}  // namespace
}  // namespace monitron::api
