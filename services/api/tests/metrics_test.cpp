// Samples by GET /metrics, plain and in steps (R-013, R-014, R-031, M-064), and how many series
// there are.

#include "contracts/telemetry.hpp"
#include "series/writer.hpp"
#include "suite.hpp"

namespace monitron::api {
namespace {

constexpr std::int64_t kStart = 1'700'000'400'000;  // a multiple of ten minutes

class MetricsApi : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    if (IsSkipped()) return;
    host_ = api()
                .post("/api/v1/instances", api().admin(),
                      {{"hostname", "m" + Uuid::make().str().substr(24) + ".example.org"}})
                .json["id"];
  }
  // A value each minute; the fourth to the sixth are missing.
  void store(const std::string& name = "steps") {
    contracts::Block block;
    block.dictionary = contracts::pack_dictionary({{name, {{"a", "b"}}}});
    block.series_count = 1;
    for (int i = 0; i < 10; ++i) {
      if (i < 3 || i > 5) block.frames.push_back({kStart + i * 60'000LL, {1.0 * i}});
    }
    contracts::Batch batch;
    batch.id.source = SourceId{*Uuid::parse(host_)};
    batch.id.seq = ++seq_;
    batch.blocks.push_back(std::move(block));
    series::Load load;
    load.batches.push_back(std::move(batch));
    series::Writer writer(
        {.database_url = api().config.database_url, .application_name = "metrics test"});
    ASSERT_TRUE(writer.write(load));
  }
  Answer get(const std::string& rest) {
    return api().get("/api/v1/metrics?server_id=" + host_ + rest, api().viewer());
  }
  Answer steps(const std::string& rest) {
    return get("&from=" + to_rfc3339(from_ms(kStart)) +
               "&to=" + to_rfc3339(from_ms(kStart + 600'000)) + rest);
  }
  static Json values(const Answer& answer) {
    Json list = Json::array();
    for (const auto& item : answer.json["items"]) list.push_back(item["value"]);
    return list;
  }

  std::string host_;
  std::uint64_t seq_ = 0;
};

TEST_F(MetricsApi, PagesAndRanges) {
  store();
  EXPECT_EQ(values(get("")), (Json{9, 8, 7, 6, 2, 1, 0}));
  const auto first = get("&limit=3");
  EXPECT_EQ(values(first), (Json{9, 8, 7}));
  const auto cursor = first.json["next_cursor"].get<std::string>();
  EXPECT_EQ(values(get("&limit=3&cursor=" + cursor)), (Json{6, 2, 1}));
  // from inclusive, to exclusive
  EXPECT_EQ(values(get("&from=" + to_rfc3339(from_ms(kStart + 60'000)) +
                       "&to=" + to_rfc3339(from_ms(kStart + 420'000)))),
            (Json{6, 2, 1}));
}

// newest first, of one type or of all.
TEST_F(MetricsApi, NewestOfAServerAndType) {
  store("steps");
  store("node_cpu_seconds_total");
  EXPECT_EQ(get("").json["items"].size(), 14u);
  const auto cpu = get("&metric_type=cpu&limit=2");
  EXPECT_EQ(values(cpu), (Json{9, 8}));
  for (const auto& item : cpu.json["items"]) {
    EXPECT_EQ(item["metric_name"], "node_cpu_seconds_total");
    EXPECT_EQ(item["metric_type"], "cpu");
    EXPECT_EQ(item["server_id"], host_);
  }
  EXPECT_EQ(values(get("&metric_type=memory")), Json::array());
  EXPECT_EQ(api().get("/api/v1/metrics?metric_type=cpu", api().viewer()).status, 400);
}

TEST_F(MetricsApi, StepsByAnyAggregate) {
  store();
  EXPECT_EQ(values(steps("&step=300")), (Json{1, 7.5}));  // avg
  EXPECT_EQ(values(steps("&step=5m")), (Json{1, 7.5}));
  EXPECT_EQ(values(steps("&step=300&agg=min")), (Json{0, 6}));
  EXPECT_EQ(values(steps("&step=300&agg=max")), (Json{2, 9}));
  EXPECT_EQ(values(steps("&step=300&agg=sum")), (Json{3, 30}));
  EXPECT_EQ(values(steps("&step=300&agg=count")), (Json{3, 4}));
  EXPECT_EQ(values(steps("&step=300&agg=p50")), (Json{1, 7.5}));
  EXPECT_EQ(values(steps("&step=600&agg=p99.9")).size(), 1u);
  const auto both = steps("&step=300&agg=max,p50,count").json["items"];
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[1]["value"], 9);
  EXPECT_EQ(both[1]["values"], (Json{{"max", 9}, {"p50", 7.5}, {"count", 4}}));
  EXPECT_EQ(both[1]["labels"], (Json{{"a", "b"}}));
  EXPECT_EQ(both[1]["timestamp"], to_rfc3339(from_ms(kStart + 300'000)));
}

TEST_F(MetricsApi, GapsAreFilledAsOneLikes) {
  store();
  const Json gap{0, 1, 2, nullptr, nullptr, nullptr, 6, 7, 8, 9};
  EXPECT_EQ(values(steps("&step=60")), (Json{0, 1, 2, 6, 7, 8, 9}));
  EXPECT_EQ(values(steps("&step=60&fill=none")), (Json{0, 1, 2, 6, 7, 8, 9}));
  EXPECT_EQ(values(steps("&step=60&fill=null")), gap);
  EXPECT_EQ(values(steps("&step=60&fill=previous")), (Json{0, 1, 2, 2, 2, 2, 6, 7, 8, 9}));
  EXPECT_EQ(values(steps("&step=60&fill=linear")), (Json{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  // Beyond the first and the last value there is nothing to go by.
  const auto wide = get("&from=" + to_rfc3339(from_ms(kStart - 60'000)) +
                        "&to=" + to_rfc3339(from_ms(kStart + 120'000)) + "&step=60&fill=linear");
  EXPECT_EQ(values(wide), (Json{nullptr, 0, 1}));
}

TEST_F(MetricsApi, WhatCannotBeAnsweredIsRefusedByName) {
  const auto field = [&](const Answer& answer) {
    EXPECT_EQ(answer.status, 400) << answer.text;
    return answer.json["errors"][0]["field"];
  };
  for (const auto* agg : {"median", "p101", "p", "p99.9999", "p1e1", "max,,x", ","}) {
    EXPECT_EQ(field(steps(std::string("&step=60&agg=") + agg)), "agg") << agg;
  }
  EXPECT_EQ(field(steps("&step=60&fill=zero")), "fill");
  EXPECT_EQ(field(steps("&fill=null")), "fill");
  for (const char* step : {"0", "-5", "500ms", "5m1ms", "32d", "1.5", "m"}) {
    EXPECT_EQ(field(steps(std::string("&step=") + step)), "step") << step;
  }
  EXPECT_EQ(field(steps("&step=60&limit=10")), "limit");
  EXPECT_EQ(field(steps("&step=60&cursor=x")), "cursor");
  EXPECT_EQ(field(get("&step=60")), "from");
}

TEST_F(MetricsApi, WhatMakesSeriesManyIsTold) {
  store();
  for (const std::string path : {"/api/v1/status/tsdb", "/prometheus/api/v1/status/tsdb",
                                 "/api/v1/admin/tsdb/status?limit=1000"}) {
    const auto answer = api().get(path, api().viewer());
    ASSERT_EQ(answer.status, 200) << answer.text;
    const auto& data = answer.json["data"];
    EXPECT_GT(data["headStats"]["numSeries"], 0);
    for (const auto* list :
         {"seriesCountByMetricName", "labelValueCountByLabelName", "memoryInBytesByLabelName",
          "seriesCountByLabelValuePair", "seriesCountBySource"}) {
      ASSERT_FALSE(data[list].empty()) << list;
      EXPECT_TRUE(data[list][0]["name"].is_string());
      EXPECT_GT(data[list][0]["value"], 0);
    }
  }
  const auto all = api().get("/api/v1/admin/tsdb/status?limit=1000", api().viewer()).json["data"];
  const auto has = [](const Json& list, const std::string& name) {
    return std::any_of(list.begin(), list.end(),
                       [&](const Json& one) { return one["name"] == name; });
  };
  EXPECT_TRUE(has(all["seriesCountByMetricName"], "steps"));
  EXPECT_TRUE(has(all["seriesCountByLabelValuePair"], "a=b"));
  EXPECT_TRUE(has(all["labelValueCountByLabelName"], "__name__"));
  EXPECT_EQ(api().get("/api/v1/status/tsdb?limit=0", api().viewer()).status, 400);
}

}  // namespace
}  // namespace monitron::api
