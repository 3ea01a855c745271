// What a template reads is what reading in full reads, or nothing.

#include "ingest/push_templates.hpp"

#include <bit>
#include <gtest/gtest.h>
#include <random>
#include <rapidcheck/gtest.h>

namespace monitron::ingest {
namespace {

const Instant kNow = from_ms(1'700'000'000'000);
const TimeWindow kWindow = TimeWindow::around(kNow, {});
const std::string kHead =
    R"({"server_id":"0190a0c8-3f5c-7a00-8000-000000000001","metrics":[{"metric_type":"cpu",)";

// Three metrics, the second without a time, the third with no number.
std::string body_of(const std::string& first, const std::string& time, const std::string& second) {
  return kHead + R"("metric_name":"a","value":)" + first + R"(,"labels":{"x":"{\"y\"}"},)" +
         R"("timestamp":)" + time + R"(},{"value":)" + second +
         R"(,"metric_type":"cpu","metric_name":"b"} , {"metric_type":"cpu","metric_name":"c",)" +
         R"("value":"NaN","timestamp":)" + time + "}]}";
}
const std::string kBody = body_of("1", "1700000000", "2");

Push read_in_full(const std::string& body) {
  auto push = parse_push(body, kWindow, kNow);
  EXPECT_TRUE(push) << push.error().detail;
  return push.value_or(Push{});
}

bool same(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

void expect_same(const Push& a, const Push& b) {
  EXPECT_EQ(a.server, b.server);
  EXPECT_EQ(a.block.dictionary.hash, b.block.dictionary.hash);
  EXPECT_EQ(a.block.dictionary.packed, b.block.dictionary.packed);
  EXPECT_EQ(a.block.series_count, b.block.series_count);
  ASSERT_EQ(a.block.points.size(), b.block.points.size());
  for (std::size_t i = 0; i < a.block.points.size(); ++i) {
    EXPECT_EQ(a.block.points[i].series, b.block.points[i].series);
    EXPECT_EQ(a.block.points[i].time_ms, b.block.points[i].time_ms);
    EXPECT_TRUE(same(a.block.points[i].value, b.block.points[i].value));
  }
}

class PushTemplatesTest : public testing::Test {
 protected:
  PushTemplatesTest() { templates_.learn(kBody, read_in_full(kBody)); }
  std::optional<Push> read(const std::string& body) { return templates_.read(body, kWindow, kNow); }

  PushTemplates templates_;
};

}  // namespace

TEST_F(PushTemplatesTest, OtherNumbersAreReadAsInFull) {
  for (const char* value : {"0", "1", "-1.5", "1e3", "2.5E-7", "123456789012345678",
                            "0.1000000000000000055511151231257827021181583404541015625", "-0.0"}) {
    const auto body = body_of(value, "1699999990123", "3");
    const auto push = read(body);
    ASSERT_TRUE(push) << value;
    expect_same(*push, read_in_full(body));
  }
  for (const char* time : {"1699999990", "1699999990.123", "1699999990123"}) {
    const auto body = body_of("1", time, "3");
    const auto push = read(body);
    ASSERT_TRUE(push) << time;
    expect_same(*push, read_in_full(body));
  }
}

TEST_F(PushTemplatesTest, TimesMayBeTexts) {
  const auto first = body_of("1", "\"2023-11-14T22:13:19Z\"", "2");
  templates_.learn(first, read_in_full(first));
  const auto second = body_of("7", "\"2023-11-14T22:13:10.5+00:00\"", "8");
  const auto push = read(second);
  ASSERT_TRUE(push);
  expect_same(*push, read_in_full(second));
  EXPECT_TRUE(read(kBody)) << "the other form is still known";
}

TEST_F(PushTemplatesTest, AnythingElseIsReadInFull) {
  for (const char* value : {"\"NaN\"", "nan", "-0", "01", "1.", ".5", "+1", "1e", "0x1", "", "1 ",
                            "null", "1e999", "1234567890123456789", "[1]"}) {
    EXPECT_FALSE(read(body_of(value, "1700000000", "2"))) << value;
  }
  EXPECT_FALSE(read(body_of("1", "1500000000", "2"))) << "outside the window";
  EXPECT_FALSE(read(body_of("1", "\"2023-11-14T22:13:19Z\"", "2")));
  EXPECT_FALSE(read(kBody + " "));
  EXPECT_FALSE(read(kBody.substr(0, kBody.size() - 1)));
  EXPECT_FALSE(read(""));
}

TEST(PushTemplates, OtherServersAreNotMixedUp) {
  PushTemplates templates;
  auto other = kBody;
  other.replace(other.find("000000000001"), 12, "000000000002");
  templates.learn(kBody, read_in_full(kBody));
  EXPECT_FALSE(templates.read(other, kWindow, kNow));
  templates.learn(other, read_in_full(other));
  expect_same(*templates.read(other, kWindow, kNow), read_in_full(other));
  expect_same(*templates.read(kBody, kWindow, kNow), read_in_full(kBody));
}

TEST(PushTemplates, AreBounded) {
  PushTemplates templates(2000);
  const auto push = read_in_full(kBody);
  for (int i = 0; i < 100; ++i) {
    auto body = kBody;
    body.replace(body.find("000000000001"), 12, std::to_string(100'000'000'000 + i));
    templates.learn(body, push);
  }
  EXPECT_FALSE(templates.read(kBody, kWindow, kNow));
}

// A changed byte or two: what a template takes is what is read in full, to the bit.
RC_GTEST_PROP(PushTemplates, NeverReadWhatIsNotThere, ()) {
  static PushTemplates templates;
  static const bool learned = (templates.learn(kBody, read_in_full(kBody)), true);
  RC_ASSERT(learned);
  static const std::string marks = "0123456789.eE+-\",:{}[] \\n";
  auto body = kBody;
  for (int i = *rc::gen::inRange(1, 4); i > 0; --i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, body.size());
    const auto mark = marks[*rc::gen::inRange<std::size_t>(0, marks.size())];
    if (*rc::gen::arbitrary<bool>()) {
      body[at] = mark;
    } else {
      body.insert(at, 1, mark);
    }
  }
  const auto push = templates.read(body, kWindow, kNow);
  if (!push) return;
  const auto full = parse_push(body, kWindow, kNow);
  RC_ASSERT(full.has_value());
  expect_same(*push, *full);
}

}  // namespace monitron::ingest
