#include "http/socket_server.hpp"

#include "http/client.hpp"
#include "testkit/web_socket.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <mutex>
#include <thread>

namespace monitron::http {
namespace {

using testkit::WebSocket;

class Sockets : public ::testing::Test {
 protected:
  static SocketConfig config() {
    SocketConfig config;
    config.queue_messages = 100;
    config.stuck = std::chrono::milliseconds(300);
    return config;
  }

  bool wait_for(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }

  std::atomic<SocketId> last_{0};
  std::atomic<int> closed_{0};
  std::mutex mutex_;
  Request seen_;
  std::unique_ptr<SocketServer> server_ = std::make_unique<SocketServer>(
      config(),
      SocketServer::Events{
          [this](const Request& request) {
            const std::lock_guard lock(mutex_);
            seen_ = request;
            const bool good = request.query_one("ticket") == "good";
            return good ? std::nullopt
                        : std::optional(Problem{.status = 401, .detail = "no ticket"});
          },
          [this](SocketId id, const Request&) { last_ = id; }, [this](SocketId) { ++closed_; }});
};

TEST_F(Sockets, RefusesBeforeAnythingIsSent) {
  ASSERT_TRUE(server_->start());
  WebSocket refused(server_->port(), "/api/v1/stream?ticket=bad");
  EXPECT_EQ(refused.status(), 401);
  EXPECT_NE(refused.refusal().find("\"status\":401"), std::string::npos) << refused.refusal();
  EXPECT_NE(refused.refusal().find("\"detail\":\"no ticket\""), std::string::npos);
  EXPECT_EQ(last_, 0u);
  const auto plain =
      fetch({Method::get, "http://127.0.0.1:" + std::to_string(server_->port()) + "/x"});
  ASSERT_TRUE(plain) << plain.error().text;
  EXPECT_EQ(plain->status, 426);
}

TEST_F(Sockets, SendsTextInOrderAndDecodesArguments) {
  ASSERT_TRUE(server_->start());
  WebSocket client(server_->port(), "/api/v1/stream?ticket=good&metric_type=c%20pu",
                   {{"Origin", "https://x.example"}, {"Authorization", "Bearer t"}});
  ASSERT_EQ(client.status(), 101);
  ASSERT_TRUE(wait_for([&] { return last_ != 0; }));
  EXPECT_EQ(seen_.query_one("metric_type"), "c pu");
  EXPECT_EQ(seen_.header("origin"), "https://x.example");
  EXPECT_EQ(seen_.header("authorization"), "Bearer t");
  EXPECT_EQ(seen_.path, "/api/v1/stream");
  const SocketFrame shared("shared");
  server_->send(last_, shared);
  server_->send(last_, shared);
  server_->send(last_, SocketFrame(std::string(100'000, 'x')));
  EXPECT_EQ(client.receive(), "shared");
  EXPECT_EQ(client.receive(), "shared");
  EXPECT_EQ(client.receive()->size(), 100'000u);
  EXPECT_TRUE(server_->is_open(last_));
  server_->close(last_, 1008, "revoked");
  EXPECT_FALSE(client.receive());
  EXPECT_EQ(client.close_code(), 1008);
  EXPECT_TRUE(wait_for([&] { return closed_ == 1; }));
  EXPECT_FALSE(server_->is_open(last_));
  EXPECT_EQ(server_->stats().sessions, 0u);
}

// None is left out in silence.
TEST_F(Sockets, ReadsAllArgumentsOrRefuses) {
  ASSERT_TRUE(server_->start());
  const auto many = [](int count) {
    std::string query = "/?";
    for (int i = 0; i < count; ++i) query += "server_id=" + std::to_string(i) + "&";
    return query + "ticket=good";
  };
  for (const int count : {31, 32, 63}) {
    EXPECT_EQ(WebSocket(server_->port(), many(count)).status(), 101) << count;
    EXPECT_EQ(seen_.query.count("server_id"), static_cast<std::size_t>(count));
  }
  const WebSocket refused(server_->port(), many(64));
  EXPECT_EQ(refused.status(), 400);
  EXPECT_NE(refused.refusal().find("more than 64 parameters"), std::string::npos);
  const std::vector<std::string> queries = {"a=1&&b=2&", "&a&b=2&",
                                            "a=" + std::string(30'000, 'x') + "&b=2&"};
  for (const auto& query : queries) {
    EXPECT_EQ(WebSocket(server_->port(), "/?" + query + "ticket=good").status(), 101);
    EXPECT_EQ(seen_.query_one("b"), "2");
  }
}

TEST_F(Sockets, ASlowReaderIsToldWhatItMissedAndThenClosed) {
  ASSERT_TRUE(server_->start());
  WebSocket slow(server_->port(), "/?ticket=good");
  ASSERT_TRUE(wait_for([&] { return last_ != 0; }));
  const SocketId slow_id = last_;
  WebSocket quick(server_->port(), "/?ticket=good");
  ASSERT_TRUE(wait_for([&] { return last_ != slow_id; }));
  const SocketFrame big(std::string(64 << 10, 'x'));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(8);
  while (server_->stats().sessions == 2 && std::chrono::steady_clock::now() < end) {
    server_->send(slow_id, big);
    server_->send(last_, SocketFrame("ok"));
    ASSERT_EQ(quick.receive(), "ok");
  }
  EXPECT_EQ(server_->stats().sessions, 1u);
  EXPECT_GT(server_->stats().dropped, 0u);
}

TEST_F(Sockets, DropsAreAnnounced) {
  ASSERT_TRUE(server_->start());
  WebSocket client(server_->port(), "/?ticket=good");
  ASSERT_TRUE(wait_for([&] { return last_ != 0; }));
  const SocketFrame big(std::string(200 << 10, 'x'));
  for (int i = 0; i < 100; ++i) server_->send(last_, big);
  bool told = false;
  while (const auto text = client.receive(std::chrono::milliseconds(300))) {
    told = told || text->starts_with(R"({"type":"dropped","count":)");
  }
  EXPECT_TRUE(told);
  EXPECT_FALSE(client.closed());
}

TEST_F(Sockets, StopsWithClientsConnected) {
  ASSERT_TRUE(server_->start());
  std::vector<std::unique_ptr<WebSocket>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<WebSocket>(server_->port(), "/?ticket=good"));
  }
  ASSERT_TRUE(wait_for([&] { return server_->stats().sessions == 20; }));
  server_.reset();
  EXPECT_FALSE(clients[0]->receive());
  EXPECT_TRUE(clients[0]->closed());
  EXPECT_EQ(clients[0]->close_code(), 1001);
}

}  // namespace
}  // namespace monitron::http
