// What an Idempotency-Key promises.

#include "base/text.hpp"
#include "store/idempotency_keys.hpp"
#include "suite.hpp"

#include <future>
#include <pqxx/pqxx>
#include <thread>

namespace monitron::api {
namespace {

using http::Method;
using namespace std::chrono_literals;

class Once : public ApiTest {
 protected:
  Answer make(const std::string& name, const std::string& key, const std::string& token = "") {
    return api().ask(Method::post, "/api/v1/checks", token.empty() ? api().admin() : token,
                     {{"name", name}, {"kind", "tcp"}, {"target", "127.0.0.1:9"}},
                     {{"Idempotency-Key", key}});
  }
  std::size_t made(const std::string& name) {
    return api().get("/api/v1/checks?q=" + name, api().admin()).json["items"].size();
  }
  // Of the statement that waits to keep an answer, when what it is about has been made.
  static std::optional<int> waiting(pqxx::work& tx, int but = 0) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (std::chrono::steady_clock::now() < end) {
      tx.exec("SELECT pg_stat_clear_snapshot()");
      const auto rows = tx.exec_params(
          "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid <> $1 AND "
          "query LIKE 'INSERT INTO idempotency_keys%' AND datname = current_database()",
          but);
      if (!rows.empty()) return rows[0][0].as<int>();
    }
    return std::nullopt;
  }
  // With the answers' table locked: what has been asked for is made and not kept yet.
  template <class Then>
  Answer while_one_is_under_way(const std::string& key, Then then) {
    pqxx::connection connection(api().config.database_url);
    std::future<Answer> first;
    {
      pqxx::work tx(connection);
      tx.exec0("LOCK TABLE idempotency_keys IN EXCLUSIVE MODE");
      first = std::async(std::launch::async, [&] { return make(name_, key); });
      const auto pid = waiting(tx);
      EXPECT_TRUE(pid);
      if (pid) then(tx, *pid);
      tx.commit();
    }
    return first.get();
  }
  const std::string name_ = Uuid::make().str();
  const std::string key_ = "\"" + Uuid::make().str() + "\"";
};

TEST_F(Once, TheSameRequestAgainGetsTheSameAnswerAndDoesNothing) {
  const auto first = make(name_, key_);
  ASSERT_EQ(first.status, 201) << first.text;
  EXPECT_EQ(first.header("idempotent-replayed"), "");
  const auto again = make(name_, key_);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.text, first.text);
  for (const auto* name : {"etag", "location", "content-type"}) {
    EXPECT_EQ(again.header(name), first.header(name)) << name;
  }
  EXPECT_EQ(again.header("idempotent-replayed"), "true");
  EXPECT_EQ(made(name_), 1u);
  const auto audit = api().get("/api/v1/audit?q=" + name_, api().admin());
  EXPECT_EQ(audit.json["items"].size(), 1u);
}

TEST_F(Once, AnotherRequestIsRefusedAndAnotherCallerIsNot) {
  ASSERT_EQ(make(name_, key_).status, 201);
  const auto other = make(name_ + "-2", key_);
  EXPECT_EQ(other.status, 422) << other.text;
  const auto elsewhere = api().ask(Method::post, "/api/v1/groups", api().admin(), {{"name", name_}},
                                   {{"Idempotency-Key", key_}});
  EXPECT_EQ(elsewhere.status, 422);
  EXPECT_EQ(make(name_, key_, api().api_token({"checks:write"})).status, 201);
  EXPECT_EQ(made(name_), 2u);
  EXPECT_EQ(fields_of(make(name_, std::string(256, 'k'))), Names{"Idempotency-Key"});
}

// It did nothing: what was wrong is put right under the same key.
TEST_F(Once, ARefusalIsNotKept) {
  const auto key = Uuid::make().str();
  const auto group = [&](const std::string& name) {
    return api().ask(Method::post, "/api/v1/groups", api().admin(), {{"name", name}},
                     {{"Idempotency-Key", key}});
  };
  EXPECT_EQ(group("").status, 400);
  ASSERT_EQ(api().post("/api/v1/groups", api().admin(), {{"name", name_}}).status, 201);
  EXPECT_EQ(group(name_).status, 409);
  EXPECT_EQ(group(name_ + "-2").status, 201);
  EXPECT_EQ(group(name_ + "-2").header("idempotent-replayed"), "true");
}

TEST_F(Once, OneUnderWayIsNotDoneTwice) {
  Answer second;
  const auto first = while_one_is_under_way(key_, [&](auto&, int) { second = make(name_, key_); });
  EXPECT_EQ(second.status, 409) << second.text;
  EXPECT_EQ(second.header("retry-after"), "1");
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(make(name_, key_).text, first.text);
  EXPECT_EQ(made(name_), 1u);
}

// Whatever ends between the check and its answer leaves neither.
TEST_F(Once, WhatIsCutOffBetweenLeavesNothing) {
  ASSERT_EQ(made(name_), 0u);
  const auto cut = while_one_is_under_way(key_, [&](pqxx::work& tx, int pid) {
    tx.exec_params("SELECT pg_terminate_backend($1)", pid);
    // A connection that lay idle may have been dead before: it is tried once more.
    const auto again = waiting(tx, pid);
    ASSERT_TRUE(again);
    tx.exec_params("SELECT pg_terminate_backend($1)", *again);
  });
  EXPECT_EQ(cut.status, 503) << cut.text;
  EXPECT_EQ(made(name_), 0u);
  EXPECT_EQ(make(name_, key_).status, 201);
  EXPECT_EQ(made(name_), 1u);
}

TEST_F(Once, OperationsOfABulkRequestHaveKeysOfTheirOwn) {
  const auto send = [&] {
    Json operations = Json::array();
    for (int i = 0; i < 3; ++i) {
      operations.push_back({{"method", "POST"},
                            {"path", "/api/v1/groups"},
                            {"idempotency_key", key_ + std::to_string(i)},
                            {"body", {{"name", name_ + std::to_string(i % 2)}}}});
    }
    return api().post("/api/v1/bulk", api().admin(), {{"operations", operations}}).json["results"];
  };
  const auto first = send(), again = send();
  for (const std::size_t i : {0, 1}) {
    EXPECT_EQ(first[i]["status"], 201);
    EXPECT_EQ(again[i]["body"], first[i]["body"]);
    EXPECT_EQ(again[i]["headers"]["idempotent-replayed"], "true");
  }
  EXPECT_EQ(first[2]["status"], 409);
  EXPECT_EQ(again[2]["status"], 409);
}

TEST_F(Once, AfterADayTheKeyIsForgotten) {
  ASSERT_EQ(make(name_, key_).status, 201);
  const auto age = [&](const std::string& by) {
    EXPECT_TRUE(api().database->transact([&](pqxx::work& tx) {
      tx.exec0("UPDATE idempotency_keys SET created_at = created_at - interval '" + by + "'");
      store::drop_old_answers(tx);
    }));
  };
  age("23 hours");
  EXPECT_EQ(make(name_, key_).header("idempotent-replayed"), "true");
  age("61 minutes");
  EXPECT_EQ(make(name_, key_).header("idempotent-replayed"), "");
  EXPECT_EQ(made(name_), 2u);
}

// Whether an operation's answers have a member that nobody else is to know.
bool tells_secret(const Json& document, const Json& operation) {
  for (const auto& [status, answer] : operation["responses"].items()) {
    if (!status.starts_with("2") || !answer.contains("content")) continue;
    auto schema = answer["content"]["application/json"]["schema"];
    while (schema.contains("$ref")) {
      schema = document["components"]["schemas"][schema["$ref"].get<std::string>().substr(21)];
    }
    const auto members = schema.value("properties", Json::object());
    for (const auto* secret : {"token", "secret", "password", "recovery_codes", "code"}) {
      if (members.contains(secret)) return true;
    }
  }
  return false;
}

// Every POST that can be one of many operations heeds it and says so, unless it answers with a
// secret, which is never kept; no other one says so.
TEST_F(Once, TheRouteTableSaysWhere) {
  const auto document = api().get("/api/v1/openapi.json", "").json;
  const Json parameter = {{"$ref", "#/components/parameters/idempotencyKey"}};
  int heeding = 0;
  for (const auto& route : api().router->routes()) {
    std::string path, described;
    for (const auto& segment : route.segments) {
      const bool varies = segment.front() == ':';
      path += "/" + (varies ? Uuid::make().str() : segment);
      described += "/" + (varies ? "{" + segment.substr(1) + "}" : segment);
    }
    const auto& operation = document["paths"][described][to_lower(http::to_string(route.method))];
    const auto all = operation.value("parameters", Json::array());
    const auto has = [&](const Json& one) {
      return std::find(all.begin(), all.end(), one) != all.end();
    };
    const bool told = has(parameter);
    const bool later =
        has({{"$ref", "#/components/parameters/prefer"}});  // of the job that it makes
    const bool changes = route.method == Method::post && route.access.bulk;
    EXPECT_EQ(told, later || (changes && !tells_secret(document, operation))) << described;
    if (!changes) continue;
    const auto answer = api().ask(Method::post, path, api().admin(), Json::object(),
                                  {{"Idempotency-Key", std::string(256, 'k')}});
    EXPECT_EQ(fields_of(answer) == Names{"Idempotency-Key"}, told) << path << answer.text;
    heeding += told ? 1 : 0;
  }
  EXPECT_GT(heeding, 12);
}

}  // namespace
}  // namespace monitron::api
