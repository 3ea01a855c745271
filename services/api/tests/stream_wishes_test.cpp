#include "api/stream_wishes.hpp"

#include <gtest/gtest.h>

namespace monitron::api {
namespace {

using Query = std::multimap<std::string, std::string, std::less<>>;

Result<StreamWishes> read(const Query& query) {
  http::Request request;
  request.query = query;
  return read_stream_wishes(request);
}

bool wanted(const Query& query, const LiveEvent& event) {
  const auto wishes = read(query);
  EXPECT_TRUE(wishes) << wishes.error().text;
  return wishes && wants(*wishes, event);
}

const std::string kServer = "3b241101-e2bb-4255-8caf-4136c566a962";
const std::string kCheck = "018f7a3e-0000-7000-8000-000000000001";

//
TEST(StreamWishes, SamplesAreChosenByServerTypeNameAndLabels) {
  const domain::LabelSet labels = {{"cpu", "0"}, {"mode", "idle"}};
  const LiveEvent sample{.topic = Topic::metrics,
                         .source = kServer,
                         .metric_type = "cpu",
                         .metric_name = "node_cpu_seconds_total",
                         .labels = &labels};
  EXPECT_TRUE(wanted({}, sample));
  EXPECT_TRUE(wanted({{"server_id", kCheck}, {"server_id", kServer}}, sample));
  EXPECT_FALSE(wanted({{"server_id", kCheck}}, sample));
  EXPECT_TRUE(wanted({{"metric_type", "ram"}, {"metric_type", "cpu"}}, sample));
  EXPECT_FALSE(wanted({{"metric_type", "ram"}}, sample));
  EXPECT_TRUE(wanted({{"metric_name", "node_cpu_seconds_total"}}, sample));
  EXPECT_FALSE(wanted({{"metric_name", "node_load1"}}, sample));
  EXPECT_TRUE(wanted({{"label", "cpu:0"}, {"label", "mode:idle"}}, sample));
  EXPECT_FALSE(wanted({{"label", "cpu:0"}, {"label", "mode:user"}}, sample));
  EXPECT_FALSE(wanted({{"label", "host:a"}}, sample));
  EXPECT_FALSE(wanted({{"topics", "checks,states,alerts"}}, sample));
}

TEST(StreamWishes, WhatChangedIsChosenByServerAndLabels) {
  const domain::LabelSet labels = {{"env", "prod"}, {"url", "http://a:80/"}};
  const LiveEvent state{
      .topic = Topic::states, .source = kCheck, .instance = kServer, .labels = &labels};
  EXPECT_TRUE(wanted({{"topics", "states"}, {"server_id", kServer}}, state));
  EXPECT_TRUE(wanted({{"topics", "states"}, {"server_id", kCheck}}, state));
  EXPECT_TRUE(wanted({{"topics", "states"}, {"label", "url:http://a:80/"}}, state));
  EXPECT_FALSE(wanted({{"topics", "states"}, {"label", "env:test"}}, state));
  EXPECT_FALSE(wanted({{"topics", "alerts"}}, state));
  EXPECT_TRUE(wanted({{"topics", "states"}, {"metric_type", "cpu"}}, state)) << "of samples only";
  const LiveEvent nameless{.topic = Topic::states, .source = kCheck};
  EXPECT_FALSE(wanted({{"topics", "states"}, {"label", "env:prod"}}, nameless));
}

TEST(StreamWishes, NamesTheParameterThatIsWrong) {
  const auto complaint = [](const Query& query) {
    const auto wishes = read(query);
    return wishes ? std::string() : wishes.error().text;
  };
  EXPECT_NE(complaint({{"topics", "secrets"}}).find("topics"), std::string::npos);
  EXPECT_NE(complaint({{"server_id", "x"}}).find("server_id"), std::string::npos);
  EXPECT_NE(complaint({{"label", "env"}}).find("label"), std::string::npos);
  EXPECT_NE(complaint({{"label", ":prod"}}).find("label"), std::string::npos);
  EXPECT_NE(complaint({{"label", "a:1"}, {"label", "a:2"}}).find("twice"), std::string::npos);
  EXPECT_NE(complaint({{"after", std::string(2000, 'x')}}).find("after"), std::string::npos);
  Query many;
  for (int i = 0; i < 101; ++i) many.emplace("metric_name", "m" + std::to_string(i));
  EXPECT_NE(complaint(many).find("metric_name"), std::string::npos);
}

}  // namespace
}  // namespace monitron::api
