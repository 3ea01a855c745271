// Who is let in to the live stream, how many of them, and what those cost who are not.

#include "auth/token.hpp"
#include "stream_scene.hpp"
#include "testkit/eventually.hpp"

#include <pqxx/pqxx>

namespace monitron::api {
namespace {

using testkit::eventually;
using testkit::WebSocket;
using namespace std::chrono_literals;

class StreamAccess : public StreamTest<ApiTest> {
 protected:
  std::unique_ptr<WebSocket> open(const std::string& token, const std::string& from = "",
                                  const std::string& query = "topics=checks") {
    HeaderList headers = {{"Authorization", "Bearer " + token}};
    if (!from.empty()) headers.emplace_back("X-Forwarded-For", from);
    return std::make_unique<WebSocket>(stream_->port(), "/api/v1/stream?" + query, headers);
  }
  std::unique_ptr<WebSocket> open_graphql(const std::string& token) {
    const HeaderList headers = {{"Authorization", "Bearer " + token},
                                {"Sec-WebSocket-Protocol", "graphql-transport-ws"}};
    auto socket = std::make_unique<WebSocket>(stream_->port(), "/api/v1/graphql", headers);
    socket->send(R"({"type":"connection_init"})");
    return socket;
  }
  // Somebody's own connections, however they came.
  static bool stays(WebSocket& socket) {
    (void)socket.receive(200ms);
    return !socket.closed();
  }
  static std::string made_up() { return auth::make_token(auth::TokenKind::api).text; }
};

// S-14: one bound for both kinds of connections.
TEST_F(StreamAccess, ACallerHasSoManyConnectionsOfBothKinds) {
  const auto usual = std::exchange(api().config.streams_of_caller, 3);
  const auto token = api().api_token({"graphql:query", "checks:read"});
  std::vector<std::unique_ptr<WebSocket>> all;
  all.push_back(open(token));
  all.push_back(open_graphql(token));
  all.push_back(open(token));
  for (auto& one : all) EXPECT_TRUE(stays(*one));
  for (const bool graphql : {false, true}) {
    auto more = graphql ? open_graphql(token) : open(token);
    EXPECT_FALSE(more->receive());
    EXPECT_EQ(more->close_code(), 1013) << graphql;
    EXPECT_EQ(more->close_reason(), "too many connections");
  }
  EXPECT_TRUE(stays(*open(api().api_token({"checks:read"})))) << "somebody else";
  all.erase(all.begin());
  EXPECT_TRUE(eventually(10s, [&] { return stays(*open(token)); }));
  api().config.streams_of_caller = usual;
}

// S-14: what is looked up for strangers, who are counted, holds up nobody who asks.
TEST_F(StreamAccess, StrangersAreFewAndTakeNoThreadOfOthers) {
  const auto viewer = api().viewer();
  ASSERT_EQ(api().get("/api/v1/me", viewer).status, 200);
  std::vector<std::unique_ptr<WebSocket>> all;
  {
    pqxx::connection connection(api().config.database_url);
    pqxx::work tx(connection);
    tx.exec0("LOCK TABLE api_tokens IN ACCESS EXCLUSIVE MODE");
    for (std::size_t i = 0; i < Strangers::kMostOfNetwork; ++i) {
      all.push_back(open(made_up(), "10.1.0.1"));
      ASSERT_EQ(all.back()->status(), 101);
    }
    EXPECT_EQ(open(made_up(), "10.1.0.1")->status(), 503);
    EXPECT_EQ(open(made_up(), "10.1.0.2")->status(), 101);
    EXPECT_EQ(api().get("/api/v1/me", viewer).status, 200);
  }
  for (auto& one : all) {
    EXPECT_FALSE(one->receive());
    EXPECT_EQ(one->close_code(), 1008);
  }
  EXPECT_TRUE(eventually(10s, [&] { return open(made_up(), "10.1.0.1")->status() == 101; }));
}

// Made-up credentials are requests of their address, as elsewhere.
TEST_F(StreamAccess, HandshakesCountAsRequestsOfTheirAddress) {
  http::RateLimit rate(system_clock(), 2);
  api().router->limit(&rate);
  for (int i = 0; i < 3; ++i) {
    auto one = open(made_up(), "10.1.0.3");
    EXPECT_FALSE(one->receive());
    EXPECT_EQ(one->close_code(), i < 2 ? 1008 : 1013);
  }
  auto other = open(made_up(), "10.1.0.4");
  EXPECT_FALSE(other->receive());
  EXPECT_EQ(other->close_code(), 1008);
  api().router->limit(nullptr);
}

}  // namespace
}  // namespace monitron::api
