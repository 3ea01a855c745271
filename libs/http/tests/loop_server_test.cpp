// The server on a loop, by bytes on a socket: what it takes, in whatever pieces, and what it
// refuses (M-037).

#include "http/loop_server.hpp"

#include "http/client.hpp"
#include "raw_socket.hpp"

#include <atomic>
#include <future>
#include <gtest/gtest.h>
#include <mutex>
#include <thread>

namespace monitron::http {
namespace {

using namespace std::chrono_literals;
using Socket = testkit::RawSocket;

std::string post_of(const std::string& body, const std::string& headers = "") {
  return "POST /echo?a=%C3%A4+b&c HTTP/1.1\r\nHost: x\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

class LoopServerTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(server_.start()); }

  void handle(const Request& request, Responder responder) {
    if (request.path == "/hold") {
      const std::lock_guard lock(mutex_);
      held_.push_back(std::move(responder));
      gone_.push_back(request.gone);
      ++holding_;
      return;
    }
    if (request.path == "/throws") throw std::runtime_error("std::secret");
    if (request.path == "/forged") {
      return responder.send({200, "text/plain\r\nX-One: 1", "x", {{"X-Two", "a\r\nX-Three: 3"}}});
    }
    if (request.path == "/large")
      return responder.send(json_response(200, std::string(20u << 20, 'x')));
    const auto a = request.query_one("a").value_or("-");
    responder.send(json_response(200, std::string(to_string(request.method)) + "|" + a + "|" +
                                          request.header("x-many") + "|" + request.body + "|end"));
  }
  void answer_held() {
    const std::lock_guard lock(mutex_);
    for (auto& responder : held_) responder.send(json_response(200, "late|end"));
    held_.clear();
  }
  Socket open() { return Socket(server_.port()); }
  bool is_gone(std::size_t request) {
    const std::lock_guard lock(mutex_);
    return *gone_[request];
  }
  void wait_gone(std::size_t request) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!is_gone(request) && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    EXPECT_TRUE(is_gone(request));
  }

  std::mutex mutex_;
  std::vector<Responder> held_;
  std::vector<std::shared_ptr<const std::atomic<bool>>> gone_;
  std::atomic<int> holding_{0};
  LoopServer server_{{.max_body_bytes = 1u << 20, .max_bytes_in_flight = 2u << 20},
                     [this](const Request& request, Responder responder) {
                       handle(request, std::move(responder));
                     }};
};

TEST_F(LoopServerTest, ARequestInWhateverPieces) {
  auto socket = open();
  const auto request = post_of("hello", "X-Many: 1\r\nx-many: 2\r\nX-Request-Id: mine\r\n");
  for (const char byte : request) socket.say({&byte, 1});
  const auto answer = socket.hear("|end");
  EXPECT_EQ(answer.substr(0, 17), "HTTP/1.1 200 OK\r\n");
  EXPECT_NE(answer.find("\r\nX-Request-Id: mine\r\n"), std::string::npos) << answer;
  EXPECT_NE(answer.find("POST|\xc3\xa4 b|1, 2|hello|end"), std::string::npos) << answer;
}

TEST_F(LoopServerTest, ManyRequestsOfOneConnectionAreAnsweredInOrder) {
  auto socket = open();
  std::string all;
  for (int i = 0; i < 50; ++i) all += post_of(std::to_string(i));
  socket.say(all);
  for (int i = 0; i < 50; ++i) {
    EXPECT_NE(socket.hear("|end").find("||" + std::to_string(i) + "|end"), std::string::npos) << i;
  }
}

// As long as the gateway lets through, and told twice as it does (large_client_header_buffers).
TEST_F(LoopServerTest, AddressesMayBeAsLongAsQueriesAre) {
  auto socket = open();
  const std::string query = "a=" + std::string(32u << 10, 'x');
  socket.say("GET /q?" + query + " HTTP/1.1\r\nHost: x\r\nX-Original-Query: " + query + "\r\n\r\n");
  EXPECT_NE(socket.hear("|end").find("GET|" + query.substr(2) + "||"), std::string::npos);
}

TEST_F(LoopServerTest, ABodyInChunks) {
  auto socket = open();
  socket.say(
      "POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n" +
      post_of("next"));
  EXPECT_NE(socket.hear("|end").find("|abcdefg|end"), std::string::npos);
  EXPECT_NE(socket.hear("|end").find("|next|end"), std::string::npos);
}

TEST_F(LoopServerTest, LeaveIsGivenToWhoAsksForIt) {
  auto socket = open();
  socket.say("POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(socket.hear("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  socket.say("hi");
  EXPECT_NE(socket.hear("|end").find("|hi|end"), std::string::npos);
}

TEST_F(LoopServerTest, BodiesAreLimitedAndTheAnswerArrives) {
  auto fits = open();
  fits.say(post_of(std::string(1u << 20, 'x')));
  EXPECT_EQ(fits.hear("|end").substr(0, 12), "HTTP/1.1 200");
  for (const bool chunked : {false, true}) {
    auto socket = open();
    if (chunked) {
      socket.say("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n" +
                 std::string((1u << 20) + 1, 'x') + "\r\n0\r\n\r\n");
    } else {
      socket.say(post_of(std::string((1u << 20) + 1, 'x')));
    }
    const auto answer = socket.hear_all();
    EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 413") << chunked;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos);
  }
}

TEST_F(LoopServerTest, WhatIsNoRequestIsRefusedAndTheConnectionEnds) {
  for (const char* text :
       {"hello\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        "POST / HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "GET / HTTP/9.9\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}) {
    auto socket = open();
    socket.say(text);
    EXPECT_EQ(socket.hear_all().substr(0, 12), "HTTP/1.1 400") << text;
  }
  for (const char* target : {"/%00", "/a//b", "/../x", "/%2f", "x", "/?a=%ff", "*"}) {
    auto socket = open();
    socket.say("GET " + std::string(target) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(socket.hear_all().substr(0, 12), "HTTP/1.1 400") << target;
  }
}

TEST_F(LoopServerTest, TheConnectionEndsWhenItsClientSaysSo) {
  auto socket = open();
  socket.say("GET /x HTTP/1.0\r\n\r\n");
  EXPECT_NE(socket.hear_all().find("|end"), std::string::npos);
  auto head = open();
  head.say("HEAD /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const auto answer = head.hear_all();
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
  EXPECT_EQ(answer.find("|end"), std::string::npos);
}

TEST_F(LoopServerTest, NoHeaderBeginsAnotherLineAndNoExceptionIsTold) {
  auto socket = open();
  socket.say(
      "GET /forged HTTP/1.1\r\nHost: x\r\n\r\nGET /throws HTTP/1.1\r\nHost: x\r\n"
      "Connection: close\r\n\r\n");
  const auto answer = socket.hear_all();
  EXPECT_EQ(answer.find("\r\nX-One"), std::string::npos) << answer;
  EXPECT_EQ(answer.find("\r\nX-Three"), std::string::npos) << answer;
  EXPECT_NE(answer.find("HTTP/1.1 500"), std::string::npos) << answer;
  EXPECT_EQ(answer.find("secret"), std::string::npos);
}

// A client that does not read its answer, and one that never ends its request.
TEST_F(LoopServerTest, ASlowClientHoldsUpNobody) {
  auto greedy = open();
  greedy.say("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  auto slow = open();
  slow.say("POST /x HTTP/1.1\r\nContent-Le");
  for (int i = 0; i < 100; ++i) {
    auto socket = open();
    socket.say(post_of("x"));
    EXPECT_NE(socket.hear("|end").find("|x|end"), std::string::npos);
  }
  EXPECT_GT(greedy.hear("xxxx").size(), 0u);
}

TEST_F(LoopServerTest, BodiesBeyondWhatMayBeInFlightAnswer503) {
  auto first = open();
  const auto hold = [](const std::string& body) {
    auto request = post_of(body);
    return request.replace(request.find("/echo"), 5, "/hold");
  };
  first.say(hold(std::string(1u << 20, 'x')));
  while (holding_ < 1) std::this_thread::yield();
  auto second = open();
  second.say(hold(std::string(1u << 20, 'x')));
  while (holding_ < 2) std::this_thread::yield();
  auto third = open();
  third.say(post_of("x"));
  EXPECT_EQ(third.hear("\r\n").substr(0, 12), "HTTP/1.1 503");
  answer_held();
  EXPECT_EQ(first.hear("|end").substr(0, 12), "HTTP/1.1 200");
  EXPECT_EQ(second.hear("|end").substr(0, 12), "HTTP/1.1 200");
}

constexpr std::string_view kHold = "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n";

TEST_F(LoopServerTest, TellsWhenTheClientGoesAndOfNobodyElse) {
  auto stays = open();
  stays.say(kHold);
  while (holding_ < 1) std::this_thread::yield();
  auto goes = std::make_optional<Socket>(server_.port());
  goes->say(kHold);
  while (holding_ < 2) std::this_thread::yield();
  EXPECT_FALSE(is_gone(1));
  goes.reset();
  wait_gone(1);
  EXPECT_FALSE(is_gone(0));
  auto next = open();  // may get the number of the socket that was closed
  next.say(post_of("mine"));
  EXPECT_NE(next.hear("|end").find("|mine|end"), std::string::npos);
  answer_held();
  next.say(post_of("again"));
  EXPECT_NE(next.hear("|end").find("|again|end"), std::string::npos);
  EXPECT_NE(stays.hear("|end").find("late|end"), std::string::npos);
  EXPECT_FALSE(is_gone(0));
}

TEST_F(LoopServerTest, WhoOnlySendsNoMoreIsToldGoneAndStillAnswered) {
  auto socket = open();
  socket.say(std::string(kHold) + post_of("second"));
  while (holding_ < 1) std::this_thread::yield();
  socket.say_no_more();
  wait_gone(0);
  answer_held();
  const auto answers = socket.hear_all();
  EXPECT_NE(answers.find("late|end"), std::string::npos) << answers;
  EXPECT_NE(answers.find("|second|end"), std::string::npos) << answers;
}

// What comes early beyond 64 KiB is left with the client, and is read in the end.
TEST_F(LoopServerTest, WhatComesDuringAnAnswerIsHeldWithinBounds) {
  auto socket = open();
  socket.say(kHold);
  while (holding_ < 1) std::this_thread::yield();
  const std::string large(900'000, 'x');
  std::thread writer([&] { socket.say(post_of(large) + post_of("last")); });
  answer_held();
  EXPECT_NE(socket.hear("late|end").find("late|end"), std::string::npos);
  EXPECT_NE(socket.hear("x|end").find("x|end"), std::string::npos);
  EXPECT_NE(socket.hear("|last|end").find("|last|end"), std::string::npos);
  writer.join();
}

TEST(LoopServer, AnswersThatNobodyTakesAreBounded) {
  LoopServer server({.max_answer_bytes = 30u << 20}, [](const Request&, Responder responder) {
    responder.send(json_response(200, std::string(20u << 20, 'x') + "|end"));
  });
  ASSERT_TRUE(server.start());
  Socket slow(server.port());
  slow.say("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(slow.hear("\r\n").substr(0, 12), "HTTP/1.1 200");
  Socket second(server.port());
  second.say("GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(second.hear("\r\n").substr(0, 12), "HTTP/1.1 503");
  EXPECT_TRUE(slow.hear("|end").ends_with("|end"));
  Socket third(server.port());
  third.say("GET /c HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(third.hear("\r\n").substr(0, 12), "HTTP/1.1 200");
}

TEST(LoopServer, SmallAnswersPassWhileALargeOneIsRead) {
  LoopServer server({.max_answer_bytes = 10u << 20}, [](const Request& request, Responder to) {
    to.send(
        json_response(200, std::string(request.path == "/large" ? 30u << 20 : 100, 'x') + "|end"));
  });
  ASSERT_TRUE(server.start());
  Socket slow(server.port());
  slow.say("GET /large HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(slow.hear("\r\n").substr(0, 12), "HTTP/1.1 200");
  Socket second(server.port());
  second.say("GET /small HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(second.hear("\r\n").substr(0, 12), "HTTP/1.1 200");
  EXPECT_TRUE(slow.hear("|end").ends_with("|end"));
}

TEST_F(LoopServerTest, DrainAnswersWhatIsInFlight) {
  auto held = open();
  held.say("GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
  while (holding_ < 1) std::this_thread::yield();
  EXPECT_FALSE(server_.drain(20ms));
  auto late = open();
  late.say(post_of("x"));
  EXPECT_EQ(late.hear("\r\n").substr(0, 12), "HTTP/1.1 503");
  answer_held();
  EXPECT_TRUE(server_.drain(5s));
  EXPECT_NE(held.hear("|end").find("late|end"), std::string::npos);
}

TEST_F(LoopServerTest, AnswersFromManyThreadsAtOnce) {
  std::vector<std::future<int>> askers;
  for (int i = 0; i < 8; ++i) {
    askers.push_back(std::async(std::launch::async, [this] {
      auto socket = open();
      int good = 0;
      for (int j = 0; j < 1000; ++j) {
        socket.say(post_of(std::to_string(j)));
        const auto answer = socket.hear("|end");
        good += answer.find("||" + std::to_string(j) + "|end") != std::string::npos ? 1 : 0;
      }
      return good;
    }));
  }
  for (auto& asker : askers) EXPECT_EQ(asker.get(), 1000);
}

TEST(LoopServer, AnAnswerAfterItsEndIsLost) {
  std::optional<Responder> late;
  std::atomic<bool> here{false};
  auto server =
      std::make_unique<LoopServer>(ServerConfig{}, [&](const Request&, Responder responder) {
        late.emplace(std::move(responder));
        here = true;
      });
  ASSERT_TRUE(server->start());
  Socket socket(server->port());
  socket.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  while (!here) std::this_thread::yield();
  server.reset();
  late->send(json_response(200, "{}"));
  EXPECT_EQ(socket.hear_all(), "");
}

TEST(LoopServer, TwoDoNotShareAPort) {
  LoopServer first({}, [](const Request&, const Responder&) {});
  ASSERT_TRUE(first.start());
  LoopServer second({.port = first.port()}, [](const Request&, const Responder&) {});
  const auto started = second.start();
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().text.find("address already in use"), std::string::npos)
      << started.error().text;
  LoopServer third({.address = "no.such.address.invalid"}, [](const Request&, const Responder&) {});
  EXPECT_FALSE(third.start());
}

}  // namespace
}  // namespace monitron::http
