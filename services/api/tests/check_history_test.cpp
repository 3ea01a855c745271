// What checks have done: results, states by location, slots.

#include "domain/check_slots.hpp"
#include "series/writer.hpp"
#include "store/check_definitions.hpp"
#include "store/check_schedule.hpp"
#include "store/checks.hpp"
#include "suite.hpp"

#include <pqxx/pqxx>

namespace monitron::api {
namespace {

using domain::CheckStatus;
using namespace std::chrono_literals;

constexpr auto kInterval = 10s;

// A ping from two locations that has been there for an hour; its slots are counted from ten minutes
// ago.
class CheckHistory : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    if (IsSkipped()) return;
    const auto made = api().post("/api/v1/checks", api().admin(),
                                 {{"kind", "icmp"},
                                  {"name", "gateway"},
                                  {"target", "192.0.2.1"},
                                  {"interval_seconds", 10},
                                  {"timeout_seconds", 5},
                                  {"locations", {"berlin", "tokyo"}},
                                  {"quorum", 2}});
    ASSERT_EQ(made.status, 201) << made.text;
    check_ = CheckId{*Uuid::parse(made.json["id"].get<std::string>())};
    path_ = "/api/v1/checks/" + check_.str();
    ASSERT_TRUE(api().database->transact([&](pqxx::work& tx) {
      tx.exec_params("UPDATE checks SET slots_since = now() - interval '1 hour' WHERE id = $1",
                     check_.str());
    }));
    begin_ = from_ms(to_ms(system_clock().now()) / 10'000 * 10'000) - 10min;
  }
  void TearDown() override {
    if (!IsSkipped()) api().ask(http::Method::delete_, path_, api().admin());
  }
  Instant slot(int number) const {
    return begin_ + domain::phase_of(check_, kInterval) + number * kInterval;
  }
  domain::CheckResult result(const std::string& location, int number, CheckStatus status) const {
    domain::CheckDefinition definition;
    definition.id = check_;
    definition.locations = {"berlin", "tokyo"};
    definition.quorum = 2;
    definition.failures_before_down = definition.successes_before_up = 1;
    definition.interval = kInterval;
    domain::ProbeOutcome outcome;
    outcome.status = status;
    outcome.values = {{"probe_icmp_packet_rtt_seconds", {{"seq", "2"}}, 0.0125},
                      {"probe_icmp_packets_sent", {}, 2},
                      {"probe_icmp_packets_received", {}, 1}};
    return domain::make_result(definition, location, slot(number), slot(number), outcome);
  }
  void store(const series::Load& load) {
    series::Writer writer({.database_url = api().config.database_url, .application_name = "test"});
    const auto done = writer.write(load);
    ASSERT_TRUE(done) << done.error().text;
  }
  Json get(const std::string& path) {
    const auto answer = api().get(path_ + path, api().admin());
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer.json;
  }

  CheckId check_;
  std::string path_;
  Instant begin_{};
};

// each location has its state, and the check has one by quorum.
TEST_F(CheckHistory, ACheckShowsItsLocations) {
  store({.results = {result("berlin", 0, CheckStatus::up)}});
  auto check = get("");
  EXPECT_EQ(check["status"], "up");
  EXPECT_EQ(check["locations_state"][0]["location"], "berlin");
  EXPECT_EQ(check["locations_state"][0]["status"], "up");
  EXPECT_EQ(check["locations_state"][0]["last_result"]["location"], "berlin");
  EXPECT_EQ(check["locations_state"][1]["status"], "unknown");
  EXPECT_TRUE(check["locations_state"][1]["status_since"].is_null());
  store({.results = {result("berlin", 1, CheckStatus::down), result("tokyo", 1, CheckStatus::up)}});
  EXPECT_EQ(get("")["status"], "up");
  store({.results = {result("tokyo", 2, CheckStatus::down)}});
  check = get("");
  EXPECT_EQ(check["status"], "down");
  EXPECT_EQ(check["status_since"], to_rfc3339(slot(2)));
  EXPECT_EQ(check["last_result"]["location"], "tokyo");
  const auto down = api().get("/api/v1/checks?status=down", api().admin()).json["items"];
  EXPECT_TRUE(std::any_of(down.begin(), down.end(),
                          [&](const Json& one) { return one["id"] == check_.str(); }));
  const auto events = get("/events")["items"];
  EXPECT_EQ(events[0]["location"], "tokyo");
  EXPECT_EQ(events[0]["previous_status"], "up");
  EXPECT_EQ(events[0]["result_status"], "down");
  EXPECT_EQ(events[0]["failures"], 1);
  EXPECT_EQ(events[0]["failures_before_down"], 1);
  EXPECT_EQ(get("/events?location=berlin")["items"].size(), 2u);
  // What was read can be sent back.
  EXPECT_EQ(api().ask(http::Method::put, path_, api().admin(), check).status, 200);
}

// M-002: each location turns or does not, and the check by quorum; writers go on from what is
// stored.
TEST_F(CheckHistory, ACheckThatFlapsSaysSo) {
  EXPECT_EQ(get("")["flapping"], false);
  EXPECT_EQ(get("")["flapping_percent"], 0);
  const auto status = [](int number) {
    return number % 2 == 0 ? CheckStatus::up : CheckStatus::down;
  };
  for (int i = 0; i < 10; ++i) store({.results = {result("berlin", i, status(i))}});
  EXPECT_EQ(get("")["flapping"], false);
  EXPECT_EQ(get("")["locations_state"][0]["flapping"], true);
  EXPECT_GT(get("")["locations_state"][0]["flapping_percent"], 30);
  EXPECT_EQ(get("")["locations_state"][1]["flapping"], false);
  for (int i = 0; i < 10; ++i) store({.results = {result("tokyo", i, status(i))}});
  EXPECT_EQ(get("")["flapping"], true);
  EXPECT_EQ(get("")["flapping_percent"], get("")["locations_state"][0]["flapping_percent"]);
  const auto events = get("/events?limit=1000")["items"];
  EXPECT_EQ(std::count_if(events.begin(), events.end(),
                          [](const Json& one) { return one["flapping"] == "began"; }),
            1);
  for (const bool enabled : {false, true}) {
    api().ask(http::Method::patch, path_, api().admin(), {{"enabled", enabled}},
              {{"If-Match", "*"}});
  }
  EXPECT_EQ(get("")["flapping"], false) << "what was seen before a pause says nothing";
}

// M-002, M-104: up, and somebody should look at it, as a quorum of its locations says.
TEST_F(CheckHistory, ACheckThatWarnsSaysSoAndWhenItBegan) {
  const auto warns = [&](const std::string& location, int number) {
    auto one = result(location, number, CheckStatus::up);
    one.outcome.warning = true;
    one.outcome.reason = "1 of 2 packets was lost";
    store({.results = {one}});
  };
  warns("berlin", 1);
  EXPECT_EQ(get("")["warning"], false);
  EXPECT_EQ(get("")["locations_state"][0]["warning"], true);
  EXPECT_EQ(get("/explain")["status"], "up");
  warns("tokyo", 1);
  EXPECT_EQ(get("")["status"], "up");
  EXPECT_EQ(get("")["warning"], true);
  EXPECT_EQ(get("")["last_result"]["warning"], true);
  EXPECT_EQ(get("/explain")["status"], "warning");
  EXPECT_EQ(get("/events")["items"][0]["warning"], "began");
  EXPECT_EQ(get("/results")["items"][0]["warning"], true);
  store({.results = {result("tokyo", 2, CheckStatus::up)}});
  EXPECT_EQ(get("")["warning"], false);
  EXPECT_EQ(get("/events")["items"][0]["warning"], "ended");
  EXPECT_EQ(get("/results?location=tokyo")["items"][0]["warning"], false);
}

TEST_F(CheckHistory, FlapDetectionIsAWishOfItsDefinition) {
  EXPECT_EQ(get("")["flap_detection"], true);
  const auto changed = api().ask(http::Method::patch, path_, api().admin(),
                                 {{"flap_detection", false}}, {{"If-Match", "*"}});
  EXPECT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(get("")["flap_detection"], false);
  const auto slice = api().database->transact([&](pqxx::work& tx) {
    return store::definition_of(*store::find_check(tx, check_.value), {})->flap_detection;
  });
  ASSERT_TRUE(slice);
  EXPECT_FALSE(*slice) << "as the scheduler reads it";
  for (int i = 0; i < 12; ++i) {
    const auto status = i % 2 == 0 ? CheckStatus::up : CheckStatus::down;
    for (const auto* place : {"berlin", "tokyo"}) {
      auto one = result(place, i, status);
      one.flap_detection = false;
      store({.results = {one}});
    }
  }
  EXPECT_EQ(get("")["flapping"], false);
}

// M-083: who looks for what is down does not find what is paused.
TEST_F(CheckHistory, APausedCheckSaysSo) {
  store(
      {.results = {result("berlin", 1, CheckStatus::down), result("tokyo", 1, CheckStatus::down)}});
  const auto lists_it = [&](const std::string& status) {
    const auto items =
        api().get("/api/v1/checks?limit=1000&status=" + status, api().admin()).json["items"];
    return std::any_of(items.begin(), items.end(),
                       [&](const Json& one) { return one["id"] == check_.str(); });
  };
  const auto enable = [&](bool enabled) {
    EXPECT_EQ(api()
                  .ask(http::Method::patch, path_, api().admin(), {{"enabled", enabled}},
                       {{"If-Match", "*"}})
                  .status,
              200);
  };
  EXPECT_TRUE(lists_it("down"));
  const auto before = system_clock().now() - 1s;
  enable(false);
  EXPECT_EQ(get("")["status"], "paused");
  EXPECT_GE(get("")["status_since"].get<std::string>(), to_rfc3339(before));
  EXPECT_EQ(get("")["last_result"]["status"], "down");
  EXPECT_TRUE(lists_it("paused"));
  EXPECT_FALSE(lists_it("down"));
  EXPECT_FALSE(lists_it("unknown"));
  enable(true);
  EXPECT_EQ(get("")["status"], "unknown");
  EXPECT_TRUE(lists_it("unknown"));
}

//
TEST_F(CheckHistory, PingsHaveTheirFields) {
  store({.results = {result("berlin", 0, CheckStatus::up), result("tokyo", 0, CheckStatus::up)}});
  const auto pings = get("/results?location=tokyo")["items"];
  ASSERT_EQ(pings.size(), 1u);
  EXPECT_EQ(pings[0]["host_name"], "gateway");
  EXPECT_EQ(pings[0]["host_address"], "192.0.2.1");
  EXPECT_EQ(pings[0]["success_rate"], 50.0);
  EXPECT_EQ(pings[0]["rtts"], Json::parse("[null, 12.5]"));
  for (const char* name : {"timestamp", "success_count", "failure_count", "min_latency",
                           "max_latency", "avg_latency"}) {
    EXPECT_TRUE(pings[0].contains(name)) << name;
  }
}

TEST_F(CheckHistory, EverySlotIsAccountedFor) {
  series::Load load;
  for (int i = 0; i < 10; ++i) {
    if (i != 3) load.results.push_back(result("berlin", i, CheckStatus::up));
    if (i < 5) load.results.push_back(result("tokyo", i, CheckStatus::unknown));
  }
  load.missed = {{check_, "tokyo", slot(5), slot(7), domain::MissReason::overrun},
                 {std::nullopt, "elsewhere", begin_, begin_ + 1h, domain::MissReason::no_network}};
  // Both places have their checkers, as far as schedules go.
  ASSERT_TRUE(api().database->transact([&](pqxx::work& tx) {
    store::note_schedule_sent(tx, "berlin", begin_ + 24h);
    store::note_schedule_sent(tx, "tokyo", begin_ + 24h);
  }));
  store(load);
  const auto range = "/slots?from=" + to_rfc3339(begin_) + "&to=" + to_rfc3339(begin_ + 100s);
  const auto slots = get(range);
  EXPECT_EQ(slots["expected"], 20);
  EXPECT_EQ(slots["results"], 14);
  EXPECT_EQ(slots["unexplained"], 3);
  ASSERT_EQ(slots["missed"].size(), 1u);
  EXPECT_EQ(slots["missed"][0], Json({{"from", to_rfc3339(slot(5))},
                                      {"to", to_rfc3339(slot(7))},
                                      {"reason", "overrun"},
                                      {"location", "tokyo"},
                                      {"count", 3}}));
  EXPECT_EQ(get(range + "&location=berlin")["unexplained"], 1);
  // No checker runs there any more: nobody was to say why.
  ASSERT_TRUE(api().database->transact(
      [&](pqxx::work& tx) { store::note_schedule_sent(tx, "berlin", begin_); }));
  const auto unwatched = get(range + "&location=berlin");
  EXPECT_EQ(unwatched["unexplained"], 0);
  EXPECT_EQ(unwatched["missed"][0]["reason"], "no_scheduler");
  EXPECT_EQ(unwatched["missed"][0]["count"], 1);
  const auto ask = [&](const std::string& path) {
    return api().get(path_ + path, api().admin()).status;
  };
  EXPECT_EQ(ask("/slots?from=" + to_rfc3339(begin_)), 400);
  EXPECT_EQ(ask("/slots?to=x&from=" + to_rfc3339(begin_)), 400);
  // A new check's slots begin when it takes effect.
  ASSERT_TRUE(api().database->transact([&](pqxx::work& tx) {
    tx.exec_params("UPDATE checks SET slots_since = $2 WHERE id = $1", check_.str(),
                   to_rfc3339(slot(2) - 900ms));
  }));
  EXPECT_EQ(get(range + "&location=berlin")["expected"], 7);
  // It was not there before it was made, and what is to come is not due.
  const auto now = system_clock().now();
  EXPECT_EQ(get("/slots?from=2020-01-01T00:00:00Z&to=" + to_rfc3339(now - 2h))["expected"], 0);
  EXPECT_EQ(get("/slots?from=" + to_rfc3339(now) + "&to=" + to_rfc3339(now + 24h))["expected"], 0);
}

// Other slots than it had before, or none for a while, are not held against the check.
TEST_F(CheckHistory, SlotsOfAnotherDefinitionAreNotCounted) {
  const auto last_hour = "/slots?from=" + to_rfc3339(system_clock().now() - 1h) +
                         "&to=" + to_rfc3339(system_clock().now() + 1h);
  const auto change = [&](const char* member, const Json& value) {
    auto check = get("");
    check[member] = value;
    EXPECT_EQ(api().ask(http::Method::put, path_, api().admin(), check).status, 200);
    return get(last_hour)["expected"].get<int>();
  };
  const int before = get(last_hour)["expected"].get<int>();
  EXPECT_GT(before, 600);
  EXPECT_GE(change("name", "other"), before);
  EXPECT_GT(change("enabled", false), 600) << "they were there until now";
  EXPECT_GT(change("name", "another"), 600);
  EXPECT_EQ(change("enabled", true), 0);
  const auto back = "UPDATE checks SET slots_since = now() - interval '1 hour'";
  ASSERT_TRUE(api().database->transact([&](pqxx::work& tx) { tx.exec0(back); }));
  EXPECT_GT(get(last_hour)["expected"].get<int>(), 600);
  EXPECT_EQ(change("interval_seconds", 20), 0);
}

}  // namespace
}  // namespace monitron::api
