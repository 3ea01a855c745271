// Subscriptions of GraphQL over WebSocket, as clients say and hear it.

#include "contracts/check_state_changed.hpp"
#include "contracts/incident_changed.hpp"
#include "graphql_scene.hpp"
#include "stream_scene.hpp"
#include "testkit/eventually.hpp"

#include <limits>

namespace monitron::api {
namespace {

using testkit::WebSocket;
using namespace std::chrono_literals;

class GraphqlSocket : public StreamTest<GraphqlTest> {
 protected:
  std::unique_ptr<WebSocket> open(const std::string& query = "", HeaderList headers = {}) {
    headers.emplace_back("Sec-WebSocket-Protocol", "graphql-transport-ws");
    return std::make_unique<WebSocket>(stream_->port(), "/api/v1/graphql" + query, headers);
  }
  static void say(WebSocket& socket, const Json& message) { socket.send(message.dump()); }
  static Json hear(WebSocket& socket, std::chrono::milliseconds deadline = 5s) {
    const auto text = socket.receive(deadline);
    return text ? Json::parse(*text) : Json();
  }
  std::unique_ptr<WebSocket> let_in(const std::string& token) {
    auto socket = open();
    EXPECT_EQ(socket->status(), 101);
    say(*socket,
        {{"type", "connection_init"}, {"payload", {{"Authorization", "Bearer " + token}}}});
    EXPECT_EQ(hear(*socket), (Json{{"type", "connection_ack"}}));
    return socket;
  }
  static Json subscription(const std::string& id, const std::string& query,
                           const Json& variables = nullptr) {
    return {{"type", "subscribe"},
            {"id", id},
            {"payload", {{"query", query}, {"variables", variables}}}};
  }
  // A pong says that all that was said before is done.
  static void settle(WebSocket& socket) {
    say(socket, {{"type", "ping"}});
    EXPECT_EQ(hear(socket), (Json{{"type", "pong"}}));
  }
  // What comes of the message; null: nothing.
  Json told(WebSocket& socket, const contracts::Message& message) {
    stream_->take(message);
    stream_->flush();
    return hear(socket, 2s);
  }
  static std::string code(const Json& answer) {
    if (answer.value("type", "") != "error" || answer["payload"].size() != 1) return answer.dump();
    return answer["payload"][0]["extensions"].value("code", "");
  }

  static contracts::Message samples(const SourceId& source, int count = 1) {
    const std::vector<contracts::Series> series = {{"node_load1", {{"host", "a"}}},
                                                   {"node_load5", {{"host", "a"}}}};
    contracts::Block block;
    block.dictionary = contracts::pack_dictionary(series);
    block.series_count = 2;
    for (int i = 0; i < count; ++i) {
      block.frames.push_back(
          {std::int64_t{1'000} * i, {1.5, std::numeric_limits<double>::quiet_NaN()}});
    }
    contracts::Envelope envelope;
    envelope.batches = {{.id = {.source = source}, .blocks = {block}}};
    contracts::Message message;
    message.type = contracts::Envelope::contract.type;
    message.body = contracts::encode(envelope);
    return message;
  }
  static contracts::Message state(const std::string& check, domain::CheckStatus status,
                                  int slot = 1) {
    contracts::CheckStateChanged change{.check_id = *CheckId::parse(check),
                                        .name = "shop",
                                        .labels = {{"env", "prod"}},
                                        .instance_id = std::nullopt,
                                        .status = status,
                                        .previous = domain::CheckStatus::up,
                                        .location = "eu",
                                        .reason = "refused",
                                        .slot = from_ms(std::int64_t{1'000} * slot),
                                        .at = from_ms(std::int64_t{1'000} * slot)};
    return contracts::to_message(change);
  }
};

// M-011, M-171: what the live stream tells, in the fields that are asked for, with what leads on
// from it.
TEST_F(GraphqlSocket, TellsOfStatesWithWhatTheyLeadTo) {
  const auto check = make_check("followed by graphql");
  auto socket = let_in(api().viewer());
  EXPECT_EQ(socket->protocol(), "graphql-transport-ws");
  say(*socket, subscription("s",
                            "subscription Down($label: [String!]) { changed: stateChanges(label: "
                            "$label) { status previousStatus labels timestamp check { name kind } "
                            "} }",
                            {{"label", {"env:prod"}}}));
  say(*socket,
      subscription("other", "subscription { stateChanges(label: [\"env:test\"]) { id } }"));
  settle(*socket);
  const auto answer = told(*socket, state(check, domain::CheckStatus::down));
  EXPECT_EQ(answer,
            (Json{{"id", "s"},
                  {"type", "next"},
                  {"payload",
                   {{"data",
                     {{"changed",
                       {{"status", "down"},
                        {"previousStatus", "up"},
                        {"labels", {{"env", "prod"}}},
                        {"timestamp", "1970-01-01T00:00:01.000Z"},
                        {"check", {{"name", "followed by graphql"}, {"kind", "tcp"}}}}}}}}}}));

  say(*socket, {{"type", "complete"}, {"id", "s"}});
  settle(*socket);
  EXPECT_TRUE(told(*socket, state(check, domain::CheckStatus::up, 2)).is_null());
}

TEST_F(GraphqlSocket, GathersSamplesAndCountsWhatIsTooMuchAtOnce) {
  const auto source = SourceId::make();
  auto socket = let_in(api().viewer());
  say(*socket,
      subscription("m",
                   "subscription($server: [ID!]) { samples(serverId: $server, metricName: "
                   "[\"node_load1\"]) { nodes { serverId metricName value labels } leftOut } }",
                   {{"server", {source.str()}}}));
  settle(*socket);
  auto first = told(*socket, samples(source));
  EXPECT_EQ(first["payload"]["data"]["samples"], (Json{{"nodes",
                                                        {{{"serverId", source.str()},
                                                          {"metricName", "node_load1"},
                                                          {"value", 1.5},
                                                          {"labels", {{"host", "a"}}}}}},
                                                       {"leftOut", 0}}));
  const auto most = static_cast<int>(GraphqlSockets::kMostEvents);
  const auto many = told(*socket, samples(source, most + 5))["payload"]["data"]["samples"];
  EXPECT_EQ(many["nodes"].size(), GraphqlSockets::kMostEvents);
  EXPECT_EQ(many["leftOut"], 5);
  EXPECT_TRUE(told(*socket, samples(SourceId::make())).is_null());
}

TEST_F(GraphqlSocket, LostSamplesEndTheirOperation) {
  auto socket = let_in(api().viewer());
  stream_->tapped({.samples = 1, .events = 1});
  say(*socket, subscription("m", "subscription { samples { leftOut } }"));
  say(*socket, subscription("s", "subscription { stateChanges { id } }"));
  settle(*socket);
  stream_->tapped({.samples = 2, .events = 1});
  stream_->flush();
  const auto ended = hear(*socket);
  EXPECT_EQ(ended["id"], "m");
  EXPECT_EQ(code(ended), "LOST");
  settle(*socket);
}

// What other events would make wrong ends instead of going on with a hole.
TEST_F(GraphqlSocket, AnOperationWhoseEventsWereLostEnds) {
  const auto check = make_check("lost");
  auto socket = let_in(api().viewer());
  say(*socket, subscription("s", "subscription { stateChanges { id } }"));
  settle(*socket);
  stream_->tapped({.samples = 1, .events = 1});
  stream_->tapped({.samples = 1, .events = 2});
  stream_->flush();
  auto answer = hear(*socket);
  EXPECT_EQ(answer["id"], "s");
  EXPECT_EQ(code(answer), "LOST");

  say(*socket, subscription("s", "subscription { stateChanges { id } }"));
  settle(*socket);
  for (std::size_t i = 0; i <= GraphqlSockets::kMostEvents; ++i) {
    stream_->take(state(check, domain::CheckStatus::down, static_cast<int>(i) + 10));
  }
  stream_->flush();
  for (std::size_t i = 0; i < GraphqlSockets::kMostEvents; ++i) {
    ASSERT_EQ(hear(*socket).value("type", ""), "next") << i;
  }
  EXPECT_EQ(code(hear(*socket)), "LOST");
}

// What somebody does about an incident is no alert, and the other way round.
TEST_F(GraphqlSocket, TellsAlertsFromIncidents) {
  auto socket = let_in(api().viewer());
  say(*socket,
      subscription("a", "subscription { alertChanges { ruleName state incident { id } } }"));
  say(*socket, subscription("i", "subscription { incidentChanges { action by } }"));
  settle(*socket);
  contracts::Message alert;
  alert.type = "alert.changed";
  alert.message_id = Uuid::make().str();
  alert.body = Json{{"incident_id", Uuid::make().str()},
                    {"rule_name", "full"},
                    {"state", "firing"},
                    {"severity", "critical"},
                    {"labels", Json::object()}}
                   .dump();
  const auto first = told(*socket, alert);
  EXPECT_EQ(first["id"], "a");
  EXPECT_EQ(first["payload"]["data"]["alertChanges"]["ruleName"], "full") << first;
  EXPECT_TRUE(first["payload"]["data"]["alertChanges"]["incident"].is_null());
  const contracts::IncidentChanged change{.change_id = Uuid::make(),
                                          .incident_id = IncidentId::make(),
                                          .action = "acknowledged",
                                          .state = "acknowledged",
                                          .by = "ann",
                                          .at = from_ms(1)};
  const auto second = told(*socket, contracts::to_message(change));
  EXPECT_EQ(
      second,
      (Json{{"id", "i"},
            {"type", "next"},
            {"payload",
             {{"data", {{"incidentChanges", {{"action", "acknowledged"}, {"by", "ann"}}}}}}}}));
  // What is another user's own is told to nobody else.
  auto own = change;
  own.change_id = Uuid::make();
  own.audience = UserId::make();
  EXPECT_TRUE(told(*socket, contracts::to_message(own)).is_null());
}

// S9, S14: the permissions of the stream's topics and of REST.
TEST_F(GraphqlSocket, WhoMayNotFollowIsToldSo) {
  const auto script = api().api_token({"graphql:query", "metrics:read", "checks:read"});
  auto socket = let_in(script);
  say(*socket, subscription("i", "subscription { incidentChanges { id } }"));
  EXPECT_EQ(code(hear(*socket)), "FORBIDDEN");
  say(*socket, subscription("s", "subscription { stateChanges { id } }"));
  settle(*socket);
  EXPECT_EQ(told(*socket, state(make_check("seen"), domain::CheckStatus::down))["type"], "next");

  auto other = open("", {{"Authorization", "Bearer " + api().api_token({"checks:read"})}});
  say(*other, {{"type", "connection_init"}});
  EXPECT_TRUE(hear(*other).is_null());
  EXPECT_EQ(other->close_code(), 4403);
}

TEST_F(GraphqlSocket, RefusesWhatIsNoSubscription) {
  auto socket = let_in(api().viewer());
  const auto refused = [&](const std::string& query, const Json& variables = nullptr) {
    say(*socket, subscription("x", query, variables));
    return code(hear(*socket));
  };
  EXPECT_EQ(refused("{ me { email } }"), "OPERATION");
  EXPECT_EQ(refused("{ me { email } } #" + std::string(20'000, 'x')), "OPERATION");
  EXPECT_EQ(refused("mutation { enableCheck(id: \"x\") { id } }"), "OPERATION");
  EXPECT_EQ(refused("subscription {"), "SYNTAX");
  EXPECT_EQ(refused("subscription { stateChanges { nothing } }"), "VALIDATION");
  EXPECT_EQ(refused("subscription { stateChanges { id } alertChanges { id } }"), "VALIDATION");
  EXPECT_EQ(refused("subscription($s: [ID!]!) { samples(serverId: $s) { leftOut } }"), "VARIABLES");
  EXPECT_EQ(refused("subscription { stateChanges(label: [\"env\"]) { id } }"), "INVALID");
  std::string aliases;
  for (int i = 0; i < 31; ++i) aliases += " a" + std::to_string(i) + ": id";
  EXPECT_EQ(refused("subscription { stateChanges {" + aliases + " } }"), "LIMITS");
  // Each was ended: its id is free.
  say(*socket, subscription("x", "subscription { stateChanges { id } }"));
  settle(*socket);

  const auto by_http = post(api().viewer(), "subscription { stateChanges { id } }");
  EXPECT_EQ(by_http.json["errors"][0]["extensions"]["code"], "OPERATION") << by_http.text;
}

TEST_F(GraphqlSocket, AConnectionHasSoManyOperations) {
  auto socket = let_in(api().viewer());
  for (std::size_t i = 0; i < GraphqlSockets::kMostOperations; ++i) {
    say(*socket, subscription(std::to_string(i), "subscription { stateChanges { id } }"));
  }
  settle(*socket);
  say(*socket, subscription("more", "subscription { stateChanges { id } }"));
  EXPECT_EQ(code(hear(*socket)), "LIMITS");
  say(*socket, {{"type", "complete"}, {"id", "0"}});
  say(*socket, subscription("more", "subscription { stateChanges { id } }"));
  settle(*socket);
}

TEST_F(GraphqlSocket, ClosesWhoBreaksTheProtocol) {
  const auto closed = [&](WebSocket& socket, const std::string& text) {
    socket.send(text);
    while (socket.receive()) {
    }
    return socket.close_code();
  };
  auto twice = let_in(api().viewer());
  EXPECT_EQ(closed(*twice, R"({"type":"connection_init"})"), 4429);
  auto unknown = let_in(api().viewer());
  EXPECT_EQ(closed(*unknown, "{}"), 4400);
  auto same = let_in(api().viewer());
  const auto asked = subscription("1", "subscription { stateChanges { id } }");
  say(*same, asked);
  EXPECT_EQ(closed(*same, asked.dump()), 4409);
  EXPECT_EQ(same->close_reason(), "Subscriber for 1 already exists");
  EXPECT_EQ(closed(*open(), asked.dump()), 4401);
  EXPECT_EQ(closed(*open(), R"({"type":"connection_init"})"), 4401);
  EXPECT_EQ(closed(*open(), R"({"type":"connection_init","payload":{"authorization":"Bearer x"}})"),
            4401);
  EXPECT_EQ(closed(*let_in(api().viewer()), std::string(200'000, 'x')), 1009);
  // Who has not said who he is may say little.
  EXPECT_EQ(
      closed(*open(), R"({"type":"ping","payload":{"a":")" + std::string(9'000, 'x') + "\"}}"),
      1009);
  auto binary = let_in(api().viewer());
  binary->send_binary("{}");
  EXPECT_FALSE(binary->receive());
  EXPECT_EQ(binary->close_code(), 1003);
}

TEST_F(GraphqlSocket, WhoSaysNothingIsClosed) {
  auto silent = open();
  auto initialised = let_in(api().viewer());
  EXPECT_TRUE(testkit::eventually(10s, [&] {
    stream_->flush();
    (void)silent->receive(50ms);
    return silent->closed();
  }));
  EXPECT_EQ(silent->close_code(), 4408);
  settle(*initialised);
}

TEST_F(GraphqlSocket, StrangersFromOnePlaceAreFew) {
  const HeaderList place = {{"X-Forwarded-For", "192.0.2.7"}};
  std::vector<std::unique_ptr<WebSocket>> strangers;
  for (std::size_t i = 0; i < Strangers::kMostOfNetwork; ++i) {
    strangers.push_back(open("", place));
    ASSERT_EQ(strangers.back()->status(), 101) << i;
  }
  EXPECT_EQ(open("", place)->status(), 503);
  EXPECT_EQ(open("", {{"X-Forwarded-For", "192.0.2.8"}})->status(), 101);
  const auto credential = "Bearer " + api().viewer();
  say(*strangers[0], {{"type", "connection_init"}, {"payload", {{"authorization", credential}}}});
  EXPECT_EQ(hear(*strangers[0])["type"], "connection_ack");
  EXPECT_EQ(open("", place)->status(), 101);
}

TEST_F(GraphqlSocket, WhoIsConnectedWhenItStopsIsToldThatItGoesAway) {
  auto socket = let_in(api().viewer());
  say(*socket, subscription("s", "subscription { stateChanges { id } }"));
  settle(*socket);
  for (int i = 0; i < 100; ++i)
    stream_->take(state(Uuid::make().str(), domain::CheckStatus::up, i));
  stream_->flush();
  const auto begun = std::chrono::steady_clock::now();
  stream_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
  while (socket->receive()) {
  }
  EXPECT_EQ(socket->close_code(), 1001);
}

TEST_F(GraphqlSocket, AHandshakeNeedsItsSubprotocolAndAGoodCredential) {
  const auto status = [&](const std::string& target, const HeaderList& headers) {
    return WebSocket(stream_->port(), target, headers).status();
  };
  EXPECT_EQ(status("/api/v1/graphql", {}), 400);
  EXPECT_NE(status("/api/v1/graphql", {{"Sec-WebSocket-Protocol", "graphql-ws"}}), 101);
  EXPECT_EQ(status("/api/v1/stream?ticket=x", {{"Sec-WebSocket-Protocol", "graphql-transport-ws"}}),
            400);
  EXPECT_EQ(open("", {{"Origin", "https://evil.example"}})->status(), 403);
  EXPECT_EQ(open("?ticket=x")->status(), 401);
  EXPECT_EQ(open("", {{"Authorization", "Bearer x"}})->status(), 401);

  const auto made = api().post("/api/v1/stream/tickets", api().viewer(), nullptr);
  const auto ticket = "?ticket=" + made.json["ticket"].get<std::string>();
  auto browser = open(ticket);
  say(*browser, {{"type", "connection_init"}});
  EXPECT_EQ(hear(*browser)["type"], "connection_ack");
  auto again = open(ticket);
  say(*again, {{"type", "connection_init"}});
  EXPECT_TRUE(hear(*again).is_null());
  EXPECT_EQ(again->close_code(), 4401);
}

// S5, S14: what has been taken away is gone from open connections, too.
TEST_F(GraphqlSocket, ARevokedTokenEndsItsConnections) {
  const auto made = api().post("/api/v1/tokens", api().admin(),
                               {{"name", "g"}, {"scopes", {"graphql:query", "checks:read"}}});
  ASSERT_EQ(made.status, 201) << made.text;
  auto socket = let_in(made.json["token"].get<std::string>());
  ASSERT_EQ(api()
                .ask(http::Method::delete_, "/api/v1/tokens/" + made.json["id"].get<std::string>(),
                     api().admin())
                .status,
            204);
  EXPECT_TRUE(testkit::eventually(40s, [&] {
    stream_->recheck();
    (void)socket->receive(50ms);
    return socket->closed();
  }));
  EXPECT_EQ(socket->close_code(), 1008);
}

// A right is lost with the connections that live by it, also the one to ask at all (S14).
TEST_F(GraphqlSocket, WhoMayNoLongerAskLosesTheConnection) {
  const auto name = "asker-" + Uuid::make().str().substr(24);
  const Json permissions = {"graphql:query", "checks:read", "incidents:read"};
  const auto role =
      api().post("/api/v1/roles", api().admin(), {{"name", name}, {"permissions", permissions}});
  ASSERT_EQ(role.status, 201) << role.text;
  const auto may = [&](const Json& now) {
    const auto path = "/api/v1/roles/" + role.json.value("id", "");
    const auto changed =
        api().ask(http::Method::patch, path, api().admin(), {{"permissions", now}});
    ASSERT_EQ(changed.status, 200) << changed.text;
    ASSERT_TRUE(api().grants->refresh());
    stream_->recheck();
  };
  const auto email = Uuid::make().str() + "@example.org";
  const std::string phrase = "a long enough phrase";
  const auto made = api().post("/api/v1/users", api().admin(),
                               {{"email", email}, {"password", phrase}, {"role", name}});
  ASSERT_EQ(made.status, 201) << made.text;
  ASSERT_TRUE(api().grants->refresh());
  const auto token = api().login(email, phrase);
  auto idle = let_in(token);
  auto busy = let_in(token);
  say(*busy, subscription("s", "subscription { stateChanges { id } }"));
  settle(*busy);
  may({"graphql:query", "checks:read"});
  settle(*idle);
  settle(*busy);
  may({"graphql:query"});
  EXPECT_FALSE(busy->receive());
  EXPECT_EQ(busy->close_code(), 1008);
  settle(*idle);
  may({"checks:read"});
  EXPECT_FALSE(idle->receive());
  EXPECT_EQ(idle->close_code(), 1008);
}

TEST_F(GraphqlSocket, SomebodyHasSoManyConnections) {
  const auto token = api().api_token({"graphql:query", "checks:read"});
  std::vector<std::unique_ptr<WebSocket>> all;
  const auto most = api().config.streams_of_caller;
  for (std::size_t i = 0; i < most; ++i) all.push_back(let_in(token));
  auto more = open("", {{"Authorization", "Bearer " + token}});
  say(*more, {{"type", "connection_init"}});
  EXPECT_TRUE(hear(*more).is_null());
  EXPECT_EQ(more->close_code(), 1013);
  all.pop_back();
  ASSERT_TRUE(testkit::eventually(10s, [&] { return stream_->stats().sessions == most - 1; }));
  let_in(token);
}

// A message more than its queue takes is not dropped, as of the stream: it ends.
TEST_F(GraphqlSocket, WhoReadsTooSlowlyIsClosed) {
  const auto source = SourceId::make();
  auto socket = let_in(api().viewer());
  say(*socket, subscription("m",
                            "subscription { samples { nodes { serverId metricName labels value "
                            "timestamp metricType } } }"));
  settle(*socket);
  const auto much = samples(source, 500);
  EXPECT_TRUE(testkit::eventually(30s, [&] {
    stream_->take(much);
    stream_->flush();
    return stream_->stats().sessions == 0;
  }));
  while (socket->receive()) {
  }
  EXPECT_EQ(stream_->stats().dropped, 0u);
}

}  // namespace
}  // namespace monitron::api
