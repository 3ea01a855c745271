// What is usual for the series of a rule on anomalies, drawn (M-003).

#include "contracts/telemetry.hpp"
#include "series/writer.hpp"
#include "suite.hpp"

namespace monitron::api {
namespace {

constexpr std::int64_t kStart = 1'730'000'000;  // 2024-10-27T03:33:20Z
constexpr std::int64_t kLength = 36'000;

// Ten hours of ten and eleven by turns, then a leap.
void store_orders(const std::string& database_url) {
  static bool stored = false;
  if (std::exchange(stored, true)) return;
  const auto target = [](const std::string& instance) {
    return contracts::Series{"band_orders", {{"instance", instance}}};
  };
  const std::vector<contracts::Series> series{target("a"), target("b")};
  contracts::Block block;
  block.dictionary = contracts::pack_dictionary(series);
  block.series_count = 2;
  for (std::int64_t second = 0; second < kLength; second += 300) {
    const double value = second < kLength - 600 ? 10 + static_cast<double>(second / 300 % 2) : 50;
    block.frames.push_back({(kStart + second) * 1000, {value, 1}});
  }
  contracts::Batch batch;
  batch.id.seq = 1;
  batch.blocks.push_back(std::move(block));
  series::Load load;
  load.batches.push_back(std::move(batch));
  series::Writer writer({.database_url = database_url, .application_name = "band test"});
  ASSERT_TRUE(writer.write(load));
}

class RuleBand : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    if (!IsSkipped()) store_orders(api().config.database_url);
  }
  std::string made(Json rule) {
    rule["name"] = "orders " + Uuid::make().str();
    const auto answer = api().post("/api/v1/rules", api().admin(), rule);
    EXPECT_EQ(answer.status, 201) << answer.text;
    return "/api/v1/rules/" + answer.json["id"].get<std::string>() + "/band";
  }
  Answer get(const std::string& path) { return api().get(path, api().viewer()); }
};

TEST_F(RuleBand, ShowsWhatIsUsualAndWhatIsNot) {
  const auto path = made({{"kind", "anomaly"}, {"expr", "band_orders"}});
  const auto range = "?from=2024-10-27T13:22:50Z&to=2024-10-27T13:24:00Z";
  const auto all = get(path + range);
  ASSERT_EQ(all.status, 200) << all.text;
  EXPECT_EQ(all.json["items"].size(), 2U);
  EXPECT_EQ(all.json["truncated"], false);
  const auto one = get(path + range + "&label=instance:a").json["items"];
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0]["labels"], (Json{{"instance", "a"}}));
  EXPECT_EQ(one[0]["season"], "flat");
  const auto& first = one[0]["points"].front();
  EXPECT_EQ(first["unusual"], false) << first;
  EXPECT_LT(first["lower"], 10);
  EXPECT_GT(first["upper"], 11);
  const auto& last = one[0]["points"].back();
  EXPECT_EQ(last["value"], 50);
  EXPECT_EQ(last["unusual"], true) << last;
}

TEST_F(RuleBand, IsOfRulesOnAnomaliesOnly) {
  EXPECT_EQ(get(made({{"kind", "promql"}, {"expr", "band_orders > 1"}})).status, 409);
  EXPECT_EQ(get("/api/v1/rules/" + Uuid::make().str() + "/band").status, 404);
  const auto path = made({{"kind", "anomaly"}, {"expr", "band_orders"}});
  EXPECT_EQ(get(path + "?from=yesterday").status, 400);
  EXPECT_EQ(get(path + "?start=1").status, 400);
  // Nothing was there by then.
  const auto early = get(path + "?from=2020-01-01T00:00:00Z&to=2020-01-02T00:00:00Z");
  EXPECT_EQ(early.json["items"], Json::array()) << early.text;
}

}  // namespace
}  // namespace monitron::api
