// Clients that mean harm, at the server on a loop: each is ended, and what all of them together
// take is bounded (M-037).

#include "http/loop_server.hpp"
#include "raw_socket.hpp"
#include "testkit/eventually.hpp"

#include <deque>
#include <gtest/gtest.h>
#include <mutex>

namespace monitron::http {
namespace {

using namespace std::chrono_literals;
using testkit::RawSocket;

const std::string kChunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string post_of(std::size_t size) {
  return "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
         std::string(size, 'x');
}

class HostileClients : public testing::Test {
 protected:
  void start(const ServerConfig& config) {
    server_.emplace(config, [this](const Request& request, Responder responder) {
      if (request.path == "/hold") {
        const std::lock_guard lock(mutex_);
        held_.push_back(std::move(responder));
      } else if (request.path == "/large") {
        responder.send(json_response(200, std::string(kLarge, 'x')));
      } else {
        responder.send(json_response(200, "good|end"));
      }
    });
    ASSERT_TRUE(server_->start());
  }
  RawSocket open() { return RawSocket(server_->port()); }
  bool is_held() {
    const std::lock_guard lock(mutex_);
    return !held_.empty();
  }
  void answer_held() {
    const std::lock_guard lock(mutex_);
    for (auto& responder : held_) responder.send(json_response(200, "late|end"));
    held_.clear();
  }
  void expect_still_served() {
    auto good = open();
    good.say(post_of(1));
    EXPECT_EQ(good.hear("|end").substr(0, 12), "HTTP/1.1 200");
  }

  static constexpr std::size_t kLarge = 64u << 20;
  std::mutex mutex_;
  std::vector<Responder> held_;
  std::optional<LoopServer> server_;
};

// Lines of headers, and what stands in their place elsewhere: chunks' extensions and trailers.
// S-08.
TEST_F(HostileClients, HeadsWithoutEndAreRefused) {
  start({});
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "x" + std::to_string(i) + ": 1\r\n";
  const std::string one = "x: " + std::string(200'000, 'x');
  for (const auto& text :
       {"GET / HTTP/1.1\r\n" + one, "GET / HTTP/1.1\r\n" + many,
        "GET /" + std::string(200'000, 'x'), kChunked + "1;" + std::string(200'000, 'x'),
        kChunked + "0\r\n" + many, "GET / HTTP/1.1\r\n" + std::string(200'000, 'x')}) {
    auto socket = open();
    socket.say(text);
    EXPECT_EQ(socket.hear_all().substr(0, 12), "HTTP/1.1 400") << text.substr(0, 80);
  }
  expect_still_served();
}

// S-08.
TEST_F(HostileClients, ChunksOfWrongSizesAreRefused) {
  start({.max_body_bytes = 1u << 20});
  for (const char* chunk :
       {"-1\r\nx", "0x5\r\nabcde", "\r\nabc", " 5\r\nabcde", "5\r\nabcdefgh\r\n",
        "ffffffffffffffffff\r\nx", "fffffffffffffff0\r\nx", "g\r\n"}) {
    auto socket = open();
    socket.say(kChunked + chunk);
    EXPECT_EQ(socket.hear_all().substr(0, 12), "HTTP/1.1 400") << chunk;
  }
  auto socket = open();
  socket.say(kChunked + "7fffffffffffffff\r\n" + std::string((1u << 20) + 1, 'x'));
  EXPECT_EQ(socket.hear_all().substr(0, 12), "HTTP/1.1 413");
  expect_still_served();
}

TEST_F(HostileClients, ARequestThatDoesNotEndIsEndedInTime) {
  start({.request_timeout = 300ms});
  auto head = open();
  head.say("POST / HTTP/1.1\r\nContent-Le");
  auto body = open();
  body.say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nxx");
  auto chunk = open();
  chunk.say(kChunked + "9\r\nxx");
  EXPECT_EQ(head.hear_all() + body.hear_all() + chunk.hear_all(), "");
  // Not the pause between two bytes counts, but all of the time.
  auto slow = open();
  slow.say("POST / HTTP/1.1\r\nx: ");
  EXPECT_TRUE(testkit::eventually(8s, [&] {
    if (!slow.speaks()) slow.say("x");
    return slow.speaks();
  }));
  EXPECT_EQ(slow.hear_all(), "");
  expect_still_served();
}

TEST_F(HostileClients, WhoDoesNotReadItsAnswerIsEndedInTime) {
  start({.request_timeout = 300ms});
  auto deaf = open();
  deaf.say("GET /large HTTP/1.1\r\nHost: x\r\n\r\nGET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(testkit::eventually(5s, [&] { return deaf.speaks(); }));
  EXPECT_TRUE(server_->drain(8s)) << "the answer is kept";
  EXPECT_LT(deaf.hear_all().size(), kLarge);
  EXPECT_FALSE(is_held()) << "the request behind it";
}

TEST_F(HostileClients, HalfBodiesOfManyAreBounded) {
  constexpr std::size_t kBody = 100'000;
  start({.max_body_bytes = kBody, .max_bytes_in_flight = 2 * kBody + 10'000});
  const auto whole = post_of(kBody);
  std::deque<RawSocket> sockets;
  for (int i = 0; i < 10; ++i) {
    sockets.emplace_back(server_->port()).say(std::string_view(whole).substr(0, whole.size() - 10));
  }
  const auto count = [&] {
    return std::count_if(sockets.begin(), sockets.end(), [](auto& s) { return s.speaks(); });
  };
  ASSERT_TRUE(testkit::eventually(5s, [&] { return count() == 8; })) << count();
  for (auto& socket : sockets) {
    if (!socket.speaks()) {
      socket.say(std::string(10, 'x'));
      EXPECT_EQ(socket.hear("|end").substr(0, 12), "HTTP/1.1 200") << "there was room for two";
    } else {
      const auto answer = socket.hear_all();
      EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 503");
      EXPECT_NE(answer.find("Retry-After"), std::string::npos) << answer;
    }
  }
  expect_still_served();
}

// What waits behind a request that is being answered is not kept for ever more of it.
TEST_F(HostileClients, WhatIsSentAheadIsBounded) {
  start({.max_body_bytes = 1000, .max_bytes_in_flight = 1000});
  auto eager = open();
  std::string all = "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n";
  for (int i = 0; i < 50; ++i) all += post_of(100);
  eager.say(all);
  ASSERT_TRUE(testkit::eventually(5s, [&] { return is_held(); }));
  answer_held();
  const auto answers = eager.hear_all();
  EXPECT_NE(answers.find("late|end"), std::string::npos) << answers;
  EXPECT_EQ(answers.find("good|end"), std::string::npos) << answers;
  expect_still_served();
}

TEST_F(HostileClients, AFloodOfConnectionsIsCutOff) {
  start({.max_connections = 10});
  std::deque<RawSocket> sockets;
  for (int i = 0; i < 100; ++i) sockets.emplace_back(server_->port());
  for (std::size_t i = 10; i < sockets.size(); ++i) EXPECT_EQ(sockets[i].hear_all(), "") << i;
  for (std::size_t i = 0; i < 10; ++i) {
    sockets[i].say(post_of(1));
    EXPECT_EQ(sockets[i].hear("|end").substr(0, 12), "HTTP/1.1 200") << i;
  }
  sockets.clear();
  EXPECT_TRUE(testkit::eventually(5s, [&] {
    auto later = open();
    later.say(post_of(1));
    return later.hear("|end").ends_with("|end");
  }));
}

}  // namespace
}  // namespace monitron::http
