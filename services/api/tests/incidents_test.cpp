// What people do about incidents, and what is shown of them.

#include "store/incidents.hpp"

#include "contracts/incident_changed.hpp"
#include "incident_scene.hpp"
#include "store/incident_summary.hpp"

#include <future>

namespace monitron::api {
namespace {

using http::Method;
using namespace std::chrono_literals;

std::vector<std::string> kinds_of(const Json& incident) {
  std::vector<std::string> kinds;
  for (const auto& event : incident["events"]) kinds.push_back(event["kind"]);
  return kinds;
}

class Incidents : public IncidentTest {};

TEST_F(Incidents, AreAcknowledgedAssignedNotedAndEndWithTheirFigures) {
  StagedIncident incident;
  incident.opened_at -= 60s;
  open(incident);
  EXPECT_EQ(get(incident)["state"], "open");
  const auto taken = acknowledge(incident, {{"comment", "on it"}, {"sticky", true}});
  ASSERT_EQ(taken.status, 200) << taken.text;
  EXPECT_EQ(taken.json["state"], "acknowledged");
  EXPECT_EQ(taken.json["acknowledgement"]["by"], "Administrator");
  EXPECT_EQ(taken.json["acknowledgement"]["sticky"], true);
  EXPECT_NEAR(taken.json["time_to_acknowledge_seconds"].get<double>(), 60, 5);
  const auto me = api().get("/api/v1/me", api().admin()).json["id"];
  const auto assigned =
      api().ask(Method::put, path(incident, "/assignee"), api().admin(), {{"user_id", me}});
  EXPECT_EQ(assigned.json["assignee"]["id"], me) << assigned.text;
  EXPECT_EQ(api().post(path(incident, "/notes"), api().admin(), {{"text", "a cable"}}).status, 201);
  resolve(incident, system_clock().now());
  const auto after = get(incident);
  EXPECT_EQ(after["state"], "resolved");
  EXPECT_NEAR(after["time_to_resolve_seconds"].get<double>(), 60, 5);
  EXPECT_EQ(kinds_of(after),
            (std::vector<std::string>{"opened", "acknowledged", "assigned", "noted", "resolved"}));
  EXPECT_EQ(after["events"][3]["text"], "a cable");
  EXPECT_EQ(after["events"][3]["by"], "Administrator");
  EXPECT_EQ(one("SELECT count(*) FROM audit_log WHERE object_id = '" + incident.id.str() + "'"),
            "3");
}

TEST_F(Incidents, RefuseWhatContradictsThem) {
  StagedIncident incident;
  open(incident);
  const auto take_back = [&] {
    return api().ask(Method::delete_, path(incident, "/acknowledgement"), api().admin()).status;
  };
  EXPECT_EQ(take_back(), 409);
  const auto first = acknowledge(incident, Json::object());
  EXPECT_EQ(first.status, 200) << first.text;
  EXPECT_EQ(take_back(), 204);
  EXPECT_EQ(get(incident)["state"], "open");
  resolve(incident, system_clock().now());
  const auto late = acknowledge(incident, {{"comment", "on it"}});
  EXPECT_EQ(late.status, 409);
  EXPECT_NE(late.text.find("it is resolved"), std::string::npos) << late.text;
  EXPECT_EQ(take_back(), 409);
  EXPECT_EQ(api().post(path(incident, "/notes"), api().admin(), {{"text", "why"}}).status, 201);
  EXPECT_EQ(acknowledge(StagedIncident(), Json::object()).status, 404);
}

TEST_F(Incidents, NameTheMemberThatIsWrong) {
  StagedIncident incident;
  open(incident);
  EXPECT_EQ(
      fields_of(acknowledge(
          incident, {{"expires_at", "2020-01-01T00:00:00Z"}, {"sticky", "yes"}, {"coment", ""}})),
      (Names{"expires_at", "sticky", "coment"}));
  const auto assign = [&](const Json& body) {
    return fields_of(api().ask(Method::put, path(incident, "/assignee"), api().admin(), body));
  };
  EXPECT_EQ(assign(Json::object()), Names{"user_id"});
  EXPECT_EQ(assign({{"user_id", Uuid::make().str()}}), Names{"user_id"});
  EXPECT_EQ(fields_of(api().post(path(incident, "/notes"), api().admin(), Json::object())),
            Names{"text"});
  for (const auto* query : {"state=closed", "severity=bad", "rule_id=1", "assignee=1", "label=!x",
                            "from=then", "colour=red", "drill=maybe"}) {
    const auto answer = api().get(std::string("/api/v1/incidents?") + query, api().viewer());
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_EQ(fields_of(answer), Names{std::string(query).substr(0, std::string(query).find('='))});
  }
}

TEST_F(Incidents, AreForViewersToReadAlone) {
  StagedIncident incident;
  open(incident);
  const auto viewer = api().viewer();
  for (const auto* rest : {"/acknowledgement", "/assignee"}) {
    EXPECT_EQ(api().ask(Method::put, path(incident, rest), viewer, Json::object()).status, 403);
  }
  EXPECT_EQ(api().ask(Method::delete_, path(incident, "/acknowledgement"), viewer).status, 403);
  EXPECT_EQ(api().post(path(incident, "/notes"), viewer, {{"text", "x"}}).status, 403);
  EXPECT_EQ(kinds_of(get(incident)), std::vector<std::string>{"opened"});
}

// C-042: whose own threshold it is about is told, and may answer.
TEST_F(Incidents, OnesOwnAreActedOnByTheirPerson) {
  StagedIncident incident;
  const auto viewer = api().viewer();
  incident.audience = *Uuid::parse(api().get("/api/v1/me", viewer).json["id"].get<std::string>());
  open(incident);
  EXPECT_EQ(get(incident)["audience"], incident.audience->str());
  const auto act = [&](Method method, const char* rest, const Json& body) {
    return api().ask(method, path(incident, rest), viewer, body).status;
  };
  EXPECT_EQ(act(Method::put, "/acknowledgement", Json::object()), 200);
  EXPECT_EQ(act(Method::post, "/notes", {{"text", "I am at it"}}), 201);
  EXPECT_EQ(act(Method::delete_, "/acknowledgement", nullptr), 204);
  EXPECT_EQ(act(Method::put, "/assignee", {{"user_id", nullptr}}), 403);
  EXPECT_EQ(kinds_of(get(incident)),
            (std::vector<std::string>{"opened", "acknowledged", "noted", "unacknowledged"}));
  StagedIncident theirs;
  theirs.audience = Uuid::make();
  open(theirs);
  EXPECT_EQ(api().post(path(theirs, "/notes"), viewer, {{"text", "x"}}).status, 404);
}

TEST_F(Incidents, AnAcknowledgementEndsAtItsTime) {
  StagedIncident incident;
  open(incident);
  ASSERT_EQ(acknowledge(incident, {{"expires_at", to_rfc3339(system_clock().now() + 1h)}}).status,
            200);
  EXPECT_EQ(get(incident)["state"], "acknowledged");
  change([&](pqxx::work& tx) {
    tx.exec_params0(
        "UPDATE incident_actions SET at = at - interval '2 h', expires_at = expires_at - interval "
        "'2 h' WHERE incident_id = $1",
        incident.id.str());
  });
  EXPECT_EQ(get(incident)["state"], "open");
  const auto now = get(incident);
  EXPECT_TRUE(now["acknowledgement"].is_null());
  const auto& end = now["events"].at(1);  // shifted, it is before the beginning
  EXPECT_EQ(end["kind"], "acknowledgement_ended");
  EXPECT_EQ(end["text"], "its time is over");
  EXPECT_FALSE(end.contains("by"));
}

// It ends as well when it becomes worse than it was.
TEST_F(Incidents, AnAcknowledgementEndsWhenItBecomesWorse) {
  StagedIncident incident;
  incident.severity = "warning";
  open(incident);
  ASSERT_EQ(acknowledge(incident, Json::object()).status, 200);
  change([&](pqxx::work& tx) {
    tx.exec_params0(
        "INSERT INTO incident_events (incident_id, kind, text, severity, condition, at) "
        "VALUES ($1, 'retold', '', 'critical', '', clock_timestamp())",
        incident.id.str());
  });
  EXPECT_EQ(kinds_of(get(incident)), (std::vector<std::string>{"opened", "acknowledged", "retold",
                                                               "acknowledgement_ended"}));
  EXPECT_EQ(get(incident)["events"].back()["text"], "it became worse");
}

// Of two people at once both are heard, one after the other; who says which state he saw is told
// when it is another one by now.
TEST_F(Incidents, TwoAcknowledgeAtOnce) {
  StagedIncident incident;
  open(incident);
  const auto etag = api().get(path(incident), api().admin()).header("etag");
  const auto both = [&](const HeaderList& headers) {
    std::vector<std::future<int>> asked;
    for (const auto* comment : {"me", "no, me"}) {
      asked.push_back(std::async(std::launch::async, [&, comment] {
        return acknowledge(incident, {{"comment", comment}}, headers).status;
      }));
    }
    return std::multiset<int>{asked[0].get(), asked[1].get()};
  };
  EXPECT_EQ(both({{"If-Match", etag}}), (std::multiset<int>{200, 412}));
  EXPECT_EQ(both({}), (std::multiset<int>{200, 200}));
  EXPECT_EQ(kinds_of(get(incident)).size(), 4u);
}

// However an acknowledgement and the end meet, none is after the end.
TEST_F(Incidents, AreNotAcknowledgedWhileTheyEnd) {
  for (int round = 0; round < 10; ++round) {
    StagedIncident incident;
    open(incident);
    auto taken = std::async(std::launch::async,
                            [&] { return acknowledge(incident, Json::object()).status; });
    resolve(incident, system_clock().now());
    const auto status = taken.get();
    const auto kinds = kinds_of(get(incident));
    EXPECT_EQ(kinds.size(), status == 200 ? 3u : 2u) << status;
    EXPECT_EQ(get(incident)["state"], "resolved");
  }
}

TEST_F(Incidents, TellOthersThatSomebodyActed) {
  StagedIncident incident;
  open(incident);
  ASSERT_EQ(acknowledge(incident, {{"comment", "on it"}}).status, 200);
  const auto body =
      one("SELECT convert_from(body, 'UTF8') FROM api_outbox WHERE type = 'incident.changed' AND "
          "convert_from(body, 'UTF8') LIKE '%" +
          incident.id.str() + "%'");
  const auto told = contracts::decode_incident_changed(body);
  ASSERT_TRUE(told) << told.error().text;
  EXPECT_EQ(told->action, "acknowledged");
  EXPECT_EQ(told->state, "acknowledged");
  EXPECT_EQ(told->by, "Administrator");
}

class IncidentLists : public IncidentTest {
 protected:
  std::set<std::string> ids(const std::string& query) {
    std::set<std::string> found;
    std::string cursor;
    do {
      const auto page = api().get("/api/v1/incidents?limit=2&label=scene:" + scene_ + query +
                                      (cursor.empty() ? "" : "&cursor=" + cursor),
                                  api().viewer());
      EXPECT_EQ(page.status, 200) << page.text;
      for (const auto& item : page.json["items"]) found.insert(item["id"]);
      cursor = page.json["next_cursor"].is_null() ? "" : page.json["next_cursor"];
    } while (!cursor.empty());
    return found;
  }
  StagedIncident staged(const std::string& severity) {
    StagedIncident incident;
    incident.severity = severity;
    incident.labels["scene"] = scene_;
    return incident;
  }
  std::string scene_ = Uuid::make().str();
};

// M-142.
TEST_F(IncidentLists, AreFilteredByWhereTheyStand) {
  std::vector<StagedIncident> all;
  for (int i = 0; i < 5; ++i) all.push_back(staged(i % 2 == 0 ? "critical" : "info"));
  all[0].opened_at -= 48h;
  for (const auto& incident : all) open(incident);
  const auto id = [&](std::size_t i) { return all[i].id.str(); };
  acknowledge(all[1], Json::object());
  acknowledge(all[2], Json::object());
  resolve(all[2], system_clock().now());
  acknowledge(all[3], Json::object());
  api().ask(Method::delete_, path(all[3], "/acknowledgement"), api().admin());
  const auto me = api().get("/api/v1/me", api().admin()).json["id"].get<std::string>();
  for (const auto i : {1, 4}) {
    api().ask(Method::put, path(all[i], "/assignee"), api().admin(), {{"user_id", me}});
  }
  api().ask(Method::put, path(all[4], "/assignee"), api().admin(), {{"user_id", nullptr}});
  using Ids = std::set<std::string>;
  EXPECT_EQ(ids("").size(), 5u);
  EXPECT_EQ(ids("&state=open"), (Ids{id(0), id(3), id(4)}));
  EXPECT_EQ(ids("&state=acknowledged"), Ids{id(1)});
  EXPECT_EQ(ids("&state=resolved"), Ids{id(2)});
  EXPECT_EQ(ids("&severity=info"), (Ids{id(1), id(3)}));
  EXPECT_EQ(ids("&assignee=" + me), Ids{id(1)});
  auto drill = staged("info");
  drill.drill = true;
  open(drill);
  EXPECT_EQ(ids("&drill=true"), Ids{drill.id.str()});
  EXPECT_EQ(ids("&drill=false").size(), 5u);
  EXPECT_EQ(ids("&rule_id=" + all[4].rule_id.str()), Ids{id(4)});
  EXPECT_EQ(ids("&to=" + to_rfc3339(all[0].opened_at + 1h)), Ids{id(0)});
  EXPECT_EQ(ids("&drill=false&from=" + to_rfc3339(all[0].opened_at + 1h)).size(), 4u);
}

class IncidentFigures : public IncidentTest {
 protected:
  static constexpr std::int64_t kStart = 1'500'000'000'000;  // a time of this test alone
  static Instant at(int second) { return from_ms(kStart + second * 1000LL); }
  void act(const StagedIncident& incident, const char* kind, Instant when) {
    change([&](pqxx::work& tx) {
      tx.exec_params0(
          "INSERT INTO incident_actions (incident_id, at, kind, actor_kind, actor_id, actor_name) "
          "VALUES ($1, to_timestamp($2::bigint / 1000.0), $3, 'user', '', 'ada')",
          incident.id.str(), to_ms(when), kind);
    });
  }
  Json summary(int from, int to) {
    const auto answer = api().get(
        "/api/v1/incidents/summary?from=" + to_rfc3339(at(from)) + "&to=" + to_rfc3339(at(to)),
        api().viewer());
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer.json;
  }
};

// M-142: those opened in the range count, whenever they ended; what never was acknowledged or is
// open has no part in the means.
TEST_F(IncidentFigures, MeanTimesOfThoseThatWereOpenedInTheRange) {
  const auto rule = Uuid::make();
  const auto stage = [&](int opened, bool drill = false) {
    StagedIncident incident;
    incident.rule_id = rule;
    incident.opened_at = at(opened);
    incident.drill = drill;
    open(incident);
    return incident;
  };
  const auto before = stage(-10);  // cut by the range's beginning: not counted
  resolve(before, at(50));
  const auto first = stage(0);
  act(first, "acknowledged", at(10));
  act(first, "unacknowledged", at(11));
  act(first, "acknowledged", at(30));  // the first one counts
  resolve(first, at(100));
  const auto second = stage(20);  // ends after the range: counted whole
  act(second, "acknowledged", at(50));
  resolve(second, at(320));
  const auto never = stage(30);  // resolved, never acknowledged; an act after its end is none
  resolve(never, at(60));
  act(never, "acknowledged", at(70));
  stage(40);  // open
  const auto drill = stage(50, true);
  resolve(drill, at(51));
  stage(100);  // at the range's end: not counted
  const auto figures = summary(0, 100);
  EXPECT_EQ(figures["opened"], 4);
  EXPECT_EQ(figures["acknowledged"], 2);
  EXPECT_EQ(figures["resolved"], 3);
  EXPECT_EQ(figures["mtta_seconds"], (10.0 + 30.0) / 2);
  EXPECT_EQ(figures["mttr_seconds"], (100.0 + 300.0 + 30.0) / 3);
  ASSERT_EQ(figures["by_rule"].size(), 1u);
  EXPECT_EQ(figures["by_rule"][0]["rule_id"], rule.str());
  EXPECT_EQ(figures["by_severity"][0]["severity"], "critical");
  const auto nothing = summary(-1000, -900);
  EXPECT_TRUE(nothing["mtta_seconds"].is_null());
  EXPECT_EQ(nothing["opened"], 0);
}

// The figures in SQL are those of the fold, whatever happened.
TEST_F(IncidentFigures, AgreeWithTheFold) {
  std::vector<StagedIncident> all;
  std::uint32_t seed = 4711;
  const auto random = [&](int below) {
    seed = seed * 1664525 + 1013904223;
    return static_cast<int>((seed >> 8) % static_cast<std::uint32_t>(below));
  };
  for (int i = 0; i < 60; ++i) {
    StagedIncident incident;
    incident.opened_at = at(100'000 + random(1000));
    open(incident);
    int when = 100'000;
    for (int j = random(5); j > 0; --j) {
      when += random(900);
      act(incident, random(2) == 0 ? "acknowledged" : "unacknowledged", at(when));
    }
    if (random(3) > 0) resolve(incident, at(when + random(500)));
    all.push_back(incident);
  }
  store::IncidentFigures expected;
  change([&](pqxx::work& tx) {
    for (const auto& incident : all) {
      const auto state = store::find_incident(tx, incident.id)->state;
      expected.add({1, state.time_to_acknowledge() ? 1 : 0, state.time_to_resolve() ? 1 : 0,
                    state.time_to_acknowledge().value_or(0ms),
                    state.time_to_resolve().value_or(0ms)});
    }
  });
  const auto figures = summary(100'000, 101'000);
  EXPECT_EQ(figures["opened"], expected.opened);
  EXPECT_EQ(figures["acknowledged"], expected.acknowledged);
  EXPECT_EQ(figures["resolved"], expected.resolved);
  EXPECT_DOUBLE_EQ(figures["mtta_seconds"].get<double>(), *expected.mtta_seconds());
  EXPECT_DOUBLE_EQ(figures["mttr_seconds"].get<double>(), *expected.mttr_seconds());
}

}  // namespace
}  // namespace monitron::api
