// Status pages: what people put on them, and what the public sees.

#include "api/status_board.hpp"
#include "series/writer.hpp"
#include "suite.hpp"
#include "testkit/eventually.hpp"
#include "testkit/fake_clock.hpp"

#include <future>
#include <pqxx/pqxx>
#include <thread>

namespace monitron::api {
namespace {

using http::Method;
using namespace std::chrono_literals;

// -- pure

TEST(PublicState, OfAComponentIsTheWorstThatIsKnown) {
  using enum PublicState;
  EXPECT_EQ(state_of(StandingCounts{}), unknown);
  EXPECT_EQ(state_of(StandingCounts{.up = 3}), operational);
  EXPECT_EQ(state_of(StandingCounts{.up = 3, .warning = 1}), degraded);
  EXPECT_EQ(state_of(StandingCounts{.up = 3, .down = 1}), partial_outage);
  EXPECT_EQ(state_of(StandingCounts{.down = 2}), major_outage);
  EXPECT_EQ(state_of(StandingCounts{.down = 2, .maintenance = 1}), major_outage);
  EXPECT_EQ(state_of(StandingCounts{.up = 1, .maintenance = 1}), maintenance);
  EXPECT_EQ(state_of(StandingCounts{.maintenance = 1}), maintenance);
}

// M-216: nobody is told that what is not known works, nor that it does not.
TEST(PublicState, WhatIsUnknownIsNeitherUpNorDown) {
  using enum PublicState;
  EXPECT_EQ(state_of(StandingCounts{.unknown = 1}), unknown);
  EXPECT_EQ(state_of(StandingCounts{.up = 5, .unknown = 1}), unknown);
  EXPECT_EQ(state_of(StandingCounts{.down = 1, .unknown = 1}), partial_outage);
  EXPECT_EQ(state_of(std::vector<PublicState>{}), unknown);
  EXPECT_EQ(state_of(std::vector{operational, unknown}), unknown);
  EXPECT_EQ(state_of(std::vector{major_outage, unknown}), partial_outage);
}

TEST(PublicState, OfAPageIsThatOfItsComponents) {
  using enum PublicState;
  EXPECT_EQ(state_of(std::vector{operational, operational}), operational);
  EXPECT_EQ(state_of(std::vector{operational, degraded}), degraded);
  EXPECT_EQ(state_of(std::vector{operational, maintenance}), maintenance);
  EXPECT_EQ(state_of(std::vector{operational, major_outage}), partial_outage);
  EXPECT_EQ(state_of(std::vector{major_outage, major_outage}), major_outage);
}

TEST(StatusBadge, SaysNothingButText) {
  const auto drawn = badge_of("<script>alert(1)</script>\"&\x01", PublicState::partial_outage);
  EXPECT_EQ(drawn.find("<script"), std::string::npos);
  EXPECT_NE(drawn.find("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;"), std::string::npos);
  EXPECT_NE(drawn.find("partial outage"), std::string::npos);
}

// -- through the API

class StatusPages : public ApiTest {
 protected:
  Answer post(const std::string& path, const Json& body) {
    return api().post("/api/v1" + path, api().admin(), body);
  }
  std::string check(const Json& more = Json::object()) {
    Json body = {{"name", secret_ + "-check"},
                 {"kind", "tcp"},
                 {"target", secret_ + ".example.org:443"},
                 {"interval_seconds", 60}};
    body.merge_patch(more);
    const auto made = post("/checks", body);
    EXPECT_EQ(made.status, 201) << made.text;
    return made.json.value("id", "");
  }
  // As the writer stores what checks found; heard of so long ago.
  void say_state(const std::string& id, const std::string& status, int seconds_ago = 0,
                 bool warns = false) {
    const auto done = api().database->transact([&](pqxx::work& tx) {
      tx.exec_params0(
          "INSERT INTO check_latest (check_id, location, slot, heard, status, status_since, "
          "last_status, failures, successes, unknowns, last_result, warns) VALUES ($1, 'default', "
          "now(), now() - make_interval(secs => $3), $2, now(), $2, 0, 1, 0, $4::json, $5) "
          "ON CONFLICT (check_id, location) DO UPDATE SET status = excluded.status, "
          "heard = excluded.heard, warns = excluded.warns",
          id, status, seconds_ago, Json{{"reason", secret_ + " refused"}}.dump(), warns);
    });
    ASSERT_TRUE(done) << done.error().text;
  }
  Json body(const std::vector<Json>& components, bool published = true) {
    return {{"slug", slug_},
            {"title", "Our shop"},
            {"description", "What works"},
            {"published", published},
            {"history_days", 7},
            {"sections", Json::array({{{"name", "Front"}, {"components", components}}})}};
  }
  Json component(const std::string& id, const std::string& check) {
    return {{"id", id}, {"name", "The " + id}, {"selector", {{"check_id", check}}}};
  }
  std::string page(const std::vector<Json>& components, bool published = true) {
    const auto made = post("/status-pages", body(components, published));
    EXPECT_EQ(made.status, 201) << made.text;
    return made.json.value("id", "");
  }
  Answer shown(const std::string& more = "") {
    return api().get("/api/v1/public/status/" + slug_ + more, "");
  }
  // What the board says once it was read anew, in place of the service.
  Json soon(const std::function<bool(const Answer&)>& holds) {
    Answer answer;
    EXPECT_TRUE(testkit::eventually(15s, [&] {
      api().status->measure();
      api().status->look();
      answer = shown();
      return holds(answer);
    })) << answer.text;
    return answer.json;
  }
  Json state_soon(const std::string& state) {
    return soon([&](const Answer& answer) {
      return answer.status == 200 && answer.json["state"] == state;
    });
  }
  static bool is_there(const Answer& answer) { return answer.status == 200; }
  const std::string slug_ = "p" + Uuid::make().str().substr(24);
  const std::string secret_ = "canary" + Uuid::make().str().substr(24);
};

// M-167, M-216
TEST_F(StatusPages, ShowThePublicWhatTheirAuthorsNamed) {
  const auto web = check(), mail = check();
  say_state(web, "up");
  say_state(mail, "down");
  page({component("web", web), component("mail", mail)});
  const auto status = soon(is_there);
  EXPECT_EQ(status["title"], "Our shop");
  EXPECT_EQ(status["state"], "partial_outage");
  const auto& components = status["sections"][0]["components"];
  EXPECT_EQ(components[0]["name"], "The web");
  EXPECT_EQ(components[0]["state"], "operational");
  EXPECT_EQ(components[1]["state"], "major_outage");
  EXPECT_EQ(components[0]["days"].size(), 7u);
  EXPECT_EQ(components[0]["uptime"], nullptr) << "nothing was measured";
  const auto answer = shown();
  EXPECT_EQ(answer.header("cache-control"), "public, max-age=5");
  EXPECT_NE(answer.header("etag"), "");
}

// S-26: no word of what is watched is in any byte that the public gets.
TEST_F(StatusPages, TellThePublicNothingElse) {
  const auto host = post("/instances", {{"hostname", secret_ + ".internal"},
                                        {"labels", {{"team", secret_ + "-team"}}}});
  ASSERT_EQ(host.status, 201) << host.text;
  const auto id =
      check({{"instance_id", host.json["id"]}, {"labels", {{"zone", secret_ + "-zone"}}}});
  say_state(id, "down");
  const auto window =
      post("/maintenance-windows", {{"name", secret_ + " window"},
                                    {"description", secret_},
                                    {"selector", {{"check_id", id}}},
                                    {"starts_at", to_rfc3339(system_clock().now() - 60s)},
                                    {"ends_at", to_rfc3339(system_clock().now() + 600s)}});
  ASSERT_EQ(window.status, 201) << window.text;
  const Json web = {{"id", "web"}, {"name", "Web"}, {"selector", {{"zone", secret_ + "-zone"}}}};
  const auto drafted = page({web});
  const auto status = state_soon("maintenance");
  std::string all;
  for (const auto* path : {"", "/badge", "/badge?component=web", "/badge?component=none"}) {
    const auto answer = shown(path);
    all += answer.text;
    for (const auto& [name, value] : answer.headers) all += name + value;
  }
  EXPECT_EQ(all.find(secret_), std::string::npos) << all;
  for (const auto& known : {id, drafted, host.json["id"].get<std::string>()}) {
    EXPECT_EQ(all.find(known), std::string::npos) << all;
  }
  EXPECT_NE(all.find("maintenance"), std::string::npos);
}

TEST_F(StatusPages, DraftsAreNotFound) {
  const auto id = page({}, false);
  EXPECT_EQ(api().get("/api/v1/status-pages/" + id, api().viewer()).status, 200);
  const auto nobody = api().get("/api/v1/public/status/nobody-knows", "");
  const auto draft = shown();
  EXPECT_EQ(draft.status, 404);
  EXPECT_EQ(draft.json["detail"], nobody.json["detail"]);
  const auto place = "/api/v1/status-pages/" + id;
  ASSERT_EQ(api().ask(Method::patch, place, api().admin(), {{"published", true}}).status, 200);
  soon(is_there);
  ASSERT_EQ(api().ask(Method::delete_, place, api().admin()).status, 204);
  soon([](const Answer& answer) { return answer.status == 404; });
}

// M-216: a checker that is away, a check that is gone, one that was never heard of.
TEST_F(StatusPages, WhatIsNotKnownIsNotSaidToWork) {
  const auto silent = check(), fresh = check();
  const auto group =
      check({{"kind", "group"},
             {"settings", {{"group", {{"members", Json::array({{{"check_id", fresh}}})}}}}}});
  say_state(silent, "up", 3600);
  say_state(group, "up", 3600);
  page({component("silent", silent), component("fresh", fresh), component("group", group),
        component("gone", Uuid::make().str())});
  const auto status = soon(is_there);
  EXPECT_EQ(status["state"], "unknown");
  for (const auto& one : status["sections"][0]["components"]) {
    EXPECT_EQ(one["state"], "unknown") << one.dump();
  }
  say_state(silent, "up", 0, true);
  soon([](const Answer& answer) {
    return answer.json["sections"][0]["components"][0]["state"] == "degraded";
  });
}

TEST_F(StatusPages, ShowWhatWasMeasured) {
  const auto id = check();
  domain::CheckDefinition definition;
  definition.id = CheckId{*Uuid::parse(id)};
  definition.interval = 60s;
  series::Load load;
  const auto now = from_ms(to_ms(system_clock().now()) / 60'000 * 60'000);
  for (int i = 4; i > 0; --i) {
    domain::ProbeOutcome outcome;
    outcome.status = i == 2 ? domain::CheckStatus::down : domain::CheckStatus::up;
    const auto slot = now - i * 1min;
    load.results.push_back(domain::make_result(definition, "default", slot, slot, outcome));
  }
  series::Writer writer({.database_url = api().config.database_url, .application_name = "test"});
  ASSERT_TRUE(writer.write(load));
  const auto made = page({component("web", id)});
  // The history of one page is read at a time, and other tests leave theirs.
  const auto status = soon([](const Answer& answer) {
    return is_there(answer) && !answer.json["sections"][0]["components"][0]["uptime"].is_null();
  });
  const auto& web = status["sections"][0]["components"][0];
  EXPECT_EQ(web["uptime"], 0.75) << web.dump();
  EXPECT_EQ(web["days"][0]["uptime"], nullptr) << "nothing is known of last week";
  // Time that is no part of the SLA does not count; another selector is measured at once.
  const auto window = post("/maintenance-windows", {{"name", slug_},
                                                    {"selector", {{"check_id", id}}},
                                                    {"counts_in_sla", false},
                                                    {"starts_at", to_rfc3339(now - 150s)},
                                                    {"ends_at", to_rfc3339(now - 90s)}});
  ASSERT_EQ(window.status, 201) << window.text;
  ASSERT_TRUE(api().database->transact([&](pqxx::work& tx) {
    tx.exec_params0(
        "UPDATE maintenance_windows SET in_force_from = now() - interval '1 day' "
        "WHERE id = $1",
        window.json["id"].get<std::string>());
  }));
  const auto sections = body({component("shop", id)})["sections"];
  ASSERT_EQ(api()
                .ask(Method::patch, "/api/v1/status-pages/" + made, api().admin(),
                     {{"sections", sections}})
                .status,
            200);
  const auto after = soon([](const Answer& answer) {
    const auto& one = answer.json["sections"][0]["components"][0];
    return one["id"] == "shop" && !one["uptime"].is_null();
  });
  EXPECT_EQ(after["sections"][0]["components"][0]["uptime"], 1.0);
}

// M-216
TEST_F(StatusPages, PostsAreThereWithinSeconds) {
  const auto id = page({component("web", check())});
  soon(is_there);
  const auto made = post("/status-posts", {{"page_id", id},
                                           {"title", "Payments are slow"},
                                           {"text", "We look into it."},
                                           {"components", Json::array({"web"})}});
  ASSERT_EQ(made.status, 201) << made.text;
  const auto has_posts = [](std::size_t number) {
    return [number](const Answer& answer) {
      return answer.status == 200 && answer.json["posts"].size() == 1 &&
             answer.json["posts"][0]["updates"].size() == number;
    };
  };
  auto shown_one = soon(has_posts(1))["posts"][0];
  EXPECT_EQ(shown_one["title"], "Payments are slow");
  EXPECT_EQ(shown_one["state"], "investigating");
  EXPECT_EQ(shown_one["components"], Json::array({"web"}));
  const auto place = "/api/v1/status-posts/" + made.json["id"].get<std::string>();
  const auto done = api().ask(Method::patch, place, api().admin(),
                              {{"state", "resolved"}, {"text", "It is fast again."}});
  ASSERT_EQ(done.status, 200) << done.text;
  EXPECT_EQ(done.json["updates"].size(), 2u);
  shown_one = soon(has_posts(2))["posts"][0];
  EXPECT_EQ(shown_one["updates"][0]["text"], "It is fast again.");
  EXPECT_EQ(shown_one["updates"][1]["text"], "We look into it.");
  // Another title is no update.
  const auto named = api().ask(Method::patch, place, api().admin(), {{"title", "Payments"}});
  EXPECT_EQ(named.json["updates"].size(), 2u);
  // What is over goes after two weeks, whatever is corrected in it.
  const auto aged = api().database->transact([&](pqxx::work& tx) {
    tx.exec_params0(
        "UPDATE status_posts SET updates = jsonb_set(updates, '{-1,at_ms}', to_jsonb((extract("
        "epoch FROM now() - interval '15 days') * 1000)::bigint)) WHERE page_id = $1",
        id);
  });
  ASSERT_TRUE(aged);
  soon([](const Answer& answer) { return answer.json["posts"].empty(); });
}

TEST_F(StatusPages, WhatIsWrongIsNamed) {
  const auto refused = [&](const Json& change) {
    auto wrong = body({component("web", Uuid::make().str())});
    wrong.merge_patch(change);
    return fields_of(post("/status-pages", wrong));
  };
  EXPECT_EQ(refused({{"slug", "Our Shop"}}), Names{"slug"});
  EXPECT_EQ(refused({{"slug", "-shop"}}), Names{"slug"});
  EXPECT_EQ(refused({{"history_days", 400}}), Names{"history_days"});
  std::vector<Json> many;
  for (int i = 0; i < 50; ++i) many.push_back(component("c" + std::to_string(i), "x"));
  Json wide = {{"history_days", 365}, {"sections", Json::array()}};
  for (int i = 0; i < 2; ++i) {
    for (auto& one : many) one["id"] = one["id"].get<std::string>() + "x";
    wide["sections"].push_back({{"components", many}});
  }
  EXPECT_EQ(refused(wide), Names{"history_days"});
  const auto id = Uuid::make().str();
  const auto with = [](const std::vector<Json>& components) {
    return Json{{"sections", Json::array({{{"components", components}}})}};
  };
  EXPECT_EQ(refused(with({component("a", id), component("a", id)})),
            Names{"sections[0].components[1].id"});
  const Json nothing = {{"id", "a"}, {"name", "A"}};
  EXPECT_EQ(refused(with({nothing})), Names{"sections[0].components[0].selector"});
  const auto page_id = page({component("web", id)});
  EXPECT_EQ(post("/status-pages", body({})).status, 409) << "the slug is taken";
  const auto wrong_post = [&](const Json& change) {
    Json wrong = {{"page_id", page_id}, {"title", "t"}, {"text", "x"}};
    wrong.merge_patch(change);
    return fields_of(post("/status-posts", wrong));
  };
  EXPECT_EQ(wrong_post({{"components", Json::array({"mail"})}}), Names{"components[0]"});
  EXPECT_EQ(wrong_post({{"state", "completed"}}), Names{"state"});
  EXPECT_EQ(wrong_post({{"kind", "maintenance"}}), (Names{"starts_at", "ends_at"}));
  EXPECT_EQ(wrong_post({{"starts_at", "2026-01-01T00:00:00Z"}}), Names{"starts_at"});
  EXPECT_EQ(wrong_post({{"page_id", Uuid::make().str()}}), Names{"page_id"});
}

TEST_F(StatusPages, AreMadeByOperatorsAndSeenByViewers) {
  const auto id = page({});
  EXPECT_EQ(api().post("/api/v1/status-pages", api().viewer(), body({})).status, 403);
  EXPECT_EQ(api().get("/api/v1/status-pages?q=" + slug_, api().viewer()).json["items"].size(), 1u);
  EXPECT_EQ(api().get("/api/v1/status-posts?page_id=" + id, api().viewer()).status, 200);
  const auto trail = api().get("/api/v1/audit?action=status_page.create&q=" + id, api().admin());
  EXPECT_EQ(trail.json["items"].size(), 1u);
}

TEST_F(StatusPages, PostsGoOnWithoutTheirComponent) {
  const auto web = check();
  const auto id = page({component("web", web), component("mail", check())});
  const auto made = post("/status-posts", {{"page_id", id},
                                           {"title", "Mail waits"},
                                           {"text", "We look into it."},
                                           {"components", Json::array({"mail"})}});
  ASSERT_EQ(made.status, 201) << made.text;
  ASSERT_EQ(api()
                .ask(Method::patch, "/api/v1/status-pages/" + id, api().admin(),
                     {{"sections", body({component("web", web)})["sections"]}})
                .status,
            200);
  const auto place = "/api/v1/status-posts/" + made.json["id"].get<std::string>();
  const auto change = [&](const Json& body) {
    return api().ask(Method::patch, place, api().admin(), body);
  };
  EXPECT_EQ(change({{"state", "resolved"}, {"text", "It is sent."}}).status, 200);
  EXPECT_EQ(fields_of(change({{"components", {"mail", "sms"}}})), Names{"components[1]"});
}

// What is open comes before what is over, and what has had its time is over.
TEST_F(StatusPages, WhatIsOpenIsNotPushedOut) {
  const auto id = page({component("web", check())});
  const auto says = [&](const Json& more) {
    Json body = {{"page_id", id}, {"title", "t"}, {"text", "x"}};
    body.merge_patch(more);
    const auto made = post("/status-posts", body);
    EXPECT_EQ(made.status, 201) << made.text;
    return made.json["id"].get<std::string>();
  };
  const auto at = [](std::chrono::hours hours) { return to_rfc3339(system_clock().now() + hours); };
  const auto open = says({{"title", "open"}});
  const auto had = says({{"title", "had its time"},
                         {"kind", "maintenance"},
                         {"starts_at", at(-48h)},
                         {"ends_at", at(-47h)}});
  const auto long_ago = says({{"title", "long ago"},
                              {"kind", "maintenance"},
                              {"starts_at", at(-24h * 40)},
                              {"ends_at", at(-24h * 39)}});
  for (int i = 0; i < 100; ++i) says({{"state", "resolved"}});
  const auto posts = soon([](const Answer& answer) {
    return answer.status == 200 && answer.json["posts"].size() == 100;
  })["posts"];
  EXPECT_EQ(posts[0]["id"], open);
  for (const auto& one : posts) EXPECT_NE(one["id"], long_ago);
  EXPECT_EQ(
      std::count_if(posts.begin(), posts.end(), [&](const auto& one) { return one["id"] == had; }),
      0)
      << "a hundred are newer";
}

// What the service does every two seconds, at times of our own.
class StatusBoards : public StatusPages {
 protected:
  void rename(const std::string& from, const std::string& to) {
    ASSERT_TRUE(api().database->transact(
        [&](pqxx::work& tx) { tx.exec0("ALTER TABLE " + from + " RENAME TO " + to); }));
  }
  Fault fault_of(StatusBoard& board) {
    const auto found = board.find(slug_);
    EXPECT_FALSE(found);
    return std::get<Error>(found.error()).fault;
  }
  testkit::FakeClock clock_{system_clock().now()};
};

TEST_F(StatusBoards, AreShownForAWhileWhenTheyCannotBeRead) {
  page({component("web", check())});
  StatusBoard board(*api().database, clock_);
  EXPECT_EQ(fault_of(board), Fault::unavailable) << "nothing was read yet";
  board.look();
  ASSERT_TRUE(board.find(slug_));
  rename("status_pages", "not_there");
  clock_.advance(30min);
  board.look();
  EXPECT_TRUE(board.find(slug_));
  clock_.advance(31min);
  board.look();
  EXPECT_EQ(fault_of(board), Fault::unavailable);
  rename("not_there", "status_pages");
  board.look();
  EXPECT_TRUE(board.find(slug_));
}

// However many ask, and however long PostgreSQL takes: nobody waits for it, nor asks it.
TEST_F(StatusBoards, VisitorsWaitForNothing) {
  page({component("web", check())});
  StatusBoard board(*api().database, clock_);
  board.look();
  db::Pool other({.url = api().config.database_url, .application_name = "locker"});
  std::promise<void> locked, asked;
  std::thread locker([&] {
    EXPECT_TRUE(other.transact([&](pqxx::work& tx) {
      tx.exec0("LOCK TABLE status_pages IN ACCESS EXCLUSIVE MODE");
      locked.set_value();
      asked.get_future().wait();
    }));
  });
  locked.get_future().wait();
  clock_.advance(10min);
  std::thread reader([&] { board.look(); });
  std::vector<std::future<bool>> visitors;
  for (int i = 0; i < 8; ++i) {
    visitors.push_back(std::async(std::launch::async, [&] {
      for (int k = 0; k < 500; ++k) {
        if (!board.find(slug_)) return false;
      }
      return true;
    }));
  }
  for (auto& one : visitors) {
    EXPECT_EQ(one.wait_for(5s), std::future_status::ready);
  }
  asked.set_value();
  for (auto& one : visitors) EXPECT_TRUE(one.get());
  locker.join();
  reader.join();
}

TEST_F(StatusBoards, AreReadAsOftenAsTheyAreLookedAt) {
  page({component("web", check())});
  StatusBoard board(*api().database, clock_);
  const auto read_at = [&] {
    board.look();
    return (*board.find(slug_))->status.at;
  };
  board.look();
  const auto first = read_at();
  clock_.advance(2s);
  EXPECT_EQ(read_at(), first + 2s) << "somebody has asked";
  board.look();
  clock_.advance(2s);
  board.look();
  clock_.advance(2s);
  board.look();
  EXPECT_EQ((*board.find(slug_))->status.at, first + 2s) << "nobody has asked since";
}

// Failures of what cannot be measured concern its own days alone.
TEST_F(StatusBoards, ShowTheirStateWhenNothingCanBeMeasured) {
  const auto web = check();
  say_state(web, "up");
  page({component("web", web)});
  StatusBoard board(*api().database, clock_);
  rename("chunks", "no_chunks");
  board.measure();
  board.look();
  rename("no_chunks", "chunks");
  const auto shown = board.find(slug_);
  ASSERT_TRUE(shown);
  EXPECT_EQ((*shown)->status.state, PublicState::operational);
}

}  // namespace
}  // namespace monitron::api
