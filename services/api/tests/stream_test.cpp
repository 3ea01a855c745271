#include "api/answer.hpp"
#include "contracts/check_results.hpp"
#include "contracts/check_state_changed.hpp"
#include "contracts/incident_changed.hpp"
#include "contracts/job_changed.hpp"
#include "stream_scene.hpp"
#include "testkit/eventually.hpp"

#include <limits>
#include <pqxx/pqxx>

namespace monitron::api {
namespace {

using http::Method;
using testkit::WebSocket;
using namespace std::chrono_literals;

class Streams : public StreamTest<ApiTest> {
 protected:
  std::string ticket(const std::string& token) {
    const auto made = api().post("/api/v1/stream/tickets", token, nullptr);
    EXPECT_EQ(made.status, 201) << made.text;
    return made.json["ticket"].get<std::string>();
  }
  std::unique_ptr<WebSocket> open(const std::string& query, const HeaderList& headers = {}) {
    return std::make_unique<WebSocket>(stream_->port(), "/api/v1/stream?" + query, headers);
  }
  std::unique_ptr<WebSocket> subscribe(const std::string& query = "") {
    auto socket = open("ticket=" + ticket(api().viewer()) + query);
    EXPECT_EQ(socket->status(), 101);
    return socket;
  }
  // Sends until the client has something: its subscription begins a moment after the handshake.
  Json first(WebSocket& socket, const contracts::Message& message) {
    for (int i = 0; i < 100; ++i) {
      stream_->take(message);
      stream_->flush();
      if (const auto text = socket.receive(50ms)) return Json::parse(*text);
    }
    return nullptr;
  }

  // Subscribed to alerts and states, and let in: what is told from now on comes.
  std::unique_ptr<WebSocket> listen(const std::string& query, const Json& labels) {
    auto socket = subscribe("&topics=alerts,states" + query);
    for (int i = 0; i < 100; ++i) {
      stream_->take(alert("ready " + Uuid::make().str(), "ready", labels));
      if (socket->receive(50ms)) break;
    }
    while (socket->receive(100ms)) {
    }
    return socket;
  }

  static contracts::Message samples(const SourceId& source) {
    const std::vector<contracts::Series> series = {
        {"node_cpu_seconds_total", {{"cpu", "0"}}},
        {"usage",
         {{"__metric_name__", "usage_percent"}, {"__metric_type__", "ram"}, {"core", "1"}}}};
    contracts::Block block;
    block.dictionary = contracts::pack_dictionary(series);
    block.series_count = 2;
    block.frames = {{1'000, {1.5, contracts::kAbsent}},
                    {2'000, {std::numeric_limits<double>::quiet_NaN(), 42}}};
    contracts::Envelope envelope;
    envelope.batches = {{.id = {.source = source}, .blocks = {block}}};
    contracts::Message message;
    message.type = contracts::Envelope::contract.type;
    message.body = contracts::encode(envelope);
    return message;
  }

  static contracts::Message alert(const std::string& id, const std::string& rule,
                                  const Json& labels = Json::object()) {
    contracts::Message message;
    message.type = "alert.changed";
    message.message_id = id;
    message.body = Json{
        {"incident_id", "i"},
        {"rule_name", rule},
        {"state", "firing"},
        {"severity", "critical"},
        {"labels",
         labels}}.dump();
    return message;
  }
};

// one JSON object per sample, filtered by server and type.
TEST_F(Streams, SendsOneObjectPerSampleToThoseWhoWantIt) {
  const auto source = SourceId::make();
  auto all = subscribe();
  const auto event = first(*all, samples(source));
  EXPECT_EQ(event, (Json{{"type", "metric"},
                         {"server_id", source.str()},
                         {"metric_type", "cpu"},
                         {"metric_name", "node_cpu_seconds_total"},
                         {"labels", {{"cpu", "0"}}},
                         {"value", 1.5},
                         {"timestamp", "1970-01-01T00:00:01.000Z"}}));
  EXPECT_TRUE(Json::parse(*all->receive())["value"].is_null());
  EXPECT_EQ(Json::parse(*all->receive())["metric_name"], "usage_percent");

  auto memory = subscribe("&metric_type=ram&server_id=" + source.str());
  const auto filtered = first(*memory, samples(source));
  EXPECT_EQ(filtered["metric_type"], "ram");
  EXPECT_EQ(filtered["value"], 42);
  while (memory->receive(50ms)) {
  }
  stream_->take(samples(SourceId::make()));
  EXPECT_FALSE(memory->receive(100ms));
}

TEST_F(Streams, GathersBatches) {
  auto socket = subscribe("&format=batch");
  const auto batch = first(*socket, samples(SourceId::make()));
  ASSERT_TRUE(batch.is_array());
  EXPECT_GE(batch.size(), 3u);
}

TEST_F(Streams, TellsOfChecksAndAlerts) {
  domain::CheckResult result;
  result.check_id = CheckId::make();
  result.slot = from_ms(5'000);
  result.started_at = from_ms(5'001);
  result.outcome.status = domain::CheckStatus::up;
  result.outcome.duration = 1500us;
  result.outcome.phases.connect = 500us;
  result.outcome.values = {{"probe_icmp_rtt_seconds", {{"stat", "avg"}}, 0.00004}};
  contracts::Message message;
  message.type = contracts::CheckResults::contract.type;
  message.body = contracts::encode(contracts::CheckResults{.worker = "w", .results = {result}});
  auto checks = subscribe("&topics=checks,alerts&server_id=" + result.check_id.str());
  const auto event = first(*checks, message);
  EXPECT_EQ(event["type"], "check");
  EXPECT_EQ(event["status"], "up");
  EXPECT_EQ(event["result_status"], "up");
  EXPECT_EQ(event["duration_seconds"], 0.0015);
  EXPECT_EQ(event["phases"]["connect"], 0.0005);
  EXPECT_EQ(event["values"]["probe_icmp_rtt_seconds{stat=\"avg\"}"], 0.00004);
  while (checks->receive(50ms)) {
  }
  auto other = alert("1", "CPU");
  stream_->take(other);
  other = alert("2", "Check down", {{"check_id", result.check_id.str()}});
  stream_->take(other);
  EXPECT_EQ(Json::parse(*checks->receive())["rule_name"], "Check down");
}

// As they are stored.
TEST_F(Streams, TellsOfChangedStates) {
  contracts::CheckStateChanged change;
  change.check_id = CheckId::make();
  change.name = "shop";
  change.labels = {{"env", "prod"}};
  change.status = domain::CheckStatus::down;
  change.previous = domain::CheckStatus::up;
  change.location = "default";
  change.reason = "refused";
  auto states = listen("&label=env:prod&server_id=" + change.check_id.str(),
                       {{"env", "prod"}, {"check_id", change.check_id.str()}});
  auto others = listen("&label=env:test", {{"env", "test"}});
  stream_->take(contracts::to_message(change));
  const auto event = Json::parse(*states->receive());
  EXPECT_EQ(event["type"], "state");
  EXPECT_EQ(event["id"], contracts::id_of(change));
  EXPECT_EQ(event["name"], "shop");
  EXPECT_EQ(event["labels"], (Json{{"env", "prod"}}));
  EXPECT_EQ(event["status"], "down");
  EXPECT_EQ(event["previous_status"], "up");
  EXPECT_EQ(event["reason"], "refused");
  EXPECT_FALSE(others->receive(100ms));
}

// M-016: how far it is, to who asked for it and nobody else.
TEST_F(Streams, TellsOfJobsToWhoAskedForThem) {
  contracts::JobChanged change{.change_id = Uuid::make(),
                               .job_id = Uuid::make(),
                               .kind = "rule_replay",
                               .state = "running",
                               .progress = 250,
                               .total = 1000,
                               .actor_id = api().get("/api/v1/me", api().viewer()).json["id"],
                               .at = from_ms(1'000)};
  auto ours = subscribe("&topics=jobs");
  auto theirs = open("ticket=" + ticket(api().admin()) + "&topics=jobs");
  const auto told = [&](WebSocket& socket, const std::string& actor) {
    change.actor_id = actor;
    for (int i = 0; i < 100; ++i) {
      change.change_id = Uuid::make();
      stream_->take(contracts::to_message(change));
      if (const auto text = socket.receive(50ms)) return Json::parse(*text);
    }
    return Json();
  };
  const auto event = told(*ours, change.actor_id);
  EXPECT_EQ(event["type"], "job");
  EXPECT_EQ(event["job_id"], change.job_id.str());
  EXPECT_EQ(event["state"], "running");
  EXPECT_EQ(event["progress"], Json({{"done", 250}, {"total", 1000}}));
  const auto own = told(*theirs, api().get("/api/v1/me", api().admin()).json["id"]);
  EXPECT_EQ(own["id"], change.change_id.str()) << "the first that it gets is its own";
}

// Cut off from the broker a replica misses what it cannot know of: nobody goes on from before.
TEST_F(Streams, ATapThatWasAwayMeansResync) {
  stream_->tapped({.samples = 1, .events = 1});
  auto socket = listen("", Json::object());
  stream_->take(alert("before the cut", "CPU"));
  EXPECT_EQ(Json::parse(*socket->receive())["id"], "before the cut");
  stream_->tapped({.samples = 1, .events = 1});
  EXPECT_FALSE(socket->receive(100ms));
  stream_->tapped({.samples = 1, .events = 2});
  EXPECT_EQ(Json::parse(*socket->receive()), (Json{{"type", "resync"}}));
  stream_->take(alert("after the cut", "RAM"));
  auto late = subscribe("&topics=alerts&after=before%20the%20cut");
  EXPECT_EQ(Json::parse(*late->receive()), (Json{{"type", "resync"}}));
}

// Of samples and results there is nothing to go on from: only who follows them is told.
TEST_F(Streams, LostSamplesMeanResyncToThoseWhoFollowThem) {
  stream_->tapped({.samples = 1, .events = 1});
  auto alerts = listen("", Json::object());
  auto all = subscribe();
  EXPECT_EQ(first(*all, samples(SourceId::make()))["type"], "metric");
  while (all->receive(50ms)) {
  }
  stream_->take(alert("before the loss", "CPU"));
  EXPECT_EQ(Json::parse(*alerts->receive())["id"], "before the loss");
  stream_->tapped({.samples = 2, .events = 1});
  EXPECT_EQ(Json::parse(*all->receive()), (Json{{"type", "resync"}}));
  EXPECT_FALSE(alerts->receive(100ms));
  stream_->take(alert("after the loss", "RAM"));
  auto late = subscribe("&topics=alerts&after=before%20the%20loss");
  EXPECT_EQ(Json::parse(*late->receive())["id"], "after the loss");
}

// The connection breaks, and is made again: nothing is missed and nothing comes twice.
TEST_F(Streams, GoesOnAfterTheLastEventThatTheClientHas) {
  std::string last;
  {
    auto socket = listen("", Json::object());
    stream_->take(alert("a", "CPU"));
    last = Json::parse(*socket->receive())["id"];
    EXPECT_EQ(last, "a");
  }
  stream_->take(alert("b", "RAM", {{"env", "prod"}}));
  stream_->take(alert("a", "CPU"));  // told again
  stream_->take(alert("c", "Disk", {{"env", "test"}}));
  stream_->take(alert("d", "Load", {{"env", "prod"}}));
  auto again = subscribe("&topics=alerts&label=env:prod&after=" + last);
  EXPECT_EQ(Json::parse(*again->receive())["rule_name"], "RAM");
  EXPECT_EQ(Json::parse(*again->receive())["rule_name"], "Load");
  stream_->take(alert("e", "Swap", {{"env", "prod"}}));
  EXPECT_EQ(Json::parse(*again->receive())["rule_name"], "Swap");
  auto batches = subscribe("&topics=alerts&format=batch&after=c");
  std::string text;
  ASSERT_TRUE(testkit::eventually(10s, [&] {
    stream_->flush();
    const auto got = batches->receive(50ms);
    if (got) text = *got;
    return got.has_value();
  }));
  EXPECT_EQ(Json::parse(text).size(), 2U);
  auto lost = subscribe("&topics=alerts&after=long-ago");
  EXPECT_EQ(Json::parse(*lost->receive()), (Json{{"type", "resync"}}));
}

TEST_F(Streams, WhoMissedMoreThanAQueueTakesAsksForThePresent) {
  stream_->take(alert("first", "CPU"));
  for (int i = 0; i < 1001; ++i) stream_->take(alert("n" + std::to_string(i), "CPU"));
  auto socket = subscribe("&topics=alerts&after=first");
  EXPECT_EQ(Json::parse(*socket->receive()), (Json{{"type", "resync"}}));
  auto near = subscribe("&topics=alerts&after=n0");
  int count = 0;
  while (near->receive(count < 1000 ? 5000ms : 50ms)) ++count;
  EXPECT_EQ(count, 1000);
}

TEST_F(Streams, TellsWhoActsOnAnIncident) {
  contracts::IncidentChanged change;
  change.change_id = Uuid::make();
  change.incident_id = IncidentId::make();
  change.action = change.state = "acknowledged";
  change.by = "Ada";
  change.at = from_ms(1'000);
  change.labels = {{"env", "prod"}};
  auto socket = listen("&label=env:prod", change.labels);
  stream_->take(contracts::to_message(change));
  EXPECT_EQ(Json::parse(*socket->receive()), (Json{{"type", "incident"},
                                                   {"id", change.change_id.str()},
                                                   {"incident_id", change.incident_id.str()},
                                                   {"action", "acknowledged"},
                                                   {"state", "acknowledged"},
                                                   {"by", "Ada"},
                                                   {"labels", {{"env", "prod"}}},
                                                   {"timestamp", "1970-01-01T00:00:01.000Z"}}));
  // Of one's own threshold nobody else hears.
  auto own = change;
  own.change_id = Uuid::make();
  own.audience = UserId::make();
  stream_->take(contracts::to_message(own));
  change.change_id = Uuid::make();
  stream_->take(contracts::to_message(change));
  EXPECT_EQ(Json::parse(*socket->receive())["id"], change.change_id.str());
}

// A place with a long interval, or that was edited in beside a new one, is not forgotten for those
// that were heard of later.
TEST_F(Streams, APlaceIsForgottenWhenTheCheckLeavesItAlone) {
  const auto made = api().post("/api/v1/checks", api().admin(),
                               {{"kind", "tcp"},
                                {"target", "a.example:1"},
                                {"failures_before_down", 1},
                                {"locations", {"aa", "bb"}},
                                {"quorum", 1}});
  ASSERT_EQ(made.status, 201) << made.text;
  const auto id = made.json["id"].get<std::string>();
  auto socket = subscribe("&topics=checks&server_id=" + id);
  const auto tell = [&](const char* location, domain::CheckStatus status, int second) {
    domain::CheckDefinition check;
    check.id = CheckId{*Uuid::parse(id)};
    check.locations = {"aa", "bb"};
    check.quorum = 1;
    check.failures_before_down = check.successes_before_up = 1;
    domain::ProbeOutcome outcome;
    outcome.status = status;
    const auto at = from_ms(std::int64_t{1000} * second);
    contracts::Message message;
    message.type = contracts::CheckResults::contract.type;
    message.body = contracts::encode(contracts::CheckResults{
        .worker = "w", .results = {domain::make_result(check, location, at, at, outcome)}});
    return message;
  };
  using domain::CheckStatus;
  EXPECT_EQ(first(*socket, tell("bb", CheckStatus::down, 1000))["status"], "down");
  while (socket->receive(50ms)) {
  }
  stream_->take(tell("aa", CheckStatus::up, 1100));
  EXPECT_EQ(Json::parse(*socket->receive())["status"], "down");
  ASSERT_EQ(
      api()
          .ask(Method::patch, "/api/v1/checks/" + id, api().admin(), {{"locations", {"bb", "cc"}}})
          .status,
      200);
  stream_->take(tell("cc", CheckStatus::up, 1110));
  const auto event = Json::parse(*socket->receive());
  EXPECT_EQ(event["location"], "cc");
  EXPECT_EQ(event["status"], "down") << "bb still sees it down";
  stream_->take(tell("aa", CheckStatus::up, 1120));  // on its way since before the edit
  EXPECT_FALSE(socket->receive(100ms));
  stream_->take(tell("bb", CheckStatus::up, 1200));
  EXPECT_EQ(Json::parse(*socket->receive())["status"], "up");
  api().ask(Method::delete_, "/api/v1/checks/" + id, api().admin());
}

// S14: nothing is sent to anybody who is not let in.
// S-14.
TEST_F(Streams, ATicketOpensOnce) {
  const auto once = ticket(api().viewer());
  auto good = open("ticket=" + once);
  EXPECT_EQ(first(*good, samples(SourceId::make()))["type"], "metric");
  auto replay = open("ticket=" + once);
  stream_->take(samples(SourceId::make()));
  EXPECT_FALSE(replay->receive());
  EXPECT_EQ(replay->close_code(), 1008);
  EXPECT_EQ(open("")->status(), 401);
  EXPECT_EQ(open("ticket=abc")->status(), 401);
  EXPECT_EQ(open("ticket=" + api().viewer())->status(), 401);  // an access token is no ticket
  const auto wrong = open("topics=secrets&ticket=" + once);
  EXPECT_EQ(wrong->status(), 400);
  EXPECT_NE(wrong->refusal().find("topics: there are"), std::string::npos) << wrong->refusal();
}

// M-025.
// S-14.
TEST_F(Streams, EachTopicNeedsItsPermission) {
  const auto token = api().api_token({"checks:read"});
  const HeaderList own = {{"Authorization", "Bearer " + token}};
  for (const auto* denied : {"metrics", "alerts", "checks,alerts"}) {
    auto socket = open(std::string("topics=") + denied, own);
    EXPECT_FALSE(socket->receive()) << denied;
    EXPECT_EQ(socket->close_code(), 1008) << denied;
  }
  auto socket = open("topics=checks,states", own);
  EXPECT_EQ(socket->status(), 101);
  EXPECT_FALSE(socket->receive(200ms));
  EXPECT_EQ(socket->close_code(), 0);
}

// S-14, S-21.
TEST_F(Streams, PagesOfOtherSitesAreRefused) {
  EXPECT_EQ(
      open("ticket=" + ticket(api().viewer()), {{"Origin", "https://evil.example"}})->status(),
      403);
  EXPECT_EQ(
      open("ticket=" + ticket(api().viewer()), {{"Origin", "http://localhost:3000"}})->status(),
      101);
}

TEST_F(Streams, ScriptsSendTheirTokenAndLoseTheStreamWithIt) {
  const auto made =
      api().post("/api/v1/tokens", api().admin(), {{"name", "s"}, {"scopes", {"read"}}});
  const auto bearer = "Bearer " + made.json["token"].get<std::string>();
  auto socket = open("", {{"Authorization", bearer}});
  ASSERT_EQ(socket->status(), 101);
  EXPECT_EQ(first(*socket, samples(SourceId::make()))["type"], "metric");
  const auto path = "/api/v1/tokens/" + made.json["id"].get<std::string>();
  ASSERT_EQ(api().ask(Method::delete_, path, api().admin()).status, 204);
  EXPECT_TRUE(testkit::eventually(10s, [&] {
    stream_->recheck();
    while (socket->receive(20ms)) {
    }
    return socket->closed();
  }));
  EXPECT_EQ(socket->close_code(), 1008);
  const auto ingest_only = "Bearer " + api().api_token({"ingest"});
  auto refused = open("", {{"Authorization", ingest_only}});
  EXPECT_FALSE(refused->receive());
  EXPECT_EQ(refused->close_code(), 1008);
}

// S5: whoever is signed out elsewhere has an open stream no longer than ten seconds.
// S-14.
TEST_F(Streams, EndWithTheirSession) {
  const auto viewer = api().viewer();
  const auto other = api().login("viewer@example.org", "a long enough phrase");
  auto socket = open("ticket=" + ticket(other));
  ASSERT_EQ(socket->status(), 101);
  EXPECT_EQ(first(*socket, samples(SourceId::make()))["type"], "metric");
  const auto list = api().get("/api/v1/me/sessions", other).json["items"];
  const auto own = std::find_if(list.begin(), list.end(),
                                [](const auto& one) { return one["current"] == true; });
  ASSERT_NE(own, list.end()) << list;
  const auto path = "/api/v1/me/sessions/" + (*own)["id"].template get<std::string>();
  ASSERT_EQ(api().ask(Method::delete_, path, viewer).status, 204);
  EXPECT_TRUE(testkit::eventually(10s, [&] {
    stream_->recheck();
    while (socket->receive(20ms)) {
    }
    return socket->closed();
  }));
  EXPECT_EQ(socket->close_code(), 1008);
  EXPECT_EQ(api().get("/api/v1/me", viewer).status, 200);
}

// By time, too: not later than it would be refused a new access token.
// S-14.
TEST_F(Streams, EndWhenTheTimeOfTheirSessionIsOver) {
  const auto token = api().login("viewer@example.org", "a long enough phrase");
  auto socket = open("ticket=" + ticket(token));
  auto other = subscribe();
  ASSERT_EQ(first(*socket, samples(SourceId::make()))["type"], "metric");
  stream_->recheck();
  EXPECT_FALSE(socket->closed());
  const auto session = api().jwt.verify(auth::Use::access, token)->session;
  ASSERT_TRUE(api().database->transact([&](pqxx::work& tx) {
    tx.exec_params("UPDATE refresh_tokens SET expires_at = now() WHERE family = $1", session);
  }));
  stream_->recheck();
  while (socket->receive(200ms)) {
  }
  EXPECT_EQ(socket->close_code(), 1008);
  EXPECT_EQ(socket->close_reason(), "the session has ended");
  EXPECT_EQ(first(*other, samples(SourceId::make()))["type"], "metric");
}

}  // namespace
}  // namespace monitron::api
