// The JSON form of a push: R-008 … R-012.

#include "ingest/json_push.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::ingest {
namespace {

const Instant kNow = from_ms(1'700'000'000'000);
const TimeWindow kWindow = TimeWindow::around(kNow, std::chrono::hours(168));
const std::string kServer = "0190a0c8-3f5c-7a00-8000-000000000001";

std::string push_of(const std::string& metrics) {
  return R"({"server_id":")" + kServer + R"(","metrics":[)" + metrics + "]}";
}

Taken<Push> parse(const std::string& body) { return parse_push(body, kWindow, kNow); }

// The fields that were complained about.
std::vector<std::string> complaints(const std::string& body) {
  const auto push = parse(body);
  std::vector<std::string> fields;
  if (push) return fields;
  for (const auto& error : push.error().errors) fields.push_back(error.field);
  return fields;
}

TEST(JsonPush, ReadsEveryForm) {
  const auto push = parse(push_of(
      R"({"metric_type":"cpu","metric_name":"usage","value":12.5,"labels":{"core":"0"},"timestamp":"2023-11-14T22:13:20Z"},)"
      R"({"metric_type":"ram","metric_name":"usage_percent","value":40,"labels":{}},)"
      R"({"metric_type":"disk","metric_name":"temp.c","value":"NaN","timestamp":1699999999},)"
      R"({"metric_type":"network","metric_name":"usage","value":"-Inf","timestamp":1699999999123})"));
  ASSERT_TRUE(push) << push.error().detail;
  EXPECT_EQ(push->server.str(), kServer);
  const auto series = contracts::unpack_dictionary(push->block.dictionary);
  ASSERT_TRUE(series) << series.error().text;
  ASSERT_EQ(series->size(), 4u);
  EXPECT_EQ((*series)[2].name, "temp_c");
  using Label = std::pair<std::string, std::string>;
  EXPECT_EQ((*series)[1].labels, (std::vector<Label>{{"__metric_name__", "usage_percent"},
                                                     {"__metric_type__", "memory"}}));
  EXPECT_EQ(push->block.points[0].time_ms, 1'700'000'000'000);
  EXPECT_EQ(push->block.points[1].time_ms, to_ms(kNow));
  EXPECT_EQ(push->block.points[3].time_ms, 1'699'999'999'123);
}

// R-012: many samples of the same time and labels.
TEST(JsonPush, EqualSamplesAreAllKept) {
  std::string metrics;
  for (int i = 0; i < 100; ++i) {
    metrics += (i ? "," : "") +
               std::string(R"({"metric_type":"cpu","metric_name":"usage","value":1,)") +
               R"("labels":{},"timestamp":"2023-11-14T22:13:20Z"})";
  }
  const auto push = parse(push_of(metrics));
  ASSERT_TRUE(push);
  EXPECT_EQ(push->block.series_count, 1u);
  EXPECT_EQ(push->block.points.size(), 100u);
}

TEST(JsonPush, NamesEveryBadItem) {
  const std::string good = R"({"metric_type":"cpu","metric_name":"a","value":1})";
  using Fields = std::vector<std::string>;
  EXPECT_EQ(complaints(push_of(good + R"(,{"metric_type":"cpu","metric_name":"a","value":"x"})")),
            (Fields{"metrics[1].value"}));
  EXPECT_EQ(
      complaints(push_of(R"({"metric_name":"","value":1,"labels":{"9":"x","b":1},"more":1})")),
      (Fields{"metrics[0].metric_name", "metrics[0].labels.9", "metrics[0].labels.b",
              "metrics[0].more", "metrics[0].metric_type"}));
  EXPECT_EQ(
      complaints(push_of(
          R"({"metric_type":"c","metric_name":"a","value":1,"timestamp":"2001-01-01T00:00:00Z"})")),
      (Fields{"metrics[0].timestamp"}));
  EXPECT_EQ(complaints(R"({"server_id":"x","metrics":[]})"), (Fields{"server_id", "metrics"}));
  EXPECT_EQ(complaints("{}"), (Fields{"server_id", "metrics"}));
  EXPECT_EQ(complaints(push_of(
                R"({"metric_type":"c","metric_name":"a","value":1,"labels":{"__x__":"y"}})")),
            (Fields{"metrics[0].labels.__x__"}));
}

TEST(JsonPush, WhatIsNoJsonIsRefused) {
  for (const char* body : {"", "[", "[]", "1", "{\"server_id\":}", "\xff\xfe"}) {
    const auto push = parse(body);
    ASSERT_FALSE(push) << body;
    EXPECT_EQ(push.error().status, 400);
  }
}

RC_GTEST_PROP(JsonPush, MutationsNeverHarm, (std::string noise, std::size_t at)) {
  auto body = push_of(R"({"metric_type":"cpu","metric_name":"a","value":1,"labels":{"a":"b"}})");
  body.insert(at % body.size(), noise);
  const auto push = parse(body);
  if (!push) RC_ASSERT(push.error().status >= 400);
}

// The same key makes the same batch; without one, or for another principal, it is another.
TEST(JsonPush, AKeyMakesThePushRepeatable) {
  const auto server = *Uuid::parse(kServer);
  EXPECT_EQ(push_id(server, "token:a", "k"), push_id(server, "token:a", "k"));
  EXPECT_NE(push_id(server, "token:a", "k"), push_id(server, "token:b", "k"));
  EXPECT_NE(push_id(server, "token:a", "k"), push_id(server, "token:a", "l"));
  EXPECT_NE(push_id(server, "token:a", ""), push_id(server, "token:a", ""));
}

}  // namespace
}  // namespace monitron::ingest
