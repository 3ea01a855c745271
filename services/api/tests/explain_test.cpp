// "Why was I (not) paged", each verdict from what the services store.

#include "incident_scene.hpp"
#include "store/alert_decisions.hpp"
#include "store/deliveries.hpp"

namespace monitron::api {
namespace {

using store::DeliveryChannel;
using store::DeliveryState;
using namespace std::chrono_literals;

class Explain : public IncidentTest {
 protected:
  void SetUp() override {
    IncidentTest::SetUp();
    if (IsSkipped()) return;
    const auto rule = api().post("/api/v1/rules", api().admin(),
                                 {{"name", "Check down"},
                                  {"kind", "check_state"},
                                  {"for_seconds", 60},
                                  {"label_selector", {{"nobody has", Uuid::make().str()}}}});
    ASSERT_EQ(rule.status, 201) << rule.text;
    incident_.rule_id = *Uuid::parse(rule.json["id"].get<std::string>());
    incident_.opened_at = system_clock().now() - 10min;
  }

  void decide(const std::string& changed, Instant at, const Json& inputs = Json::object()) {
    change([&](pqxx::work& tx) {
      store::note_decision(tx, {.alert_id = incident_.alert_id,
                                .rule_id = incident_.rule_id,
                                .rule_name = "Check down",
                                .title = "shop is down",
                                .at = at,
                                .change = changed,
                                .text = "status 500",
                                .inputs = inputs.dump()});
    });
  }
  void opened() {
    decide("pending", incident_.opened_at - 60s);
    decide("fired", incident_.opened_at);
    open(incident_);
  }
  void stand(domain::AlertPhase phase) {
    store::Alert alert;
    alert.id = incident_.alert_id;
    alert.rule_id = incident_.rule_id;
    alert.subject = "check:" + Uuid::make().str();
    alert.state.phase = phase;
    alert.state.active_since = system_clock().now() - 20s;
    alert.title = "shop is down";
    alert.text = "status 500";
    change([&](pqxx::work& tx) { store::put_alert(tx, alert); });
  }
  void told(DeliveryChannel channel, const std::string& target, DeliveryState state,
            const std::string& detail = "", int transition = 1) {
    change([&](pqxx::work& tx) {
      store::note_delivery(tx, {.key = Uuid::make().str(),
                                .incident_id = incident_.id,
                                .transition = transition,
                                .channel = channel,
                                .target = target,
                                .state = state,
                                .detail = detail});
    });
  }
  Json explain(const Uuid& id) {
    const auto answer = api().get("/api/v1/alerts/" + id.str() + "/explain", api().viewer());
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer.json;
  }
  std::string verdict() { return explain(incident_.alert_id)["verdict"]; }
  static void expect(const std::string& text, const std::vector<std::string>& parts) {
    for (const auto& part : parts) EXPECT_NE(text.find(part), std::string::npos) << text;
  }

  StagedIncident incident_;
};

TEST_F(Explain, PagedAndResolved) {
  opened();
  told(DeliveryChannel::alertmanager, "http://am-1:9093", DeliveryState::accepted);
  told(DeliveryChannel::email, "ops@example.org", DeliveryState::sent);
  expect(verdict(), {"Told at ", ": e-mail to ops@example.org, because of",
                     "because of \"Check down\": shop is down (status 500)"});
  ASSERT_EQ(acknowledge(incident_, {{"comment", "on it"}}).status, 200);
  const auto end = system_clock().now() - 5min;
  decide("resolved", end);
  resolve(incident_, end);
  expect(verdict(), {"It was resolved at " + to_text(end), "nobody is known to have been told"});
  told(DeliveryChannel::email, "ops@example.org", DeliveryState::sent, "", 2);
  expect(verdict(), {"which was told too"});
  const auto whole = explain(incident_.id);
  std::vector<std::string> kinds;
  for (const auto& step : whole["steps"]) kinds.push_back(step["kind"]);
  EXPECT_EQ(kinds, (std::vector<std::string>{"pending", "fired", "resolved", "acknowledged"}));
  EXPECT_EQ(whole["delivery"].size(), 3u);
  EXPECT_EQ(whole["delivery"][2]["transition"], "resolved");
  EXPECT_EQ(get(incident_)["notifications"], whole["delivery"]);
}

TEST_F(Explain, AlertmanagerTookItAndNobodyKnowsMore) {
  opened();
  told(DeliveryChannel::alertmanager, "http://am-1:9093", DeliveryState::accepted);
  expect(verdict(),
         {"Nobody is known to have been paged", "Alertmanager at http://am-1:9093 took it"});
  told(DeliveryChannel::alertmanager_receiver, "pager", DeliveryState::delivered);
  expect(verdict(), {"Alertmanager's receiver pager was notified at ",
                     "Whether that reached people Alertmanager alone knows."});
  told(DeliveryChannel::alertmanager, "http://am-1:9093", DeliveryState::failed,
       "could not send by slack: 3 failed since 10:00");
  expect(verdict(), {"alone knows. Alertmanager could not send by slack: 3 failed since 10:00."});
  told(DeliveryChannel::email, "ops@example.org", DeliveryState::sent);
  expect(verdict(), {"Told at ", ": Alertmanager's receiver pager, e-mail to ops"});
}

// By the names that people gave their channels, each once: a reminder is no other way.
TEST_F(Explain, ChannelsAreNamedOnce) {
  opened();
  told(DeliveryChannel::webhook, "hook", DeliveryState::sent, "HTTP 200");
  told(DeliveryChannel::email, "phone", DeliveryState::sent);
  told(DeliveryChannel::webhook, "hook", DeliveryState::sent, "HTTP 200");
  expect(verdict(),
         {"Told at ", ": webhook \"hook\", e-mail \"phone\", because of \"Check down\""});
}

TEST_F(Explain, SilencedOrInhibited) {
  opened();
  told(DeliveryChannel::alertmanager, "http://am-1:9093", DeliveryState::accepted);
  told(DeliveryChannel::alertmanager_receiver, "pager", DeliveryState::suppressed,
       "silenced by ann until tomorrow: works on the switch");
  expect(verdict(), {"Nobody was paged, because it was silenced by ann until tomorrow",
                     "works on the switch"});
}

TEST_F(Explain, EachDeliveryFailed) {
  opened();
  told(DeliveryChannel::email, "ops@example.org", DeliveryState::failed, "550 no such user");
  expect(verdict(), {"Nobody was paged, because each delivery failed",
                     "e-mail to ops@example.org: 550 no such user"});
}

TEST_F(Explain, NobodyWasThereToBeTold) {
  opened();
  expect(verdict(),
         {"Nobody was paged, because there was nobody to tell", "no Alertmanager took it"});
}

TEST_F(Explain, OnItsWay) {
  incident_.opened_at = system_clock().now() - 2s;
  opened();
  expect(verdict(), {"Nobody was paged yet", "is on its way"});
}

TEST_F(Explain, StillPending) {
  decide("pending", system_clock().now() - 20s);
  stand(domain::AlertPhase::pending);
  expect(verdict(), {"Nobody was paged yet: it has held for 2", "the rule asks for 60 s"});
  EXPECT_EQ(explain(incident_.alert_id)["steps"].back()["kind"], "now");
}

TEST_F(Explain, EndedBeforeItsTime) {
  const auto now = system_clock().now();
  decide("fired", now - 2h);  // another time, long ago
  decide("resolved", now - 1h);
  decide("pending", now - 100s, {{"rule", {{"for_seconds", 90}}}});
  decide("cleared", now - 70s);
  expect(verdict(), {"Nobody was paged, because it held for 30 s only; the rule asks for 90 s",
                     "It ended at " + to_text(now - 70s)});
  EXPECT_EQ(explain(incident_.alert_id)["steps"].size(), 2u);
}

Json gate(const char* kind, const char* name, const char* text) {
  return {{"gate", {{"open", false}, {"kind", kind}, {"name", name}, {"text", text}}}};
}

TEST_F(Explain, HeldBackUntilItEnded) {
  const auto now = system_clock().now();
  const auto verdict_with = [&](const Json& inputs) {
    incident_.alert_id = Uuid::make();
    decide("pending", now - 300s);
    decide("suppressed", now - 240s, inputs);
    decide("cleared", now - 100s);
    return verdict();
  };
  expect(verdict_with(gate("maintenance", "new switch", "until 12:00")),
         {"Nobody was paged, because of the maintenance window \"new switch\": until 12:00.",
          "It ended at "});
  expect(
      verdict_with(gate("dependency", "behind the switch", "switch-1 is down")),
      {"because it depends on something that is down (\"behind the switch\"): switch-1 is down."});
}

TEST_F(Explain, NothingIsKnownOfStrangers) {
  const auto path = "/api/v1/alerts/" + Uuid::make().str() + "/explain";
  EXPECT_EQ(api().get(path, api().viewer()).status, 404);
}

class ExplainCheck : public Explain {
 protected:
  void SetUp() override {
    Explain::SetUp();
    if (IsSkipped()) return;
    const auto made = api().post("/api/v1/checks", api().admin(),
                                 {{"kind", "tcp"},
                                  {"target", "a.example:1"},
                                  {"labels", {{"scene", scene_}}},
                                  {"failures_before_down", 3}});
    ASSERT_EQ(made.status, 201) << made.text;
    check_ = made.json["id"];
  }
  void rule() {
    const auto made = api().post("/api/v1/rules", api().admin(),
                                 {{"name", "Of the scene"},
                                  {"kind", "check_state"},
                                  {"for_seconds", 60},
                                  {"label_selector", {{"scene", scene_}}}});
    ASSERT_EQ(made.status, 201) << made.text;
    incident_.rule_id = *Uuid::parse(made.json["id"].get<std::string>());
  }
  void seen(const char* status, const char* latest, int failures) {
    change([&](pqxx::work& tx) {
      tx.exec_params0(
          "INSERT INTO check_latest (check_id, location, status, last_status, failures, successes, "
          "unknowns, slot, heard, status_since, last_result) VALUES ($1, 'default', $2, $3, $4, 0, "
          "0, "
          "now(), now(), now(), 'null') ON CONFLICT (check_id, location) DO UPDATE SET status = "
          "excluded.status, "
          "last_status = excluded.last_status, failures = excluded.failures",
          check_, status, latest, failures);
    });
  }
  Json explained() {
    const auto answer = api().get("/api/v1/checks/" + check_ + "/explain", api().viewer());
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer.json;
  }
  Json own_rule() {
    const auto answer = explained();
    for (const auto& one : answer["rules"]) {
      if (one["rule_id"] == incident_.rule_id.str()) return one;
    }
    return nullptr;
  }

  std::string scene_ = Uuid::make().str();
  std::string check_;
};

TEST_F(ExplainCheck, NeverLeftItsSoftState) {
  rule();
  seen("up", "down", 2);
  const auto answer = explained();
  expect(answer["verdict"],
         {"Nobody was paged, because it fails, but not often enough yet: 2 of 3 failures in a row "
          "at default."});
  EXPECT_EQ(answer["locations"][0]["result"], "down");
  EXPECT_EQ(answer["locations"][0]["failures"], 2);
  expect(own_rule()["verdict"], {"the rule is about checks that are down", "2 of 3 failures"});
}

TEST_F(ExplainCheck, IsUp) {
  rule();
  seen("up", "up", 0);
  EXPECT_EQ(explained()["verdict"], "Nobody was paged, because it is up.");
}

TEST_F(ExplainCheck, IsPendingAndThenPaged) {
  rule();
  seen("down", "down", 3);
  store::Alert alert;
  alert.id = incident_.alert_id;
  alert.rule_id = incident_.rule_id;
  alert.subject = "check:" + check_;
  alert.labels = {{"check_id", check_}};
  alert.state = {domain::AlertPhase::pending, system_clock().now() - 20s};
  change([&](pqxx::work& tx) { store::put_alert(tx, alert); });
  expect(own_rule()["verdict"], {"Nobody was paged yet: it has held for 2", "asks for 60 s"});
  opened();
  told(DeliveryChannel::webhook, "pager", DeliveryState::delivered);
  alert.state.phase = domain::AlertPhase::firing;
  alert.incident_id = incident_.id;
  change([&](pqxx::work& tx) { store::put_alert(tx, alert); });
  expect(explained()["verdict"], {"Told at ", ": webhook \"pager\", because"});
}

// Whatever kind of rule: an alert is about the check that its labels name.
TEST_F(ExplainCheck, ByARuleInPromql) {
  seen("up", "up", 0);
  const auto rule = api().post("/api/v1/rules", api().admin(),
                               {{"name", "Checks fail " + scene_},
                                {"kind", "promql"},
                                {"expr", "1 - avg by (check_id) (probe_success) > 0.5"}});
  ASSERT_EQ(rule.status, 201) << rule.text;
  incident_.rule_id = *Uuid::parse(rule.json["id"].get<std::string>());
  opened();
  told(DeliveryChannel::webhook, "pager", DeliveryState::delivered);
  store::Alert alert;
  alert.id = incident_.alert_id;
  alert.rule_id = incident_.rule_id;
  alert.subject = "query:check_id=" + check_ + ",";
  alert.labels = {{"check_id", check_}, {"env", "prod"}};
  alert.state = {domain::AlertPhase::firing, incident_.opened_at};
  alert.incident_id = incident_.id;
  change([&](pqxx::work& tx) { store::put_alert(tx, alert); });
  expect(own_rule()["verdict"], {"Told at ", "webhook \"pager\""});
  expect(explained()["verdict"], {"Told at ", "webhook \"pager\""});
}

TEST_F(ExplainCheck, NoRuleSelectsItOrItIsPaused) {
  change([&](pqxx::work& tx) {
    tx.exec("UPDATE rules SET enabled = false WHERE label_selector = '{}'");
  });
  expect(explained()["verdict"], {"no enabled rule on states of checks selects it"});
  change([&](pqxx::work& tx) {
    tx.exec("UPDATE rules SET enabled = true WHERE label_selector = '{}'");
  });
  ASSERT_EQ(
      api()
          .ask(http::Method::patch, "/api/v1/checks/" + check_, api().admin(), {{"enabled", false}})
          .status,
      200);
  EXPECT_EQ(explained()["verdict"], "Nobody was paged, because the check is paused.");
  EXPECT_EQ(explained()["status"], "paused");
}

}  // namespace
}  // namespace monitron::api
