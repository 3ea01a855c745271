// The JSON form of a push: R-008 … R-012.

#include "ingest/json_push.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace monitron::ingest {
namespace {

const Instant kNow = from_ms(1'700'000'000'000);
const TimeWindow kWindow = TimeWindow::around(kNow, {});
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

// What the writer would put into quarantine must not be acknowledged: it is refused by name here.
TEST(JsonPush, WhatCouldNotBeStoredIsRefused) {
  using Fields = std::vector<std::string>;
  const std::string metric = R"({"metric_type":"c","metric_name":"a","value":1)";
  const std::string nul = "\\u0000", surrogate = "\\udc00";
  EXPECT_EQ(complaints(push_of(R"({"metric_type":"c","value":1,"metric_name":"1)" +
                               std::string(199, 'x') + "\"}")),
            (Fields{"metrics[0].metric_name"}));
  EXPECT_EQ(complaints(push_of(metric + R"(,"labels":{"a":"1"},"labels":{"b":"1"}})")),
            (Fields{"metrics[0].labels"}));
  EXPECT_EQ(complaints(push_of(metric + R"(,"value":2})")), (Fields{"metrics[0].value"}));
  EXPECT_EQ(complaints(push_of(metric + R"(,"labels":{"a":")" + nul + "\"}}")),
            (Fields{"metrics[0].labels.a"}));
  EXPECT_FALSE(parse(push_of(metric + R"(,"labels":{"a":")" + surrogate + "\"}}")));
  EXPECT_FALSE(
      parse(push_of(R"({"metric_type":"c","value":1,"metric_name":")" + surrogate + "\"}")));
  EXPECT_EQ(complaints(R"({"server_id":")" + kServer + R"(","metrics":[)" + metric +
                       R"(}],"metrics":[)" + metric + "}]}"),
            (Fields{"metrics"}));
}

// S-08.
TEST(JsonPush, DeepNestingIsRefused) {
  const auto push = parse(push_of(std::string(100'000, '[') + std::string(100'000, ']')));
  ASSERT_FALSE(push);
  EXPECT_EQ(push.error().status, 400);
}

// The envelope of a push that was accepted can be read and its dictionary unpacked.
bool is_storable(const Push& push) {
  contracts::Envelope envelope;
  envelope.batches.push_back({push_id(push.server, "user:a", ""), {push.block}});
  const auto again = contracts::decode_envelope(contracts::encode(envelope));
  if (!again) return false;
  const auto& block = again->batches.at(0).blocks.at(0);
  const auto series = contracts::unpack_dictionary(block.dictionary);
  return series && series->size() == block.series_count && block.points.size() > 0;
}

// Pieces of JSON, strange ones among them, put together by chance.
rc::Gen<std::string> texts() {
  return rc::gen::oneOf(
      rc::gen::element<std::string>("a", "cpu", "1x", "ü", "\\u0000", "\\ud800", "\\udc00", "__x",
                                    "a b", "\\\"", "load.1m", ""),
      rc::gen::map(rc::gen::inRange(0, 1100),
                   [](int n) { return std::string(static_cast<std::size_t>(n), '7'); }));
}
rc::Gen<std::string> values() {
  return rc::gen::element<std::string>(
      "1", "-0.0", "1e308", "1e400", "null", "true", "\"NaN\"", "\"+Inf\"", "[]", "{}",
      "9007199254740993", "18446744073709551615", "1700000000", "\"2023-11-14T22:13:20Z\"");
}
rc::Gen<std::string> members() {
  return rc::gen::mapcat(rc::gen::inRange(0, 6), [](int which) -> rc::Gen<std::string> {
    const auto quoted = [](const char* name) {
      return rc::gen::map(texts(), [name](const std::string& text) {
        return "\"" + std::string(name) + "\":\"" + text + "\"";
      });
    };
    if (which == 0) return quoted("metric_type");
    if (which == 1) return quoted("metric_name");
    if (which == 2) {
      return rc::gen::map(rc::gen::pair(texts(), texts()), [](const auto& label) {
        return R"("labels":{")" + label.first + "\":\"" + label.second + "\"}";
      });
    }
    if (which == 3) return quoted("extra");
    return rc::gen::map(values(), [which](const std::string& value) {
      return (which == 4 ? "\"value\":" : "\"timestamp\":") + value;
    });
  });
}

RC_GTEST_PROP(JsonPush, WhatIsAcceptedIsStorable, ()) {
  std::string metrics;
  for (const auto& more : *rc::gen::container<std::vector<std::vector<std::string>>>(
           rc::gen::container<std::vector<std::string>>(members()))) {
    std::string item = R"({"metric_type":"t","metric_name":"n","value":1)";
    if (!more.empty() && *rc::gen::arbitrary<bool>()) item = "{\"value\":1";
    for (const auto& member : more) item += "," + member;
    metrics += (metrics.empty() ? "" : ",") + item + "}";
  }
  const auto push = parse(push_of(metrics));
  if (push) RC_ASSERT(is_storable(*push));
}

RC_GTEST_PROP(JsonPush, MutationsNeverHarm, (const std::string& noise, std::size_t at)) {
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
