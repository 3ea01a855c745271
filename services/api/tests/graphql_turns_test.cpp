// Who of the clients of subscriptions is served when, and what waits meanwhile. The clients are
// played; what they say comes in by the same functions as from sockets.

#include "api/graphql/sockets.hpp"
#include "api/openapi.hpp"
#include "testkit/eventually.hpp"
#include "testkit/fake_clock.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <gtest/gtest.h>
#include <thread>

namespace monitron::api {
namespace {

using namespace std::chrono_literals;
using http::SocketId;
using testkit::eventually;

constexpr const char* kInit = R"({"type":"connection_init"})";
constexpr const char* kPing = R"({"type":"ping"})";
constexpr auto kThreads = GraphqlSockets::kThreads;
constexpr SocketId kOthers = 1000;  // from here on somebody else's

std::string subscribe(const std::string& id, const std::string& query) {
  return Json{{"type", "subscribe"}, {"id", id}, {"payload", {{"query", query}}}}.dump();
}

// Shut, whoever comes waits before it.
class Gate {
 public:
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    opened_.wait(lock, [this] { return open_; });
    --waiting_;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }
  std::size_t waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  std::size_t waiting_ = 0;
  bool open_ = false;
};

class TurnsScene : public ::testing::Test {
 protected:
  explicit TurnsScene(std::chrono::milliseconds time_of_turn = GraphqlSockets::kTimeOfTurn)
      : sockets_(door_, strangers_, stream(), time_of_turn) {}
  ~TurnsScene() override {
    gate_.open();
    other_gate_.open();
    talking_ = false;
  }

  GraphqlSockets::Stream stream() {
    return {
        .let_in = [this](SocketId id, const http::Request&) -> Result<http::Caller> {
          if (shut_out_.contains(id)) gate_.pass();
          ++let_in_;
          return caller(id);
        },
        .caller_of = [](SocketId id) -> Result<http::Caller> { return caller(id); },
        .follow = [this](SocketId, const std::string& operation, const StreamWishes&,
                         GraphqlSockets::Sink sink) -> Result<void> {
          if (operation == "slow") gate_.pass();
          if (operation == "slower") other_gate_.pass();
          const std::lock_guard lock(mutex_);
          sinks_[operation] = std::move(sink);
          return {};
        },
        .unfollow = [](SocketId, const std::string&) {},
        .send =
            [this](SocketId id, const std::string& text) {
              if (talking_ && id <= kThreads) sockets_.heard(id, kPing);
              const std::lock_guard lock(mutex_);
              sent_[id].push_back(text);
              order_.push_back(id);
            },
        .close =
            [this](SocketId id, int code, const std::string& reason) {
              const std::lock_guard lock(mutex_);
              closed_.emplace(id, std::pair(code, reason));
            },
    };
  }
  std::vector<std::string> sent(SocketId id) {
    const std::lock_guard lock(mutex_);
    return sent_[id];
  }
  int close_code(SocketId id) {
    const std::lock_guard lock(mutex_);
    return closed_.contains(id) ? closed_[id].first : 0;
  }
  static http::Caller caller(SocketId id) {
    return {.kind = "user", .id = id < kOthers ? "u" : "v", .permissions = {"graphql:query"}};
  }
  void open(SocketId id, const std::string& peer = "10.0.0.1") {
    sockets_.opened(id, {.peer = peer});
  }
  void open_and_let_in(SocketId id) {
    open(id);
    sockets_.heard(id, kInit);
    ASSERT_TRUE(is_let_in(id));
  }
  bool is_let_in(SocketId id) {
    return eventually(10s, [&] { return !sent(id).empty(); }) &&
           sent(id).front() == R"({"type":"connection_ack"})";
  }
  // All threads wait for who they are, and so does whoever comes then.
  void hold_all() {
    for (SocketId id = 1; id <= kThreads; ++id) {
      shut_out_.insert(id);
      open(id, "10.1.0." + std::to_string(id));
      sockets_.heard(id, kInit);
    }
    ASSERT_TRUE(eventually(10s, [&] { return gate_.waiting() == kThreads; }));
  }
  GraphqlSockets::Sink follow(SocketId id, const std::string& operation, const std::string& query) {
    sockets_.heard(id, subscribe(operation, query));
    EXPECT_TRUE(eventually(10s, [&] {
      const std::lock_guard lock(mutex_);
      return sinks_.contains(operation);
    }));
    const std::lock_guard lock(mutex_);
    return sinks_[operation];
  }

  std::mutex mutex_;  // guards what follows
  std::map<SocketId, std::vector<std::string>> sent_;
  std::vector<SocketId> order_;  // of what was sent
  std::map<SocketId, std::pair<int, std::string>> closed_;
  std::map<std::string, GraphqlSockets::Sink> sinks_;
  std::set<SocketId> shut_out_;  // before the first is heard
  std::atomic<bool> talking_{false};
  std::atomic<int> let_in_{0};
  Gate gate_;
  Gate other_gate_;
  loop::Workers workers_{"router", 1, 16};
  http::Router router_{workers_, [](const auto&) { return fail(Fault::denied, "nobody"); }};
  GraphqlDoor door_{router_, openapi_text(), {}};
  Strangers strangers_;
  GraphqlSockets sockets_;
};

class GraphqlTurns : public TurnsScene {};

// No turn has time for more than one step.
class GraphqlShortTurns : public TurnsScene {
 protected:
  GraphqlShortTurns() : TurnsScene(0ms) {}
};

// Each of the first has more to say whenever it is answered.
TEST_F(GraphqlTurns, WhoTalksAllTheTimeKeepsNobodyElseWaiting) {
  talking_ = true;
  for (SocketId id = 1; id <= kThreads; ++id) {
    open(id);
    sockets_.heard(id, kPing);
  }
  ASSERT_TRUE(eventually(10s, [&] { return sent(kThreads).size() > 20; }));
  open(10);
  sockets_.heard(10, kInit);
  EXPECT_TRUE(is_let_in(10));
}

// Nobody is closed for silence who has spoken and only waits to be served.
TEST_F(GraphqlTurns, AnInitThatWaitsIsNoSilence) {
  hold_all();
  open(10);
  sockets_.heard(10, kInit);
  open(11);
  sockets_.tick(GraphqlSockets::Clock::now() + GraphqlSockets::kInitialisation + 1s);
  EXPECT_EQ(close_code(10), 0);
  EXPECT_EQ(close_code(1), 0);
  EXPECT_EQ(close_code(11), 4408);
  gate_.open();
  EXPECT_TRUE(is_let_in(10));
  EXPECT_TRUE(is_let_in(1));
}

// What waits when the service stops is dropped, not worked off.
TEST_F(GraphqlTurns, AStopWaitsForWhatIsUnderWayAlone) {
  hold_all();
  for (SocketId id = 10; id < 60; ++id) {
    open(id);
    sockets_.heard(id, kInit);
  }
  sockets_.drop();
  gate_.open();
  sockets_.stop();
  EXPECT_EQ(let_in_, static_cast<int>(kThreads));
}

// One event of each operation in turn, and samples once a tick.
TEST_F(GraphqlTurns, OperationsAreToldInTurn) {
  open(1);
  sockets_.heard(1, kInit);
  ASSERT_TRUE(is_let_in(1));
  const auto many = follow(1, "many", "subscription { stateChanges { reason } }");
  const auto one = follow(1, "one", "subscription { stateChanges { reason } }");
  const std::string event = R"({"type":"state","reason":"refused"})";
  for (int i = 0; i < 100; ++i) many(event);
  one(event);
  sockets_.tick();
  ASSERT_TRUE(eventually(10s, [&] { return sent(1).size() == 102; }));
  std::vector<std::string> ids;
  for (const auto& text : sent(1)) ids.push_back(Json::parse(text).value("id", ""));
  EXPECT_EQ(ids[1], "many");
  EXPECT_EQ(ids[2], "one");
}

// Who has not said who he is gets little room, whatever he says and however often he comes.
TEST_F(GraphqlTurns, AStrangerHasRoomForFewBytes) {
  hold_all();
  open(10);
  const auto half = GraphqlSockets::kMostHeardBytesBefore / 2;
  const auto text = std::string(half, ' ') + kInit;
  sockets_.heard(10, text);
  EXPECT_EQ(close_code(10), 0);
  sockets_.heard(10, text);
  EXPECT_EQ(close_code(10), 1008);
  gate_.open();
  EXPECT_TRUE(is_let_in(1));
}

TEST_F(GraphqlTurns, WhatSomebodySaysIsBoundedByItsBytes) {
  open(10);
  sockets_.heard(10, kInit);
  ASSERT_TRUE(is_let_in(10));
  hold_all();
  const std::string text(100'000, ' ');
  sockets_.heard(10, text);
  sockets_.heard(10, text);
  EXPECT_EQ(close_code(10), 0);
  sockets_.heard(10, text);
  EXPECT_EQ(close_code(10), 1008);
}

TEST_F(GraphqlTurns, StrangersAreFewAndFewerFromOnePlace) {
  SocketId id = 100;
  const auto from = [&](const std::string& address) { sockets_.opened(id++, {.peer = address}); };
  for (std::size_t i = 0; i < Strangers::kMostOfNetwork; ++i) {
    EXPECT_TRUE(strangers_.has_room("2001:db8::1"));
    from("2001:db8::" + std::to_string(i + 1));
  }
  EXPECT_FALSE(strangers_.has_room("2001:db8::1"));
  EXPECT_TRUE(strangers_.has_room("2001:db8:0:1::1"));
  EXPECT_TRUE(strangers_.has_room(""));
  // One says who it is, another goes: room for two.
  sockets_.heard(100, kInit);
  ASSERT_TRUE(is_let_in(100));
  EXPECT_TRUE(strangers_.has_room("2001:db8::1"));
  sockets_.closed(100);
  sockets_.closed(101);
  from("2001:db8::1");
  EXPECT_TRUE(strangers_.has_room("2001:db8::1"));
  from("2001:db8::1");
  EXPECT_FALSE(strangers_.has_room("2001:db8::1"));
  for (auto i = Strangers::kMostOfNetwork; i < Strangers::kMost; ++i) {
    EXPECT_TRUE(strangers_.has_room(""));
    from("");
  }
  EXPECT_FALSE(strangers_.has_room(""));
  EXPECT_FALSE(strangers_.has_room("10.0.0.2"));
}

// Large events are fewer: what waits is bounded by its bytes, for all operations of a connection.
TEST_F(GraphqlTurns, EventsThatWaitAreBoundedByTheirBytes) {
  open(1);
  sockets_.heard(1, kInit);
  ASSERT_TRUE(is_let_in(1));
  const auto states = follow(1, "states", "subscription { stateChanges { reason } }");
  const auto samples = follow(1, "samples", "subscription { samples { leftOut } }");
  const Json event = {{"type", "state"}, {"reason", std::string(100'000, 'x')}};
  const auto fits = GraphqlSockets::kMostEventBytes / event.dump().size();
  for (std::size_t i = 0; i <= fits; ++i) states(event.dump());
  samples(event.dump());
  sockets_.tick();
  ASSERT_TRUE(eventually(10s, [&] { return sent(1).size() == fits + 3; }));
  std::map<std::string, std::size_t> types;
  for (const auto& text : sent(1)) {
    const auto told = Json::parse(text);
    ++types[told.value("id", "") + " " + told.value("type", "")];
    if (told.value("id", "") == "samples") {
      EXPECT_EQ(told["payload"]["data"]["samples"]["leftOut"], 1);
    }
  }
  EXPECT_EQ(types["states next"], fits);
  EXPECT_EQ(types["states error"], 1u);
  EXPECT_EQ(types["samples next"], 1u);
  // There is room again.
  samples(R"({"type":"metric"})");
  sockets_.tick();
  ASSERT_TRUE(eventually(10s, [&] { return sent(1).size() == fits + 4; }));
  EXPECT_EQ(Json::parse(sent(1).back())["payload"]["data"]["samples"]["leftOut"], 0);
}

// Each operation that begins is a request of its caller, refused ones too.
TEST_F(GraphqlTurns, OperationsCountAsRequests) {
  http::RateLimit rate(system_clock(), 3);
  router_.limit(&rate);
  open(1);
  sockets_.heard(1, kInit);
  ASSERT_TRUE(is_let_in(1));
  follow(1, "a", "subscription { stateChanges { id } }");
  sockets_.heard(1, subscribe("b", "subscription { nothing }"));
  follow(1, "c", "subscription { stateChanges { id } }");
  sockets_.heard(1, subscribe("d", "subscription { stateChanges { id } }"));
  ASSERT_TRUE(eventually(10s, [&] { return sent(1).size() == 3; }));
  EXPECT_EQ(Json::parse(sent(1)[1])["payload"][0]["extensions"]["code"], "VALIDATION");
  const auto refused = Json::parse(sent(1)[2]);
  EXPECT_EQ(refused["id"], "d");
  EXPECT_EQ(refused["payload"][0]["extensions"]["code"], "LIMITS");
  EXPECT_FALSE(rate.take("user:u").allowed);
}

// So many events as the caller may make requests; the others wait until he may again.
TEST_F(GraphqlTurns, EachExecutionCountsAsARequest) {
  testkit::FakeClock clock(from_ms(0));
  http::RateLimit rate(clock, 3);
  router_.limit(&rate);
  open_and_let_in(1);
  const auto tell = follow(1, "a", "subscription { stateChanges { reason } }");
  for (int i = 0; i < 5; ++i) tell(R"({"type":"state","reason":"refused"})");
  const auto count = [&](const std::string& type) {
    const auto all = sent(1);
    return std::count_if(all.begin(), all.end(), [&](const auto& text) {
      return Json::parse(text).value("type", "") == type;
    });
  };
  // A pong says that what was due before it was told.
  const auto told = [&] {
    const auto before = count("pong");
    sockets_.tick();
    sockets_.heard(1, kPing);
    EXPECT_TRUE(eventually(10s, [&] { return count("pong") > before; }));
    return count("next");
  };
  EXPECT_TRUE(eventually(10s, [&] { return told() == 2; }));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(told(), 2);
  clock.advance(20s);
  EXPECT_TRUE(eventually(10s, [&] { return told() == 3; }));
  EXPECT_EQ(told(), 3);
  clock.advance(60s);
  EXPECT_TRUE(eventually(10s, [&] { return told() == 5; }));
}

// What is not told is no execution either.
TEST_F(GraphqlTurns, EventsOfAnotherTypeCostNothing) {
  testkit::FakeClock clock(from_ms(0));
  http::RateLimit rate(clock, 2);
  router_.limit(&rate);
  open_and_let_in(1);
  const auto tell = follow(1, "a", "subscription { incidentChanges { by } }");
  for (int i = 0; i < 5; ++i) tell(R"({"type":"alert","labels":{}})");
  tell(R"({"type":"incident","by":"Ada"})");
  sockets_.tick();
  ASSERT_TRUE(eventually(10s, [&] { return sent(1).size() == 2; }));
  EXPECT_EQ(Json::parse(sent(1)[1])["payload"]["data"]["incidentChanges"]["by"], "Ada");
}

// However many connections it has.
TEST_F(GraphqlTurns, OneCallerLeavesThreadsToOthers) {
  for (SocketId id = 1; id <= 50; ++id) open_and_let_in(id);
  open_and_let_in(kOthers);
  for (SocketId id = 1; id <= 50; ++id) {
    sockets_.heard(id, subscribe("slow", "subscription { stateChanges { id } }"));
  }
  ASSERT_TRUE(eventually(10s, [&] { return gate_.waiting() > 0; }));
  sockets_.heard(kOthers, kPing);
  EXPECT_TRUE(eventually(10s, [&] { return sent(kOthers).size() == 2; }));
  EXPECT_LE(gate_.waiting(), GraphqlSockets::kThreadsOfCaller);
}

// One thread of the caller is held all the time, the other until all have said what they say.
TEST_F(GraphqlShortTurns, ATurnEndsWithItsTime) {
  static_assert(GraphqlSockets::kThreadsOfCaller == 2);
  for (SocketId id = 1; id <= 4; ++id) open_and_let_in(id);
  sockets_.heard(3, subscribe("slow", "subscription { stateChanges { id } }"));
  sockets_.heard(4, subscribe("slower", "subscription { stateChanges { id } }"));
  ASSERT_TRUE(eventually(10s, [&] { return gate_.waiting() + other_gate_.waiting() == 2; }));
  order_.clear();
  for (std::size_t i = 0; i < GraphqlSockets::kStepsOfTurn; ++i) sockets_.heard(1, kPing);
  sockets_.heard(2, kPing);
  other_gate_.open();
  ASSERT_TRUE(eventually(10s, [&] { return sent(2).size() == 2; }));
  ASSERT_TRUE(eventually(10s, [&] { return sent(1).size() == 1 + GraphqlSockets::kStepsOfTurn; }));
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(order_[0], 1U);
  EXPECT_EQ(order_[1], 2U);
}

TEST(Turns, GoRoundByCallerAndThenByConnection) {
  Turns turns(2);
  for (SocketId id = 1; id <= 4; ++id) turns.add("a", id);
  turns.add("b", 10);
  const auto next = [&] {
    const auto turn = turns.next();
    return turn ? turn->connection : 0;
  };
  EXPECT_EQ(next(), 1U);
  EXPECT_EQ(next(), 10U);
  EXPECT_EQ(next(), 2U);
  EXPECT_EQ(next(), 0U) << "a has two under way";
  turns.add("c", 20);
  EXPECT_EQ(next(), 20U);
  turns.ended({"a", 1});
  turns.add("a", 1);
  EXPECT_EQ(next(), 3U);
  EXPECT_EQ(next(), 0U);
  turns.ended({"a", 3});
  turns.ended({"a", 2});
  EXPECT_EQ(next(), 4U);
  EXPECT_EQ(next(), 1U);
  EXPECT_EQ(next(), 0U);
}

}  // namespace
}  // namespace monitron::api
