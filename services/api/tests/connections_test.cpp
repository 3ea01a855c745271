// Who speaks with whom, and what depends on what: C-001 … C-007, C-010, C-015, C-016, C-018, C-022,
// C-023, C-026, C-027, C-029, C-037, C-039. Its log: C-014.

#include "scope_scene.hpp"

#include <algorithm>

namespace monitron::api {
namespace {

constexpr std::int64_t kAt = 1'700'100'000'000;

using Labels = std::vector<std::pair<std::string, std::string>>;

// What two rounds of an agent tell, ten seconds apart.
class Rounds {
 public:
  void add(const std::string& name, Labels labels, double before, double now) {
    std::sort(labels.begin(), labels.end());
    series_.push_back({name, std::move(labels)});
    before_.push_back(before);
    now_.push_back(now);
  }
  void edge(const std::string& direction, const std::string& peer, const std::string& port,
            const std::string& service, double open) {
    edge_ = {{"direction", direction}, {"peer", peer}, {"port", port}, {"service_type", service}};
    of_edge("connection_open", open, open);
  }
  void of_edge(const std::string& name, double before, double now, const Labels& more = {}) {
    auto labels = edge_;
    labels.insert(labels.end(), more.begin(), more.end());
    add(name, labels, before, now);
  }
  void store(const std::string& server, const std::string& database_url) {
    contracts::Block block;
    block.dictionary = contracts::pack_dictionary(series_);
    block.series_count = static_cast<std::uint32_t>(series_.size());
    block.frames = {{kAt - 12'000, before_}, {kAt - 2'000, now_}};
    contracts::Batch batch;
    batch.id.source = SourceId{*Uuid::parse(server)};
    batch.id.seq = 1;
    batch.blocks.push_back(std::move(block));
    series::Load load;
    load.batches.push_back(std::move(batch));
    series::Writer writer({.database_url = database_url, .application_name = "connections test"});
    ASSERT_TRUE(writer.write(load));
  }

 private:
  std::vector<contracts::Series> series_;
  std::vector<double> before_, now_;
  Labels edge_;
};

class ConnectionsApi : public Scopes {
 protected:
  void SetUp() override {
    Scopes::SetUp();
    if (IsSkipped()) return;
    static const Scene scene = told();
    own_ = scene.web;
    foreign_ = scene.database;
    env_ = scene.env;
    address_of_web_ = scene.address_of_web;
    address_of_database_ = scene.address_of_database;
  }
  struct Scene {
    std::string web, database, env, address_of_web, address_of_database;
  };
  // Once for all tests: whose samples are is read every three seconds alone.
  Scene told() {
    tell_of_web();
    tell_of_database();
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (list("&server_id=" + own_).json["items"].empty() ||
           list("&server_id=" + foreign_).json["items"].empty()) {
      if (std::chrono::steady_clock::now() > deadline) {
        ADD_FAILURE() << "what was stored is not found";
        break;
      }
    }
    return {own_, foreign_, env_, address_of_web_, address_of_database_};
  }
  // `own_` is a web server, which speaks with a database on `foreign_`, and with a cache without an
  // agent that refuses it.
  void tell_of_web() {
    Rounds rounds;
    const auto ip = address_of_web_;
    rounds.add("node_network_address_info",
               {{"address", ip}, {"device", "eth0"}, {"netmask", "24"}, {"scope", "global"}}, 1, 1);
    rounds.edge("outbound", address_of_database_, "5432", "postgresql", 4);
    rounds.of_edge("connection_opened_total", 10, 16);
    rounds.of_edge("connection_sent_bytes_total", 0, 5000);
    rounds.of_edge("connection_received_bytes_total", 0, 90'000);
    rounds.of_edge("connection_rtt_seconds", 0.001, 0.25);
    rounds.of_edge("connection_busy_seconds_total", 0, 39);
    rounds.of_edge("connection_receiver_limited_seconds_total", 0, 30);
    rounds.of_edge("connection_process_open", 4, 4, {{"process", "nginx"}, {"user", "www"}});
    rounds.edge("outbound", "10.9.9.9", "6379", "redis", 0);
    rounds.of_edge("connection_failed_total", 0, 6, {{"cause", "refused"}});
    rounds.edge("inbound", "203.0.113.7", "443", "https", 9);
    rounds.store(own_, api().config.database_url);
  }
  void tell_of_database() {
    Rounds rounds;
    rounds.add("node_network_address_info",
               {{"address", address_of_database_},
                {"device", "eth0"},
                {"netmask", "24"},
                {"scope", "global"}},
               1, 1);
    rounds.edge("inbound", address_of_web_, "5432", "postgresql", 4);
    rounds.of_edge("connection_sent_bytes_total", 0, 90'000);
    const Labels at{{"address", "0.0.0.0"}, {"port", "5432"}, {"service_type", "postgresql"}};
    rounds.add("connection_listener_up", at, 1, 1);
    rounds.add("connection_listener_up", {{"address", "0.0.0.0"}, {"port", "22"}}, 1, 0);
    rounds.add("connection_listener_waiting", at, 0, 7);
    rounds.add("connection_listener_waiting_limit", at, 128, 128);
    auto whose = at;
    whose.insert(whose.end(), {{"process", "postgres"}, {"user", "postgres"}});
    rounds.add("connection_listener_process_info", whose, 1, 1);
    rounds.store(foreign_, api().config.database_url);
  }
  Answer get(const std::string& path, const std::string& rest, const std::string& token = "") {
    return api().get(path + "?at=" + to_rfc3339(from_ms(kAt)) + rest,
                     token.empty() ? api().viewer() : token);
  }
  Answer list(const std::string& rest, const std::string& token = "") {
    return get("/api/v1/connections", rest, token);
  }
  static Json peers(const Answer& answer) {
    Json all = Json::array();
    for (const auto& item : answer.json["items"]) all.push_back(item["peer"]);
    return all;
  }
  static std::string any_address() {
    const auto hex = Uuid::make().str();
    return "fd00::" + hex.substr(24, 4) + ":" + hex.substr(28, 4);
  }

  std::string address_of_web_ = any_address(), address_of_database_ = any_address();
};

TEST_F(ConnectionsApi, AreListedWithWhatIsKnownOfThem) {
  const auto all = list("&server_id=" + own_);
  ASSERT_EQ(all.status, 200) << all.text;
  EXPECT_EQ(peers(all), (Json{"203.0.113.7", address_of_database_, "10.9.9.9"}))
      << "most open first";
  const auto& one = all.json["items"][1];
  EXPECT_EQ(one["server_id"], own_);
  EXPECT_EQ(one["direction"], "outbound");
  EXPECT_EQ(one["port"], 5432);
  EXPECT_EQ(one["service_type"], "postgresql");
  EXPECT_EQ(one["processes"], (Json{{"nginx", 4}}));
  EXPECT_EQ(one["labels"]["env"], env_);
  EXPECT_EQ(one["open"], 4);
  EXPECT_EQ(one["opened"], 6);
  EXPECT_EQ(one["failed"], 0);
  EXPECT_EQ(one["sent_bytes_per_second"], 500);
  EXPECT_EQ(one["received_bytes_per_second"], 9000);
  EXPECT_EQ(one["rtt_seconds"], 0.25);
  EXPECT_EQ(one["limited_by"], "receiver");
  EXPECT_EQ(one["last_seen"], to_rfc3339(from_ms(kAt - 2'000)));
  const auto& refused = all.json["items"][2];
  EXPECT_EQ(refused["failures"], (Json{{"refused", 6}}));
  EXPECT_EQ(refused["error_ratio"], 1);
  EXPECT_TRUE(refused["rtt_seconds"].is_null());
  EXPECT_TRUE(refused["limited_by"].is_null());
}

// C-007, C-027
TEST_F(ConnectionsApi, SayWhichChecksAskTheService) {
  const auto check = [&](const std::string& name, const Json& members) {
    Json body = {{"name", name}, {"kind", "tcp"}};
    body.update(members);
    return make("/api/v1/checks", body);
  };
  const auto at = "[" + address_of_database_ + "]:";
  const auto by_address = check("a by address", {{"target", at + "5432"}});
  const auto by_instance =
      check("b by instance", {{"target", "db.internal:5432"}, {"instance_id", foreign_}});
  const auto hostname =
      api().get("/api/v1/instances/" + foreign_, api().admin()).json["hostname"].get<std::string>();
  const auto by_name = check("c by name", {{"kind", "postgresql"}, {"target", hostname}});
  const auto of_web =
      check("d", {{"kind", "http"}, {"target", "https://[" + address_of_web_ + "]/"}});
  check("another port", {{"target", at + "5433"}});
  check("another host", {{"target", "[fd00::1]:5432"}});
  check("off", {{"target", at + "5432"}, {"enabled", false}});
  const auto names = [](const Json& item) {
    Json all = Json::array();
    for (const auto& one : item["checks"]) all.push_back(one["id"]);
    return all;
  };
  const auto out = list("&server_id=" + own_ + "&port=5432").json;
  EXPECT_EQ(names(out["items"][0]), (Json{by_address, by_instance, by_name})) << out;
  EXPECT_EQ(out["items"][0]["checks"][0]["name"], "a by address");
  EXPECT_EQ(out["items"][0]["checks"][0]["status"], "unknown");
  const auto in = list("&server_id=" + foreign_ + "&port=5432").json;
  EXPECT_EQ(names(in["items"][0]), (Json{by_address, by_instance, by_name})) << in;
  const auto web = list("&server_id=" + own_ + "&port=443").json;
  EXPECT_EQ(names(web["items"][0]), Json{of_web});
  const auto graph = get("/api/v1/connections/graph", "&server_id=" + own_).json;
  for (const auto& one : graph["dependencies"]) {
    const bool is_database = one["port"] == 5432;
    const auto expected = is_database ? Json{by_address, by_instance, by_name} : Json::array();
    if (is_database || one["port"] == 6379) {
      EXPECT_EQ(names(one), expected);
    }
  }
  const auto limited = person();
  grant(limited.id, "viewer", {{"env", env_}});
  ASSERT_TRUE(api().grants->refresh());
  const auto theirs = list("&server_id=" + own_ + "&port=5432", limited.token).json;
  ASSERT_EQ(theirs["items"].size(), 1u) << theirs;
  EXPECT_EQ(names(theirs["items"][0]), Json::array()) << "checks of others, and of nobody";
}

TEST_F(ConnectionsApi, AreFilteredAndSorted) {
  const auto own = "&server_id=" + own_;
  EXPECT_EQ(peers(list(own + "&direction=inbound")), Json{"203.0.113.7"});
  EXPECT_EQ(peers(list(own + "&service_type=redis")), Json{"10.9.9.9"});
  EXPECT_EQ(peers(list(own + "&port=443")), Json{"203.0.113.7"});
  EXPECT_EQ(peers(list("&peer=" + address_of_database_)), Json{address_of_database_});
  EXPECT_EQ(peers(list("&peer=" + address_of_web_)), Json{address_of_web_}) << "by destination";
  EXPECT_EQ(peers(list(own + "&limited_by=receiver")), Json{address_of_database_});
  EXPECT_EQ(peers(list(own + "&limited_by=network")), Json::array());
  EXPECT_EQ(peers(list(own + "&process=nginx")), Json{address_of_database_});
  EXPECT_EQ(peers(list("&label=env:" + env_ + "&sort=-failed&limit=1")), Json{"10.9.9.9"});
  EXPECT_EQ(peers(list(own + "&sort=-rtt_seconds"))[0], address_of_database_) << "slow ones";
  EXPECT_EQ(peers(list(own + "&sort=rtt_seconds"))[0], address_of_database_)
      << "what was not measured comes last";
  EXPECT_EQ(peers(list(own + "&sort=open")),
            (Json{"10.9.9.9", address_of_database_, "203.0.113.7"}));
}

TEST_F(ConnectionsApi, ComeInPagesOfOneTime) {
  const auto own = "&server_id=" + own_;
  const auto first = list(own + "&limit=2");
  EXPECT_EQ(first.json["items"].size(), 2u);
  const auto cursor = first.json["next_cursor"].get<std::string>();
  const auto second = list(own + "&limit=2&cursor=" + cursor);
  EXPECT_EQ(peers(second), Json{"10.9.9.9"});
  EXPECT_TRUE(second.json["next_cursor"].is_null());
  EXPECT_EQ(list("&direction=inbound&cursor=" + cursor).status, 400);
  EXPECT_EQ(list(own + "&cursor=MTIz").status, 400);
}

// Long before nothing was told, and what was told last is too old to be open now.
TEST_F(ConnectionsApi, AreAsTheyWereAtATime) {
  const auto at = [&](std::int64_t time_ms, const std::string& rest = "") {
    return api().get(
        "/api/v1/connections?server_id=" + own_ + "&at=" + to_rfc3339(from_ms(time_ms)) + rest,
        api().viewer());
  };
  EXPECT_EQ(at(kAt - 3'600'000).json["items"], Json::array());
  EXPECT_EQ(at(kAt + 3'600'000).json["items"], Json::array());
  const auto later = at(kAt + 3'600'000, "&window=2h");
  ASSERT_EQ(later.json["items"].size(), 3u);
  for (const auto& one : later.json["items"]) EXPECT_EQ(one["open"], 0);
}

TEST_F(ConnectionsApi, WhatCannotBeAskedIsRefusedByName) {
  const auto refused = [&](const std::string& rest) { return fields_of(list(rest)); };
  EXPECT_EQ(refused("&window=5s"), Names{"window"});
  EXPECT_EQ(refused("&window=1d"), Names{"window"});
  EXPECT_EQ(refused("&direction=up"), Names{"direction"});
  EXPECT_EQ(refused("&limited_by=luck"), Names{"limited_by"});
  EXPECT_EQ(refused("&server_id=7"), Names{"server_id"});
  EXPECT_EQ(refused("&sort=peer"), Names{"sort"});
  EXPECT_EQ(refused("&limit=0"), Names{"limit"});
  EXPECT_EQ(refused("&colour=red"), Names{"colour"});
  EXPECT_EQ(fields_of(api().get("/api/v1/connections?at=now", api().viewer())), Names{"at"});
}

TEST_F(ConnectionsApi, TheGraphPutsBothEndsTogether) {
  const auto answer = get("/api/v1/connections/graph", "");
  ASSERT_EQ(answer.status, 200) << answer.text;
  Json found, refusing;
  for (const auto& one : answer.json["dependencies"]) {
    if (one["client"] == own_ && one["service"] == foreign_) found.push_back(one);
    if (one["client"] == own_ && one["service"] == "10.9.9.9") refusing.push_back(one);
  }
  ASSERT_EQ(found.size(), 1u) << answer.text;
  EXPECT_EQ(found[0]["port"], 5432);
  EXPECT_EQ(found[0]["open"], 4);
  EXPECT_EQ(found[0]["service_type"], "postgresql");
  EXPECT_EQ(found[0]["sent_bytes_per_second"], 500);
  EXPECT_EQ(found[0]["at_client"]["limited_by"], "receiver");
  EXPECT_TRUE(found[0]["at_service"].is_object());
  ASSERT_EQ(refusing.size(), 1u);
  EXPECT_EQ(refusing[0]["failed"], 6);
  std::map<std::string, Json> nodes;
  for (const auto& node : answer.json["nodes"]) nodes[node["id"]] = node;
  EXPECT_EQ(nodes[own_]["kind"], "instance");
  EXPECT_EQ(nodes[own_]["labels"]["env"], env_);
  EXPECT_TRUE(nodes[own_]["hostname"].is_string());
  EXPECT_EQ(nodes["10.9.9.9"]["kind"], "address");
  const auto one = get("/api/v1/connections/graph", "&server_id=" + own_ + "&service_type=redis");
  EXPECT_EQ(one.json["dependencies"].size(), 1u);
  EXPECT_EQ(one.json["nodes"].size(), 2u);
}

TEST_F(ConnectionsApi, WhoListensIsListed) {
  const auto answer = get("/api/v1/listeners", "&server_id=" + foreign_);
  ASSERT_EQ(answer.status, 200) << answer.text;
  ASSERT_EQ(answer.json["items"].size(), 2u) << answer.text;
  EXPECT_EQ(answer.json["items"][0]["port"], 22);
  EXPECT_EQ(answer.json["items"][0]["up"], false);
  const auto& one = answer.json["items"][1];
  EXPECT_EQ(one["up"], true);
  EXPECT_EQ(one["address"], "0.0.0.0");
  EXPECT_EQ(one["port"], 5432);
  EXPECT_EQ(one["service_type"], "postgresql");
  EXPECT_EQ(one["process"], "postgres");
  EXPECT_EQ(one["user"], "postgres");
  EXPECT_EQ(one["waiting"], 7);
  EXPECT_EQ(one["waiting_limit"], 128);
  EXPECT_EQ(get("/api/v1/listeners", "&port=80&server_id=" + foreign_).json["items"],
            Json::array());
  EXPECT_EQ(fields_of(get("/api/v1/listeners", "&port=80&window=5m")), Names{"window"});
}

// C-020
TEST_F(ConnectionsApi, WhatIsWrongIsFound) {
  const auto answer = get("/api/v1/connections/findings", "&server_id=" + own_);
  ASSERT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.json["truncated"], false);
  const auto& items = answer.json["items"];
  ASSERT_EQ(items.size(), 2u) << answer.text;
  EXPECT_EQ(items[0]["kind"], "failing");
  EXPECT_EQ(items[0]["severity"], "critical");
  EXPECT_EQ(items[0]["peer"], "10.9.9.9");
  EXPECT_EQ(items[0]["summary"], "6 of 6 attempts failed: 6 refused");
  EXPECT_EQ(items[1]["kind"], "receiver_limited");
  const auto gone = get("/api/v1/connections/findings", "&server_id=" + foreign_).json["items"];
  ASSERT_EQ(gone.size(), 1u) << gone;
  EXPECT_EQ(gone[0]["kind"], "service_gone");
  EXPECT_EQ(gone[0]["port"], 22);
}

// ---- the log ----

class ConnectionLog : public Scopes {
 protected:
  contracts::ConnectionRecord record(std::uint64_t cookie, const std::string& peer) {
    return {.cookie = cookie,
            .opened_ms = kAt + static_cast<std::int64_t>(cookie) * 1000,
            .inbound = true,
            .local_ip = "10.0.0.1",
            .local_port = 5432,
            .remote_ip = peer,
            .remote_port = static_cast<std::uint16_t>(50'000 + cookie)};
  }
  static contracts::ConnectionRecord ended(contracts::ConnectionRecord one,
                                           const std::string& outcome) {
    one.ended_ms = one.opened_ms + 500;
    one.outcome = outcome;
    one.process = "postgres";
    one.sent_bytes = 9;
    return one;
  }
  void store(const std::string& server, std::vector<contracts::ConnectionRecord> records) {
    contracts::Batch batch;
    batch.id.source = SourceId{*Uuid::parse(server)};
    batch.id.seq = ++seq_;
    batch.connections = std::move(records);
    series::Load load;
    load.batches.push_back(std::move(batch));
    series::Writer writer(
        {.database_url = api().config.database_url, .application_name = "connection log test"});
    ASSERT_TRUE(writer.write(load));
  }
  Answer list(const std::string& rest, const std::string& token = "") {
    return api().get("/api/v1/connections/log?server_id=" + own_ + rest,
                     token.empty() ? api().viewer() : token);
  }
  static Json peers(const Answer& answer) {
    Json all = Json::array();
    for (const auto& item : answer.json["items"]) all.push_back(item["peer"]);
    return all;
  }
  std::uint64_t seq_ = 0;
};

TEST_F(ConnectionLog, HasEachConnectionOnceWithItsEnd) {
  const auto one = record(1, "10.0.0.7");
  store(own_, {one});
  const auto open = list("").json["items"][0];
  EXPECT_EQ(open["outcome"], "open");
  EXPECT_TRUE(open["ended_at"].is_null());
  EXPECT_TRUE(open["process"].is_null());
  store(own_, {ended(one, "closed")});
  store(own_, {one});  // what was sent again
  const auto all = list("");
  ASSERT_EQ(all.json["items"].size(), 1u) << all.text;
  const auto& item = all.json["items"][0];
  EXPECT_EQ(item["id"], open["id"]);
  EXPECT_EQ(item["server_id"], own_);
  EXPECT_TRUE(item["hostname"].is_string());
  EXPECT_EQ(item["direction"], "inbound");
  EXPECT_EQ(item["local_ip"], "10.0.0.1");
  EXPECT_EQ(item["local_port"], 5432);
  EXPECT_EQ(item["peer"], "10.0.0.7");
  EXPECT_EQ(item["peer_port"], 50'001);
  EXPECT_EQ(item["outcome"], "closed");
  EXPECT_EQ(item["opened_at"], to_rfc3339(from_ms(kAt + 1000)));
  EXPECT_EQ(item["ended_at"], to_rfc3339(from_ms(kAt + 1500)));
  EXPECT_EQ(item["process"], "postgres");
  EXPECT_EQ(item["sent_bytes"], 9);
}

TEST_F(ConnectionLog, IsFilteredAndTheLatestComesFirst) {
  auto outbound = record(4, "fd00::7");
  outbound.inbound = false;
  outbound.remote_port = 443;
  store(own_, {record(1, "10.0.0.7"), ended(record(2, "10.0.1.8"), "reset"),
               ended(record(3, "10.0.0.9"), "closed"), ended(outbound, "refused")});
  EXPECT_EQ(peers(list("")), (Json{"fd00::7", "10.0.0.9", "10.0.1.8", "10.0.0.7"}));
  EXPECT_EQ(peers(list("&sort=opened_at&limit=1")), Json{"10.0.0.7"});
  EXPECT_EQ(peers(list("&peer=10.0.0.0/24")), (Json{"10.0.0.9", "10.0.0.7"}));
  EXPECT_EQ(peers(list("&peer=10.0.1.8")), Json{"10.0.1.8"});
  EXPECT_EQ(peers(list("&peer=fd00::/16")), Json{"fd00::7"});
  EXPECT_EQ(peers(list("&port=443")), Json{"fd00::7"});
  EXPECT_EQ(peers(list("&direction=outbound")), Json{"fd00::7"});
  EXPECT_EQ(peers(list("&outcome=open")), Json{"10.0.0.7"});
  EXPECT_EQ(peers(list("&outcome=reset")), Json{"10.0.1.8"});
  EXPECT_EQ(peers(list("&process=postgres")).size(), 3u);
  EXPECT_EQ(peers(list("&from=" + to_rfc3339(from_ms(kAt + 2000)) +
                       "&to=" + to_rfc3339(from_ms(kAt + 3000)))),
            Json{"10.0.1.8"});
  const auto first = list("&limit=3");
  EXPECT_EQ(peers(list("&limit=3&cursor=" + first.json["next_cursor"].get<std::string>())),
            Json{"10.0.0.7"});
}

TEST_F(ConnectionLog, WhatCannotBeAskedIsRefusedByName) {
  EXPECT_EQ(fields_of(list("&peer=example.org")), Names{"peer"});
  EXPECT_EQ(fields_of(list("&peer=10.0.0.0/33")), Names{"peer"});
  EXPECT_EQ(fields_of(list("&peer=10.0.0.0/")), Names{"peer"});
  EXPECT_EQ(fields_of(list("&port=0")), Names{"port"});
  EXPECT_EQ(fields_of(list("&outcome=lost")), Names{"outcome"});
  EXPECT_EQ(fields_of(list("&direction=up")), Names{"direction"});
}

TEST_F(ConnectionLog, WhoIsLimitedToSomeInstancesSeesTheirsAlone) {
  store(own_, {record(1, "10.0.0.7")});
  store(foreign_, {record(2, "10.0.0.8")});
  const auto who = person();
  grant(who.id, "viewer", {{"env", env_}});
  EXPECT_TRUE(api().grants->refresh());
  EXPECT_EQ(peers(api().get("/api/v1/connections/log", who.token)), Json{"10.0.0.7"});
  EXPECT_EQ(peers(api().get("/api/v1/connections/log?server_id=" + foreign_, who.token)),
            Json::array());
}

// S-03: what others' agents tell is as what nobody tells.
TEST_F(ConnectionsApi, WhoIsLimitedToSomeInstancesSeesTheirsAlone) {
  const auto who = person();
  EXPECT_EQ(list("", who.token).status, 403);
  grant(who.id, "viewer", {{"env", env_}});
  EXPECT_TRUE(api().grants->refresh());
  EXPECT_EQ(peers(list("", who.token)).size(), 3u);
  EXPECT_EQ(peers(list("&server_id=" + foreign_, who.token)), Json::array());
  EXPECT_EQ(get("/api/v1/listeners", "", who.token).json["items"], Json::array());
  const auto graph = get("/api/v1/connections/graph", "", who.token);
  for (const auto& node : graph.json["nodes"]) EXPECT_NE(node["id"], foreign_) << graph.text;
  EXPECT_EQ(graph.json["dependencies"].size(), 3u);
}

}  // namespace
}  // namespace monitron::api
