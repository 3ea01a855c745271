// Prometheus's interface on stored samples, asked as its clients ask.

#include "base/text.hpp"
#include "suite.hpp"

#include <pqxx/pqxx>

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
  EXPECT_EQ(api().get("/api/v1/query?query=1", api().api_token({"read"})).status, 200);
}

TEST_F(Promql, PrintsExpressionsAndCounts) {
  EXPECT_EQ(get("/format_query?query=sum(a)by(b)%2B1").json["data"], "sum by (b) (a) + 1");
  EXPECT_EQ(get("/query_exemplars?query=up&start=1&end=2").json["data"], Json::array());
  const auto counted = get("/query?query=vector(1)&stats=all");
  EXPECT_TRUE(counted.json["data"]["stats"]["samples"]["totalQueryableSamples"].is_number());
  EXPECT_EQ(get("/query?query=vector(1)%20or%20label_replace(vector(1),%22a%22,%22b%22,%22%22,"
                "%22%22)&limit=1")
                .json["warnings"],
            Json{"results truncated due to limit"});
}

}  // namespace
}  // namespace monitron::api
