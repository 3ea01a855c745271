// Prometheus's interface on stored samples, asked as its clients ask (M-064).

#include "base/bytes.hpp"
#include "contracts/telemetry.hpp"
#include "series/writer.hpp"
#include "suite.hpp"

namespace monitron::api {
namespace {

const std::string kForm = "application/x-www-form-urlencoded";

class Promql : public ApiTest {
 protected:
  Answer get(const std::string& path) { return api().get("/api/v1" + path, api().viewer()); }
  Answer post(const std::string& path, const std::string& form) {
    return api().send(http::Method::post, "/api/v1" + path, api().viewer(), form,
                      {{"Content-Type", kForm}});
  }
  static void expect_error(const Answer& answer, int status, const std::string& type,
                           const std::string& words) {
    EXPECT_EQ(answer.status, status) << answer.text;
    EXPECT_EQ(answer.type.substr(0, 16), "application/json");
    EXPECT_EQ(answer.json, (Json{{"status", "error"}, {"errorType", type}, {"error", words}}))
        << answer.text;
  }
};

// Two targets with a counter each, ten minutes of it, once for the program. They belong to nobody,
// so that they carry the labels below and no others.
constexpr std::int64_t kStart = 1'700'000'000;

void store_counters(const std::string& database_url) {
  static bool stored = false;
  if (std::exchange(stored, true)) return;
  const auto target = [](const std::string& instance) {
    return contracts::Series{"shop_orders_total", {{"instance", instance}, {"job", "shop"}}};
  };
  const std::vector<contracts::Series> series{target("a"), target("b")};
  contracts::Block block;
  block.dictionary = contracts::pack_dictionary(series);
  block.series_count = 2;
  for (int i = 0; i <= 20; ++i) {
    block.frames.push_back({(kStart + 30ll * i) * 1000, {i * 30.0, i * 60.0}});
  }
  contracts::Batch batch;
  batch.id.seq = 1;
  batch.blocks.push_back(std::move(block));
  series::Load load;
  load.batches.push_back(std::move(batch));
  series::Writer writer({.database_url = database_url, .application_name = "promql test"});
  ASSERT_TRUE(writer.write(load));
}

class PromqlOnSamples : public Promql {
 protected:
  void SetUp() override {
    Promql::SetUp();
    if (!IsSkipped()) store_counters(api().config.database_url);
  }
  static Json metric(const std::string& instance) {
    return {{"__name__", "shop_orders_total"}, {"instance", instance}, {"job", "shop"}};
  }
};

TEST_F(PromqlOnSamples, QueriesAreEvaluated) {
  const auto at = std::to_string(kStart + 600);
  const auto sum =
      get("/query?query=sum%20by%20(job)%20(rate(shop_orders_total%5B5m%5D))&time=" + at);
  EXPECT_EQ(sum.json["data"]["result"],
            (Json::array({{{"metric", {{"job", "shop"}}}, {"value", {kStart + 600, "3"}}}})))
      << sum.text;
  const auto range = post("/query_range", "query=shop_orders_total{instance=%22b%22}&start=" +
                                              std::to_string(kStart) + "&end=" + at + "&step=5m");
  EXPECT_EQ(range.json["data"]["result"][0]["metric"], metric("b"));
  EXPECT_EQ(range.json["data"]["result"][0]["values"],
            (Json::array({{kStart, "0"}, {kStart + 300, "600"}, {kStart + 600, "1200"}})));
  const auto raw = get("/query?query=shop_orders_total%5B1m%5D&time=" + at);
  EXPECT_EQ(raw.json["data"]["resultType"], "matrix");
  EXPECT_EQ(raw.json["data"]["result"].size(), 2u);
}

TEST_F(PromqlOnSamples, SeriesNamesAndValuesAreListed) {
  const std::string both =
      "match[]=shop_orders_total%7Binstance%3D%22a%22%7D&match[]=%7B"
      "__name__%3D~%22shop.*%22,instance!%3D%22a%22%7D";
  const auto series = post("/series", both);
  EXPECT_EQ(series.json["data"], Json::array({metric("a"), metric("b")})) << series.text;
  EXPECT_EQ(get("/labels?match[]=shop_orders_total").json["data"],
            (Json{"__name__", "instance", "job"}));
  const auto names = get("/label/__name__/values").json["data"];
  EXPECT_NE(std::find(names.begin(), names.end(), "shop_orders_total"), names.end());
  EXPECT_EQ(get("/label/instance/values?match[]=shop_orders_total").json["data"], (Json{"a", "b"}));
  EXPECT_EQ(get("/label/instance/values?match[]=shop_orders_total&limit=1").json["warnings"],
            Json::array({"results truncated due to limit"}));
  EXPECT_EQ(get("/series?match[]=shop_orders_total&end=1000").json["data"], Json::array());
  expect_error(get("/series"), 400, "bad_data", "no match[] parameter provided");
  expect_error(get("/label/a-b/values"), 400, "bad_data", "invalid label name: \"a-b\"");
  expect_error(get("/labels?match[]=%7B%7D"), 400, "bad_data",
               "match[] must contain at least one non-empty matcher");
}

TEST_F(PromqlOnSamples, LimitsAreNamed) {
  const auto cut =
      get("/query_range?query=shop_orders_total&start=1700000000&end=1700000600&"
          "step=1s&timeout=0.0001");
  EXPECT_EQ(cut.status, 503);
  EXPECT_EQ(cut.json["errorType"], "timeout") << cut.text;
  expect_error(get("/query_range?query=shop_orders_total&start=1700000000&end=1700000600&step=1s"),
               422, "execution",
               "query processing would load too many samples into memory in query execution "
               "(limit: 1000 samples)");
}

TEST_F(Promql, TellsOfItself) {
  EXPECT_EQ(get("/status/buildinfo").json["data"]["version"], "2.42.0");
  EXPECT_EQ(get("/metadata?metric=nothing_like_it").json["data"], Json::object());
  expect_error(get("/metadata?limit=x"), 400, "bad_data", "limit must be a number");
}

// Of now: what senders told, what is the suite's own, and what is only named.
void store_told(const std::string& database_url) {
  const std::vector<contracts::Series> series{
      {"node_load1", {}},         {"told_made_total", {}},
      {"told_queue", {}},         {"told_seconds_bucket", {{"le", "+Inf"}}},
      {"told_seconds_count", {}}, {"untold_count", {}},
      {"untold_made_total", {}}};
  contracts::Block block;
  block.dictionary = contracts::pack_dictionary(series);
  block.series_count = static_cast<std::uint32_t>(series.size());
  block.frames.push_back({to_ms(system_clock().now()), std::vector<double>(series.size(), 1)});
  contracts::Batch batch;
  batch.id.seq = 2;
  batch.blocks.push_back(std::move(block));
  batch.metadata = {{"node_load1", "gauge", "1m load average.", ""},
                    {"told_made", "counter", "Things \"made\".", ""},
                    {"told_queue", "gauge", "", ""},
                    {"told_seconds", "histogram", "How long.\nReally.", "seconds"}};
  series::Load load;
  load.batches.push_back(std::move(batch));
  series::Writer writer({.database_url = database_url, .application_name = "promql test"});
  ASSERT_TRUE(writer.write(load));
}

TEST_F(Promql, TellsWhatIsKnownOfMetrics) {
  store_told(api().config.database_url);
  const auto one = [](const char* type, const char* help, const char* unit) {
    return Json{{"type", type}, {"help", help}, {"unit", unit}};
  };
  const auto own = one("gauge", "Load average of 1 minute.", "");
  const auto told = get("/metadata");
  const auto& all = told.json["data"];
  EXPECT_EQ(all["node_load1"], (Json{own, one("gauge", "1m load average.", "")})) << told.text;
  EXPECT_EQ(all["told_made"], Json{one("counter", "Things \"made\".", "")});
  EXPECT_EQ(all["told_queue"], Json{one("gauge", "", "")});
  EXPECT_EQ(all["told_seconds"], Json{one("histogram", "How long.\nReally.", "seconds")});
  EXPECT_EQ(all["untold_made_total"], Json{one("counter", "", "")});
  EXPECT_EQ(all["untold_count"], Json{one("unknown", "", "")});
  for (const auto* part : {"told_made_total", "told_seconds_bucket", "told_seconds_count"}) {
    EXPECT_FALSE(all.contains(part)) << part;
    EXPECT_EQ(get(std::string("/metadata?metric=") + part).json["data"], Json::object()) << part;
  }
  EXPECT_EQ(get("/metadata?metric=told_seconds").json["data"],
            (Json{{"told_seconds", all["told_seconds"]}}));
  EXPECT_EQ(post("/metadata", "metric=node_load1&limit_per_metric=1").json["data"],
            (Json{{"node_load1", {own}}}));
  EXPECT_EQ(get("/metadata?limit=2").json["data"].size(), 2u);
  EXPECT_EQ(get("/metadata?limit=0").json["data"], Json::object());
  EXPECT_EQ(get("/metadata?limit=-1&limit_per_metric=0").json["data"], all);
  expect_error(get("/metadata?limit_per_metric=x"), 400, "bad_data",
               "limit_per_metric must be a number");
}

TEST_F(Promql, AnswersEveryTypeOfValue) {
  EXPECT_EQ(get("/query?query=1%2F0&time=5").text,
            R"({"status":"success","data":{"resultType":"scalar","result":[5,"+Inf"]}})");
  EXPECT_EQ(get("/query?query=%22a%5Cn%C3%A4%22&time=-1.5").text,
            "{\"status\":\"success\",\"data\":{\"resultType\":\"string\",\"result\":[-1.500,"
            "\"a\\n\xc3\xa4\"]}}");
  EXPECT_EQ(get("/query?query=vector(2)&time=2026-01-01T00:00:00.25%2B01:00").text,
            R"({"status":"success","data":{"resultType":"vector","result":[)"
            R"({"metric":{},"value":[1767222000.250,"2"]}]}})");
  EXPECT_EQ(get("/query_range?query=time()&start=1&end=2&step=500ms").text,
            R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":)"
            R"([[1,"1"],[1.500,"1.5"],[2,"2"]]}]}})");
}

TEST_F(Promql, TakesFormsUnderBothPrefixes) {
  EXPECT_EQ(post("/query", "query=1%2B1&time=7").json["data"]["result"][1], "2");
  const auto both = post("/query?query=1&time=5", "query=2");
  EXPECT_EQ(both.json["data"]["result"], (Json{5, "2"}));
  const auto other = api().get("/prometheus/api/v1/query?query=3&time=1", api().viewer());
  EXPECT_EQ(other.json["data"]["result"], (Json{1, "3"}));
  // What is no form is not looked at.
  const auto json =
      api().ask(http::Method::post, "/api/v1/query", api().viewer(), {{"query", "1"}});
  EXPECT_EQ(json.status, 400);
}

TEST_F(Promql, ReadsNumbersAndTimesInEveryForm) {
  const auto time_of = [&](const std::string& time) {
    return get("/query?query=1&time=" + time).json["data"]["result"][0];
  };
  EXPECT_EQ(time_of("%2B1500"), 1500);
  EXPECT_EQ(time_of("1.5e3"), 1500);
  EXPECT_EQ(time_of("1970-01-01T01:25:00%2B01:00"), 1500);
  EXPECT_EQ(get("/query_range?query=1&start=0&end=60&step=%2B60").json["data"]["result"][0],
            (Json{{"metric", Json::object()}, {"values", {{0, "1"}, {60, "1"}}}}));
  // As Prometheus's own clients name the first and the last time there is.
  const std::string always =
      "&start=-292273086-05-16T16:47:06Z&end=292277025-08-18T07:12:54.999999999Z";
  EXPECT_EQ(get("/series?match[]=nothing_like_it" + always).json["data"], Json::array());
  EXPECT_EQ(get("/query?query=vector(1)&lookback_delta=").status, 200);
  expect_error(
      get("/query_range?query=1&start=0&end=1&step=1e10"), 400, "bad_data",
      "invalid parameter \"step\": cannot parse \"1e10\" to a valid duration. It overflows "
      "int64");
}

TEST_F(Promql, RefusesInPrometheusWords) {
  const std::string query = "invalid parameter \"query\": ";
  expect_error(get("/query"), 400, "bad_data",
               query + "1:1: parse error: no expression found in input");
  expect_error(get("/query?query=foo%5B5%5D"), 400, "bad_data",
               query + "1:5: parse error: missing unit character in duration");
  expect_error(get("/query?query=1&time=x"), 400, "bad_data",
               "invalid parameter \"time\": Invalid time value for 'time': cannot parse \"x\" to "
               "a valid timestamp");
  expect_error(get("/query?query=1&timeout=x"), 400, "bad_data",
               "invalid parameter \"timeout\": cannot parse \"x\" to a valid duration");
  const std::string range = "/query_range?query=1&";
  expect_error(get(range + "end=1"), 400, "bad_data",
               "invalid parameter \"start\": cannot parse \"\" to a valid timestamp");
  expect_error(get(range + "start=1&end=0&step=1"), 400, "bad_data",
               "invalid parameter \"end\": end timestamp must not be before start time");
  expect_error(get(range + "start=1&end=2&step=0"), 400, "bad_data",
               "invalid parameter \"step\": zero or negative query resolution step widths are not "
               "accepted. Try a positive integer");
  expect_error(get(range + "start=1&end=20000&step=1"), 400, "bad_data",
               "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the "
               "query resolution (?step=XX)");
  expect_error(get("/query_range?query=up%5B5m%5D&start=1&end=2&step=1"), 400, "bad_data",
               "invalid expression type \"range vector\" for range query, must be Scalar or "
               "instant Vector");
  expect_error(get("/query?query=label_replace(vector(1),%22a-b%22,%22%22,%22%22,%22%22)"), 422,
               "execution", "invalid destination label name in label_replace(): a-b");
  expect_error(get("/query?query=vector(1)&timeout=0"), 503, "timeout",
               "query timed out in query queue");
}

TEST_F(Promql, OnlyWhoMayReadIsAnswered) {
  EXPECT_EQ(api().get("/api/v1/query?query=1", "").status, 401);
  EXPECT_EQ(api().get("/api/v1/query?query=1", api().api_token({"ingest"})).status, 403);
  const auto token = api().api_token({"read"});
  EXPECT_EQ(api().get("/api/v1/query?query=1", token).status, 200);
  // As clients send it that know names and passwords only.
  const auto basic = [&](const std::string& password) {
    const HeaderList headers = {{"Authorization", "Basic " + to_base64("grafana:" + password)}};
    return api().ask(http::Method::get, "/api/v1/query?query=1", "", nullptr, headers).status;
  };
  EXPECT_EQ(basic(token), 200);
  EXPECT_EQ(basic(token + "x"), 401);
  EXPECT_EQ(basic(api().viewer()), 401);
}

TEST_F(Promql, HasNoExemplarsButChecksWhatIsAsked) {
  for (const auto* asked : {"query=up&start=1&end=2", "query=up", "query=up&start=2&end=2",
                            "query=up&start=2020-01-01T00:00:00Z", "query=up&end=1e9", "query=1"}) {
    EXPECT_EQ(get(std::string("/query_exemplars?") + asked).json["data"], Json::array()) << asked;
  }
  expect_error(get("/query_exemplars?query=up&start=x&end=2"), 400, "bad_data",
               "invalid parameter \"start\": Invalid time value for 'start': cannot parse \"x\" "
               "to a valid timestamp");
  expect_error(get("/query_exemplars?query=up&start=1&end=y"), 400, "bad_data",
               "invalid parameter \"end\": Invalid time value for 'end': cannot parse \"y\" "
               "to a valid timestamp");
  expect_error(get("/query_exemplars?query=up(&start=2&end=1"), 400, "bad_data",
               "end timestamp must not be before start timestamp");
  EXPECT_EQ(get("/query_exemplars?query=up(").status, 400);
}

TEST_F(Promql, PrintsExpressionsAndCounts) {
  EXPECT_EQ(get("/format_query?query=sum(a)by(b)%2B1").json["data"], "sum by (b) (a) + 1");
  const auto counted = get("/query?query=vector(1)&stats=all");
  EXPECT_TRUE(counted.json["data"]["stats"]["samples"]["totalQueryableSamples"].is_number());
  EXPECT_EQ(get("/query?query=vector(1)%20or%20label_replace(vector(1),%22a%22,%22b%22,%22%22,"
                "%22%22)&limit=1")
                .json["warnings"],
            Json{"results truncated due to limit"});
}

}  // namespace
}  // namespace monitron::api
