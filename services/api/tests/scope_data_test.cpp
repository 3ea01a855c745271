// What was measured and told, to who has a permission on some instances alone.

#include "api/stream.hpp"
#include "scope_scene.hpp"
#include "testkit/eventually.hpp"
#include "testkit/web_socket.hpp"

namespace monitron::api {
namespace {

using http::Method;
using namespace std::chrono_literals;

class ScopesOfData : public Scopes {};

// S9: what series there are, by whatever way they are asked for.
TEST_F(ScopesOfData, QueriesSeeWhatTheScopeSent) {
  for (const auto& source : {own_, foreign_, own_check_, foreign_check_, loose_check_}) {
    sample(source);
  }
  const auto reader = person();
  grant(reader.id, "viewer", own_labels());
  const auto of = [](const std::string& source) { return source.substr(24); };
  const std::set<std::string> own{of(own_), of(own_check_)};
  const auto at = std::to_string(kSampled);
  const auto range = "&start=" + at + "&end=" + at + "&step=60";
  const std::map<std::string, std::string> asked = {
      {"/query?query=scoped_total&time=" + at, "/data/result"},
      {"/query?query=%7B__name__%3D~%22scoped_.*%22%7D&time=" + at, "/data/result"},
      {"/query_range?query=scoped_total" + range, "/data/result"},
      {"/series?match[]=scoped_total", "/data"},
      {"/series?match[]=%7B__name__!%3D%22%22%7D", "/data"},
      {"/label/of/values", "/data"},
      {"/label/of/values?match[]=scoped_total", "/data"}};
  for (const auto* prefix : {"/api/v1", "/prometheus/api/v1"}) {
    for (const auto& [query, place] : asked) {
      const auto answer = ask(Method::get, prefix + query, reader.token);
      ASSERT_EQ(answer.status, 200) << query << answer.text;
      std::set<std::string> seen;
      for (const auto& one : answer.json.at(Json::json_pointer(place))) {
        seen.insert(one.is_string()
                        ? one.get<std::string>()
                        : (one.contains("metric") ? one["metric"] : one).value("of", "?"));
      }
      EXPECT_EQ(seen, own) << query << " " << answer.text;
    }
  }
  const auto count = api().get("/api/v1/query?query=count(scoped_total)&time=" + at, reader.token);
  EXPECT_EQ(count.json["data"]["result"][0]["value"][1], "2") << count.text;
  std::set<std::string> names;
  const auto labels = api().get("/api/v1/labels", reader.token);
  for (const std::string name : labels.json["data"]) {
    if (name.starts_with("x_")) names.insert(name.substr(2));
  }
  EXPECT_EQ(names, own);
  for (const auto* path : {"/api/v1/metrics", "/api/v1/metrics/series"}) {
    const auto status = [&](const std::string& source) {
      return api().get(path + ("?server_id=" + source), reader.token).status;
    };
    for (const auto& one : {own_, own_check_}) EXPECT_EQ(status(one), 200) << path;
    for (const auto& one : {foreign_, foreign_check_, loose_check_, Uuid::make().str()}) {
      EXPECT_EQ(status(one), 404) << path;
    }
  }
}

// M-132: what has a history, a group and chunks is answered as to anybody.
TEST_F(ScopesOfData, WhatWasThereBeforeIsAnsweredToo) {
  const auto reader = person(), writer = person();
  grant(reader.id, "viewer", own_labels());
  grant(writer.id, "admin", own_labels());
  const auto place = "/api/v1/instances/" + own_;
  const Json group = {{"groups", {"g-" + env_}}};
  ASSERT_EQ(ask(http::Method::patch, place, api().admin(), group).status, 200);
  const auto changed = ask(http::Method::patch, place, writer.token, {{"description", "mine"}});
  EXPECT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.json["groups"], group["groups"]);
  change([&](pqxx::work& tx) {
    tx.exec_params0("UPDATE checks SET slots_since = now() - interval '1 hour' WHERE id = $1",
                    own_check_);
    tx.exec0(
        "INSERT INTO check_schedules VALUES ('default', now()) ON CONFLICT (location) DO UPDATE "
        "SET sent_until = now()");
    // Nobody was scheduled there.
    tx.exec_params0(
        "INSERT INTO missed_slots (check_id, location, reason, from_time, to_time) VALUES ($1, "
        "'default', 'unscheduled', now() - interval '20 minutes', now() - interval '10 minutes')",
        Uuid{}.str());
    tx.exec0(
        "DO $$ BEGIN IF to_regclass('chunk_times_t0') IS NULL THEN "
        "CREATE TABLE chunks_t0 (LIKE chunks INCLUDING STORAGE) PARTITION BY RANGE (start); "
        "ALTER TABLE chunks ATTACH PARTITION chunks_t0 FOR VALUES IN (0); "
        "CREATE TABLE chunk_times_t0 (LIKE chunk_times INCLUDING STORAGE) PARTITION BY RANGE "
        "(start); ALTER TABLE chunk_times ATTACH PARTITION chunk_times_t0 FOR VALUES IN (0); "
        "END IF; END $$");
  });
  const auto now = system_clock().now();
  const auto range = "from=" + to_rfc3339(now - 30min) + "&to=" + to_rfc3339(now);
  for (const auto& path : {"/api/v1/checks/" + own_check_ + "/slots?" + range,
                           "/api/v1/metrics?server_id=" + own_ + "&step=5m&" + range}) {
    const auto all = api().get(path, api().admin());
    const auto limited = api().get(path, reader.token);
    EXPECT_EQ(all.status, 200) << path << all.text;
    EXPECT_EQ(limited.status, 200) << path << limited.text;
    EXPECT_EQ(limited.json, all.json) << path;
  }
  // It is of all checks.
  change([](pqxx::work& tx) {
    tx.exec_params0("DELETE FROM missed_slots WHERE check_id = $1", Uuid{}.str());
  });
}

// S9: alerts that fire.
TEST_F(ScopesOfData, AlertsAreThoseOfTheScope) {
  const auto rule =
      make("/api/v1/rules",
           {{"name", "r " + env_}, {"kind", "promql"}, {"expr", "never > 1"}, {"enabled", false}});
  const auto alert = [&](const Json& labels) {
    const auto id = Uuid::make().str();
    change([&](pqxx::work& tx) {
      tx.exec_params0(
          "INSERT INTO alert_states VALUES ($1, $2, $3, 'firing', 't', 'seen', $4, 1, now(), NULL, "
          "NULL)",
          id, rule, "series:" + id, labels.dump());
    });
    return id;
  };
  const std::set<std::string> own{alert({{"server_id", own_}}), alert({{"check_id", own_check_}}),
                                  alert({{"server_id", own_}, {"check_id", own_check_}})};
  for (const auto& labels : {Json{{"server_id", foreign_}}, Json{{"check_id", foreign_check_}},
                             Json{{"check_id", loose_check_}}, Json{{"env", env_}},
                             Json{{"server_id", own_}, {"check_id", foreign_check_}}}) {
    alert(labels);
  }
  const auto reader = person();
  grant(reader.id, "viewer", own_labels());
  EXPECT_EQ(listed("/api/v1/alerts", reader.token), own);
}

// S9: the live stream, and what it has missed.
TEST_F(ScopesOfData, TheStreamTellsOfTheScope) {
  Stream stream(*api().context, *api().access, *api().graphql);
  ASSERT_TRUE(stream.start());
  const auto reader = person();
  const auto tickets = [&] {
    return api().post("/api/v1/stream/tickets", reader.token, nullptr).json.value("ticket", "");
  };
  const auto socket_of = [&](const std::string& more) {
    return std::make_unique<testkit::WebSocket>(
        stream.port(), "/api/v1/stream?topics=alerts,states" + more + "&ticket=" + tickets());
  };
  auto refused = socket_of("");
  EXPECT_TRUE(testkit::eventually(10s, [&] {
    refused->receive(50ms);
    return refused->close_code() == 1008;
  }));

  const auto given = grant(reader.id, "viewer", own_labels());
  const auto tell = [&](const std::string& id, const Json& labels) {
    contracts::Message message;
    message.type = "alert.changed";
    message.message_id = id;
    message.body = Json{{"rule_name", id}, {"state", "firing"}, {"labels", labels}}.dump();
    stream.take(message);
  };
  const auto heard = [&](testkit::WebSocket& socket) {
    std::set<std::string> names;
    while (const auto text = socket.receive(300ms)) {
      names.insert(Json::parse(*text).value("rule_name", "?"));
    }
    return names;
  };
  auto socket = socket_of("");
  ASSERT_TRUE(testkit::eventually(10s, [&] {
    tell("ready " + Uuid::make().str(), {{"server_id", own_}});
    return socket->receive(50ms).has_value();
  }));
  heard(*socket);
  const auto scene = [&](const std::string& when) {
    tell(when + " own", {{"server_id", own_}});
    tell(when + " own check", {{"check_id", own_check_}, {"server_id", own_}});
    tell(when + " foreign", {{"server_id", foreign_}});
    tell(when + " foreign check", {{"check_id", foreign_check_}, {"server_id", own_}});
    tell(when + " loose", {{"check_id", loose_check_}});
    tell(when + " nobody's", Json::object());
  };
  scene("now");
  EXPECT_EQ(heard(*socket), (std::set<std::string>{"now own", "now own check"}));
  auto late = socket_of("&after=now%20own");
  EXPECT_EQ(heard(*late), std::set<std::string>{"now own check"});

  // What leaves the scope is heard of no more, and without the grant nothing is.
  ASSERT_EQ(ask(Method::patch, "/api/v1/instances/" + own_, api().admin(),
                {{"labels", {{"env", "other"}}}})
                .status,
            200);
  stream.recheck();
  scene("later");
  EXPECT_EQ(heard(*socket), std::set<std::string>());
  ASSERT_EQ(ask(Method::delete_, "/api/v1/grants/" + given, api().admin()).status, 204);
  stream.recheck();
  EXPECT_TRUE(testkit::eventually(10s, [&] {
    socket->receive(50ms);
    return socket->close_code() == 1008;
  }));
}

// S9: and so do subscriptions of GraphQL, which it feeds.
TEST_F(ScopesOfData, SubscriptionsTellOfTheScope) {
  Stream stream(*api().context, *api().access, *api().graphql);
  ASSERT_TRUE(stream.start());
  const auto reader = person();
  const auto given = grant(reader.id, "viewer", own_labels());
  testkit::WebSocket socket(stream.port(), "/api/v1/graphql",
                            {{"Sec-WebSocket-Protocol", "graphql-transport-ws"}});
  const auto say = [&](const Json& message) { socket.send(message.dump()); };
  const auto hear = [&](std::chrono::milliseconds patience) {
    const auto text = socket.receive(patience);
    return text ? Json::parse(*text) : Json();
  };
  say({{"type", "connection_init"}, {"payload", {{"Authorization", "Bearer " + reader.token}}}});
  EXPECT_EQ(hear(5s), (Json{{"type", "connection_ack"}}));
  say({{"type", "subscribe"},
       {"id", "a"},
       {"payload", {{"query", "subscription { alertChanges { ruleName } }"}}}});
  say({{"type", "ping"}});
  EXPECT_EQ(hear(5s), (Json{{"type", "pong"}}));
  const auto told = [&](const std::string& when) {
    for (const auto& [name, labels] :
         std::map<std::string, Json>{{"foreign", {{"server_id", foreign_}}},
                                     {"foreign check", {{"check_id", foreign_check_}}},
                                     {"nobody's", Json::object()},
                                     {"own", {{"server_id", own_}}}}) {
      contracts::Message message;
      message.type = "alert.changed";
      message.message_id = when + name;
      message.body = Json{{"rule_name", name}, {"state", "firing"}, {"labels", labels}}.dump();
      stream.take(message);
    }
    stream.flush();
    std::set<std::string> names;
    for (auto next = hear(2s); !next.is_null(); next = hear(300ms)) {
      names.insert(next["payload"]["data"]["alertChanges"].value("ruleName", next.dump()));
    }
    return names;
  };
  EXPECT_EQ(told("now"), std::set<std::string>{"own"});
  ASSERT_EQ(ask(Method::patch, "/api/v1/instances/" + own_, api().admin(),
                {{"labels", {{"env", "other"}}}})
                .status,
            200);
  stream.recheck();
  EXPECT_EQ(told("later"), std::set<std::string>());
  ASSERT_EQ(ask(Method::delete_, "/api/v1/grants/" + given, api().admin()).status, 204);
  stream.recheck();
  EXPECT_TRUE(testkit::eventually(10s, [&] {
    socket.receive(50ms);
    return socket.close_code() == 1008;
  }));
}

}  // namespace
}  // namespace monitron::api
