// Many changes in one request: each as a request of its own would be.

#include "http/rate_limit.hpp"
#include "suite.hpp"

#include <future>
#include <pqxx/pqxx>

namespace monitron::api {
namespace {

using http::Method;

Json check(const std::string& name) {
  return {{"name", name}, {"kind", "tcp"}, {"target", "127.0.0.1:9"}};
}
Json make_check(const std::string& name) {
  return {{"method", "POST"}, {"path", "/api/v1/checks"}, {"body", check(name)}};
}
Json make_group(const std::string& name) {
  return {{"method", "POST"}, {"path", "/api/v1/groups"}, {"body", {{"name", name}}}};
}

class Bulk : public ApiTest {
 protected:
  Answer send(const Json& operations, bool atomic = false, const std::string& token = "") {
    return api().post("/api/v1/bulk", token.empty() ? api().admin() : token,
                      {{"atomic", atomic}, {"operations", operations}});
  }
  static std::vector<int> statuses(const Answer& answer) {
    std::vector<int> all;
    if (!answer.json.contains("results")) return {answer.status};
    for (const auto& one : answer.json["results"]) all.push_back(one["status"].get<int>());
    return all;
  }
  std::size_t count(const std::string& list) {
    return api().get(list, api().admin()).json["items"].size();
  }
  std::size_t audited(const std::string& words) { return count("/api/v1/audit?q=" + words); }
  const std::string name_ = Uuid::make().str();  // in the names of what a test makes
};

TEST_F(Bulk, EachIsDoneOrRefusedByItself) {
  const auto made = send({make_check(name_ + "-a"), make_check(name_ + "-b")});
  ASSERT_EQ(made.status, 200) << made.text;
  ASSERT_EQ(statuses(made), (std::vector<int>{201, 201})) << made.text;
  EXPECT_EQ(made.json["summary"], (Json{{"succeeded", 2}, {"failed", 0}}));
  const auto& first = made.json["results"][0];
  const auto place = first["headers"]["location"].get<std::string>();
  EXPECT_EQ(api().get(place, api().admin()).json, first["body"]);
  EXPECT_EQ(first["headers"]["etag"], "\"v1\"");
  const auto other = made.json["results"][1]["headers"]["location"].get<std::string>();

  const auto mixed =
      send({{{"method", "PATCH"},
             {"path", place},
             {"if_match", "\"v1\""},
             {"body", {{"enabled", false}}}},
            {{"method", "PATCH"},
             {"path", place},
             {"if_match", "\"v1\""},
             {"body", {{"enabled", true}}}},
            {{"method", "POST"}, {"path", "/api/v1/checks"}, {"body", {{"kind", "tcp"}}}},
            {{"method", "DELETE"}, {"path", other}},
            {{"method", "DELETE"}, {"path", other}},
            {{"method", "PATCH"}, {"path", place}, {"body", {{"interval_seconds", 45}}}}});
  EXPECT_EQ(statuses(mixed), (std::vector<int>{200, 412, 400, 204, 404, 200})) << mixed.text;
  EXPECT_EQ(mixed.json["summary"], (Json{{"succeeded", 3}, {"failed", 3}}));
  EXPECT_EQ(mixed.json["results"][2]["body"]["errors"][0]["field"], "target");
  EXPECT_EQ(mixed.json["results"][3]["body"], nullptr);
  const auto after = api().get(place, api().admin()).json;
  EXPECT_EQ(after["enabled"], false);
  EXPECT_EQ(after["interval_seconds"], 45);
  EXPECT_EQ(audited(first["body"]["id"].get<std::string>()), 3u);
}

// What the database itself refuses ends its transaction; the others are done all the same, once.
TEST_F(Bulk, AFailedStatementUndoesOnlyItself) {
  const auto answer = send({make_group(name_ + "-1"), make_group(name_ + "-1"),
                            make_check(name_ + "-2"), make_group(name_ + "-3")});
  EXPECT_EQ(statuses(answer), (std::vector<int>{201, 409, 201, 201})) << answer.text;
  EXPECT_EQ(count("/api/v1/groups?q=" + name_), 2u);
  EXPECT_EQ(count("/api/v1/checks?q=" + name_), 1u);
  EXPECT_EQ(audited(name_), 3u);
}

TEST_F(Bulk, AtomicIsAllOrNothing) {
  const auto refused = send({make_check(name_ + "-1"), make_group(name_ + "-2"),
                             make_group(name_ + "-2"), make_check(name_ + "-3")},
                            true);
  EXPECT_EQ(statuses(refused), (std::vector<int>{424, 424, 409, 424})) << refused.text;
  EXPECT_EQ(refused.json["summary"], (Json{{"succeeded", 0}, {"failed", 4}}));
  EXPECT_EQ(count("/api/v1/checks?q=" + name_), 0u);
  EXPECT_EQ(count("/api/v1/groups?q=" + name_), 0u);
  EXPECT_EQ(audited(name_), 0u);
  const auto done = send({make_check(name_ + "-1"), make_group(name_ + "-2")}, true);
  EXPECT_EQ(statuses(done), (std::vector<int>{201, 201})) << done.text;
  EXPECT_EQ(audited(name_), 2u);
  EXPECT_EQ(api().get("/api/v1/audit/verification", api().admin()).json["holds"], true);
}

TEST_F(Bulk, EachNeedsItsOwnPermission) {
  EXPECT_EQ(send({make_check(name_)}, false, api().viewer()).status, 403);
  const auto token = api().api_token({"bulk:write", "checks:write"});
  EXPECT_EQ(statuses(send({make_check(name_), make_group(name_)}, false, token)),
            (std::vector<int>{201, 403}));
  EXPECT_EQ(send({make_check(name_)}, false, api().api_token({"checks:write"})).status, 403);
}

TEST_F(Bulk, SomeRoutesAreNotForIt) {
  const auto answer =
      send({{{"method", "POST"}, {"path", "/api/v1/bulk"}, {"body", Json::object()}},
            {{"method", "POST"}, {"path", "/api/v1/tokens"}},
            {{"method", "POST"}, {"path", "/api/v1/users"}},
            {{"method", "POST"}, {"path", "/api/v1/roles"}},
            {{"method", "POST"}, {"path", "/api/v1/graphql"}},
            {{"method", "POST"}, {"path", "/api/v1/config/import"}},
            {{"method", "POST"}, {"path", "/api/v1/nowhere"}}});
  EXPECT_EQ(statuses(answer), (std::vector<int>{422, 422, 422, 422, 422, 422, 404})) << answer.text;
  int there = 0;
  for (const auto& route : api().router->routes()) {
    if (!route.access.bulk) continue;
    ++there;
    EXPECT_NE(route.method, Method::get) << route.pattern;
    EXPECT_FALSE(route.access.open) << route.pattern;
    for (const auto* accounts : {"users:", "tokens:", "roles:", "teams:", "enrolment:"}) {
      EXPECT_FALSE(route.access.permission.starts_with(accounts)) << route.pattern;
    }
  }
  EXPECT_GT(there, 40);
}

TEST_F(Bulk, WhatIsNoOrderIsRefusedAsAWhole) {
  const auto names = [&](const Json& body) {
    return fields_of(api().post("/api/v1/bulk", api().admin(), body));
  };
  EXPECT_EQ(names({{"operations", Json::array()}}), Names{"operations"});
  EXPECT_EQ(names({{"operations", Json(std::vector<int>(1001, 0))}}), Names{"operations"});
  EXPECT_EQ(names({{"operations", {1}}}), Names{"operations[0]"});
  EXPECT_EQ(names({{"operations", {make_check("x"), {{"method", "GET"}, {"path", "checks"}}}},
                   {"colour", 1}}),
            (Names{"colour", "operations[1].method", "operations[1].path"}));
  EXPECT_EQ(names({{"operations", {{{"method", "POST"}, {"path", "/api/%2e%2e/x"}, {"a", 1}}}}}),
            (Names{"operations[0].path", "operations[0].a"}));
  EXPECT_EQ(api().get("/api/v1/checks?q=x", api().admin()).status, 200);
}

TEST_F(Bulk, EachCountsOfTheRateLimit) {
  Suite own;
  http::RateLimit limit(system_clock(), 5);
  const auto token = own.admin();
  own.router->limit(&limit);
  Json operations = Json::array();
  for (int i = 0; i < 6; ++i) operations.push_back(make_check("c" + std::to_string(i)));
  const auto answer = own.post("/api/v1/bulk", token, {{"operations", operations}});
  EXPECT_EQ(statuses(answer), (std::vector<int>{201, 201, 201, 201, 429, 429})) << answer.text;
  EXPECT_TRUE(answer.json["results"][4]["headers"].contains("retry-after"));
}

// Another transaction that holds what bulk requests wait for.
class InTheWay {
 public:
  explicit InTheWay(const std::string& url) : connection_(url), tx_(connection_) {
    tx_.exec("SET LOCAL deadlock_timeout = '1min'");  // who waits for it finds out first
  }
  void change(const std::string& group) {
    tx_.exec_params0("UPDATE instance_groups SET description = 'x' WHERE id = $1", group);
  }
  void hold_audit() { tx_.exec0("LOCK TABLE audit_head IN EXCLUSIVE MODE"); }
  // The backends of bulk requests that wait for a lock, once there are so many.
  std::set<int> waiting(std::size_t count, const std::set<int>& but = {}) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    std::set<int> found;
    while (found.size() < count && std::chrono::steady_clock::now() < end) {
      found.clear();
      tx_.exec("SELECT pg_stat_clear_snapshot()");
      for (const auto& row : tx_.exec("SELECT pid FROM pg_stat_activity WHERE wait_event_type = "
                                      "'Lock' AND application_name = 'monitron-api bulk' AND "
                                      "datname = current_database()")) {
        if (!but.contains(row[0].as<int>())) found.insert(row[0].as<int>());
      }
    }
    EXPECT_EQ(found.size(), count);
    return found;
  }
  void cut(const std::set<int>& backends) {
    for (const auto pid : backends) tx_.exec_params("SELECT pg_terminate_backend($1)", pid);
  }
  void end() { tx_.commit(); }

 private:
  pqxx::connection connection_;
  pqxx::work tx_;
};

Json describe(const std::string& group, const std::string& text) {
  return {
      {"method", "PATCH"}, {"path", "/api/v1/groups/" + group}, {"body", {{"description", text}}}};
}

class BulkBesideOthers : public Bulk {
 protected:
  std::string group(const std::string& name) {
    return api()
        .post("/api/v1/groups", api().admin(), {{"name", name_ + name}})
        .json.value("id", "");
  }
  std::future<Answer> sent(const Json& operations) {
    return std::async(std::launch::async, [this, operations] { return send(operations); });
  }
};

// Who loses a deadlock does all of it again.
TEST_F(BulkBesideOthers, ADeadlockIsNoReasonToRefuse) {
  const auto first = group("-1"), second = group("-2");
  InTheWay other(api().config.database_url);
  other.change(second);
  auto answer = sent({describe(first, "a"), describe(second, "b")});
  other.waiting(1);
  other.change(first);
  other.end();
  const auto done = answer.get();
  EXPECT_EQ(statuses(done), (std::vector<int>{200, 200})) << done.text;
}

// Each has a connection and a worker: more than two leave too little for others.
TEST_F(BulkBesideOthers, TwoAreWorkedOnAtOnce) {
  const auto one = group("-1"), two = group("-2");
  InTheWay other(api().config.database_url);
  other.change(one);
  other.change(two);
  auto first = sent(Json::array({describe(one, "a")}));
  auto second = sent(Json::array({describe(two, "b")}));
  other.waiting(2);
  const auto third = send(Json::array({make_check(name_)}));
  EXPECT_EQ(third.status, 503) << third.text;
  EXPECT_EQ(third.header("retry-after"), "1");
  other.end();
  EXPECT_EQ(statuses(first.get()), std::vector<int>{200});
  EXPECT_EQ(statuses(second.get()), std::vector<int>{200});
  EXPECT_EQ(statuses(send(Json::array({make_check(name_)}))), std::vector<int>{201});
}

// A connection that is lost before the commit leaves nothing open: they are done one by one.
TEST_F(BulkBesideOthers, WhatWasNotDoneIsNotSaidToBePerhaps) {
  InTheWay other(api().config.database_url);
  other.hold_audit();
  auto answer = sent({make_check(name_ + "-1"), make_check(name_ + "-2")});
  const auto cut = other.waiting(1);
  other.cut(cut);
  // One that lay idle may have been dead before: it is tried once more.
  other.cut(other.waiting(1, cut));
  other.end();
  const auto done = answer.get();
  EXPECT_EQ(statuses(done), (std::vector<int>{201, 201})) << done.text;
  EXPECT_EQ(count("/api/v1/checks?q=" + name_), 2u);
}

// A little that is asked may be answered with much.
TEST_F(Bulk, AnswersAreBounded) {
  Json widgets = Json::array();
  for (int i = 0; i < 40; ++i) {
    widgets.push_back({{"id", "w" + std::to_string(i)},
                       {"kind", "text"},
                       {"x", 0},
                       {"y", i},
                       {"width", 1},
                       {"height", 1},
                       {"text", std::string(20'000, 'x')}});
  }
  const auto made =
      api().post("/api/v1/dashboards", api().admin(), {{"name", name_}, {"widgets", widgets}});
  ASSERT_EQ(made.status, 201) << made.text;
  Json operations = Json::array();
  for (int i = 0; i < 40; ++i) {
    operations.push_back({{"method", "PATCH"},
                          {"path", "/api/v1/dashboards/" + made.json["id"].get<std::string>()},
                          {"body", {{"description", std::to_string(i)}}}});
  }
  const auto answer = send(operations);
  const auto all = statuses(answer);
  EXPECT_EQ(all.front(), 200) << answer.text.substr(0, 500);
  EXPECT_EQ(all.back(), 503);
  EXPECT_LT(answer.text.size(), 18u << 20);
  EXPECT_GT(answer.text.size(), 16u << 20);
  EXPECT_EQ(answer.json["results"].back()["body"]["detail"],
            "it was not tried: the answers before it are 16 MiB: ask once more");
}

// More than one transaction's worth, others changing things at the same time.
TEST_F(Bulk, ManyAreDoneInOrder) {
  Json operations = Json::array();
  for (int i = 0; i < 250; ++i) {
    operations.push_back(i % 50 == 7 ? make_group(name_) : make_check(name_));
  }
  const auto answer = send(operations);
  ASSERT_EQ(answer.json["results"].size(), 250u) << answer.text;
  EXPECT_EQ(answer.json["summary"], (Json{{"succeeded", 246}, {"failed", 4}}));
  for (std::size_t i = 0; i < 250; ++i) EXPECT_EQ(answer.json["results"][i]["index"], i);
  EXPECT_EQ(answer.json["results"][7]["status"], 201);
  EXPECT_EQ(answer.json["results"][57]["status"], 409);
  EXPECT_EQ(count("/api/v1/checks?limit=1000&q=" + name_), 245u);
}

}  // namespace
}  // namespace monitron::api
