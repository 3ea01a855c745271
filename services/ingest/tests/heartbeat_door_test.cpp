// Ping URLs over HTTP: what is taken, what is refused and why, and that nothing is acknowledged
// before the broker has it.

#include "ingest/heartbeat_door.hpp"

#include "http/client.hpp"
#include "loop/workers.hpp"
#include "testkit/fake_clock.hpp"

#include <gtest/gtest.h>

namespace monitron::ingest {
namespace {

using namespace std::chrono_literals;
using domain::PingKind;

const std::string kSecret = "fedcba9876543210fedcba9876543210";
const CheckId kCheck{*Uuid::parse("0190a0c8-3f5c-7a00-8000-000000000001")};
const CheckId kOther{*Uuid::parse("0190a0c8-3f5c-7a00-8000-000000000002")};

class HeartbeatDoorTest : public testing::Test {
 protected:
  HeartbeatDoorTest() { door_.add_routes(router_); }
  void SetUp() override { ASSERT_TRUE(server_.start()); }

  http::Response ask(const std::string& path, http::Method method = http::Method::get,
                     const std::string& body = "") {
    http::ClientRequest request;
    request.method = method;
    request.url = "http://127.0.0.1:" + std::to_string(server_.port()) + path;
    request.headers = {{"User-Agent", "curl/8"}};
    request.body = body;
    auto answer = http::fetch(request);
    EXPECT_TRUE(answer) << answer.error().text;
    return answer.value_or(http::Response{.status = 0});
  }
  std::string url(const std::string& what = "", const CheckId& check = kCheck) const {
    return "/ping/" + auth::PingKeys(kSecret).key_of(check) + what;
  }
  bool publish(const contracts::Message& message, const HeartbeatDoor::Completion& done) {
    if (full_) return false;
    if (!away_) messages_.push_back(message);
    done(away_ ? fail(Fault::unavailable, "no broker") : Result<void>{});
    return true;
  }
  contracts::HeartbeatPing last() const {
    return contracts::decode_heartbeat_ping(messages_.back().body).value();
  }

  std::atomic<bool> away_{false}, full_{false};
  std::vector<contracts::Message> messages_;  // one request at a time
  testkit::FakeClock clock_{from_ms(1'800'000'000'000)};
  service::Metrics metrics_;
  loop::Workers workers_{"test", 1, 64};
  HeartbeatDoor door_{std::vector<std::string>{kSecret},
                      [this](auto message, auto done) { return publish(message, done); }, metrics_,
                      clock_};
  http::Router router_{workers_, [](const http::Request&) -> Result<http::Caller> {
                         return fail(Fault::denied, "nobody is asked who he is");
                       }};
  http::Server server_{{}, [this](http::Request request, http::Responder responder) {
                         router_.serve(std::move(request), std::move(responder));
                       }};
};

TEST_F(HeartbeatDoorTest, EachAddressIsAPingOfItsKind) {
  const auto answer = ask(url());
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "OK");
  EXPECT_EQ(last().check_id, kCheck);
  EXPECT_EQ(last().ping, (domain::HeartbeatPing{PingKind::success, {}, clock_.now()}));
  EXPECT_EQ(last().user_agent, "curl/8");
  EXPECT_EQ(messages_.back().message_id, last().ping_id.str());
  const std::vector<std::tuple<std::string, PingKind, std::optional<int>>> addresses{
      {"/start", PingKind::start, {}}, {"/fail", PingKind::fail, {}},
      {"/log", PingKind::log, {}},     {"/0", PingKind::success, 0},
      {"/1", PingKind::fail, 1},       {"/255", PingKind::fail, 255}};
  for (const auto& [what, kind, code] : addresses) {
    EXPECT_EQ(ask(url(what)).status, 200) << what;
    EXPECT_EQ(last().ping, (domain::HeartbeatPing{kind, code, clock_.now()})) << what;
  }
}

TEST_F(HeartbeatDoorTest, GetHeadAndPostAreTheSame) {
  EXPECT_EQ(ask(url(), http::Method::head).status, 200);
  EXPECT_EQ(ask(url("/fail"), http::Method::post, "disk \xff full\n").status, 200);
  EXPECT_EQ(last().body, "disk ? full\n");
  EXPECT_EQ(ask(url(), http::Method::post, std::string(9'999, 'x') + "\u00e4" + "more").status,
            200);
  EXPECT_EQ(last().body, std::string(9'999, 'x')) << "cut off, but within no character";
  EXPECT_EQ(messages_.size(), 3u);
  EXPECT_EQ(ask(url(), http::Method::delete_).status, 405);
}

TEST_F(HeartbeatDoorTest, NothingElseIsThere) {
  const auto of_another = "/ping/" + auth::PingKeys("another secret").key_of(kCheck);
  for (const auto& path : {url("/256"), url("/-1"), url("/stop"), url("/1e1"), url("x"), of_another,
                           "/ping/" + kCheck.str(), std::string("/ping/x/start")}) {
    EXPECT_EQ(ask(path).status, 404) << path;
  }
  EXPECT_TRUE(messages_.empty());
}

TEST_F(HeartbeatDoorTest, NothingIsAcknowledgedThatTheBrokerHasNot) {
  away_ = true;
  auto answer = ask(url());
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(std::any_of(answer.headers.begin(), answer.headers.end(), [](const auto& header) {
    return header.first == "retry-after" || header.first == "Retry-After";
  }));
  away_ = false;
  full_ = true;
  EXPECT_EQ(ask(url()).status, 503);
}

TEST_F(HeartbeatDoorTest, OneThatCallsTooOftenIsHeldUpAndNobodyElse) {
  for (int i = 0; i < PingRates::kPings; ++i) ASSERT_EQ(ask(url()).status, 200);
  EXPECT_EQ(ask(url()).status, 429);
  EXPECT_EQ(ask(url("", kOther)).status, 200);
  clock_.advance(1s);
  EXPECT_EQ(ask(url()).status, 200);
  EXPECT_EQ(ask(url()).status, 429);
}

TEST(PingRates, RemembersOnlyThoseThatCalledLately) {
  PingRates rates;
  SteadyInstant now{1h};
  for (int i = 0; i < 25'000; ++i) {
    now += 1ms;
    EXPECT_TRUE(rates.take(CheckId{Uuid::make()}, now));
  }
  EXPECT_LE(rates.size(), 10'000u);
}

}  // namespace
}  // namespace monitron::ingest
