// What an Idempotency-Key promises.

#include "auth/vault.hpp"
#include "base/text.hpp"
#include "store/idempotency_keys.hpp"
#include "suite.hpp"

#include <future>
#include <map>
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

// A heartbeat's ping address is its secret; nothing that is made may be read in the table.
TEST_F(Once, WhatIsKeptTellsNothing) {
  const auto beat =
      api().ask(Method::post, "/api/v1/checks", api().admin(),
                {{"name", name_}, {"kind", "heartbeat"}}, {{"Idempotency-Key", key_}});
  ASSERT_EQ(beat.status, 201) << beat.text;
  const auto address = beat.json["ping_url"].get<std::string>();
  const auto hook =
      api().ask(Method::post, "/api/v1/channels", api().admin(),
                {{"name", name_}, {"kind", "webhook"}, {"url", "https://example.org/" + name_}},
                {{"Idempotency-Key", key_ + "2"}});
  ASSERT_EQ(hook.status, 201) << hook.text;
  const auto again =
      api().ask(Method::post, "/api/v1/channels", api().admin(),
                {{"name", name_}, {"kind", "webhook"}, {"url", "https://example.org/" + name_}},
                {{"Idempotency-Key", key_ + "2"}});
  EXPECT_EQ(again.text, hook.text);
  pqxx::connection connection(api().config.database_url);
  pqxx::work tx(connection);
  const auto dump = tx.exec1("SELECT string_agg(k::text, ' '), count(*) FROM idempotency_keys k");
  const std::string text = dump[0].c_str();
  EXPECT_GE(dump[1].as<int>(), 2);
  for (const auto& canary : {address, address.substr(address.rfind('/') + 1), name_, key_,
                             hook.json["id"].get<std::string>()}) {
    EXPECT_EQ(text.find(canary), std::string::npos) << canary;
  }
}

// The key that sealed it was taken away: nothing is done twice.
TEST_F(Once, AnAnswerThatNoKeyOpensIsNotGivenAndNothingIsDone) {
  ASSERT_EQ(make(name_, key_).status, 201);
  pqxx::connection connection(api().config.database_url);
  pqxx::work tx(connection);
  const auth::Vault other(std::string(32, 'x'));
  tx.exec_params0("UPDATE idempotency_keys SET answer = $1", *other.seal("[]", "idempotency:"));
  tx.commit();
  const auto again = make(name_, key_);
  EXPECT_EQ(again.status, 409) << again.text;
  EXPECT_EQ(made(name_), 1u);
}

// Who uses many keys pushes out none of others'.
TEST_F(Once, ACallerHasTheLatestTenThousand) {
  ASSERT_EQ(make(name_, key_, api().api_token({"checks:write"})).status, 201);
  const auto kept = api().database->transact([&](pqxx::work& tx) {
    tx.exec0("UPDATE idempotency_keys SET created_at = created_at - interval '1 hour'");
    tx.exec_params0(
        "INSERT INTO idempotency_keys (id, caller, request_hash, answer, created_at) "
        "SELECT $1 || n, $1, '', '', now() - n * interval '1 ms' FROM generate_series(1, $2) n",
        name_, store::kMostIdempotencyKeysOfOne + 5);
    const auto others =
        tx.exec_params1("SELECT count(*) FROM idempotency_keys WHERE caller <> $1", name_)[0]
            .as<int>();
    store::drop_old_answers(tx);
    const auto row = tx.exec_params1(
        "SELECT count(*) FILTER (WHERE caller = $1), count(*) FILTER (WHERE caller <> $1), "
        "bool_or(id = $1 || '1'), bool_or(id = $1 || $2::int) FROM idempotency_keys",
        name_, store::kMostIdempotencyKeysOfOne + 1);
    EXPECT_EQ(row[0].as<int>(), store::kMostIdempotencyKeysOfOne);
    EXPECT_EQ(row[1].as<int>(), others);
    EXPECT_TRUE(row[2].as<bool>());
    EXPECT_FALSE(row[3].as<bool>());
    tx.exec_params0("DELETE FROM idempotency_keys WHERE caller = $1", name_);
  });
  EXPECT_TRUE(kept);
}

TEST_F(Once, UsersAreMadeOnce) {
  const auto post = [&] {
    return api().ask(Method::post, "/api/v1/users", api().admin(),
                     {{"email", name_ + "@example.org"},
                      {"password", "long enough to be one"},
                      {"role", "viewer"}},
                     {{"Idempotency-Key", key_}});
  };
  const auto first = post(), again = post();
  ASSERT_EQ(first.status, 201) << first.text;
  EXPECT_EQ(again.status, 201) << again.text;
  EXPECT_EQ(again.text, first.text);
  EXPECT_EQ(again.header("idempotent-replayed"), "true");
}

// In a bulk request a key that would be heeded by nobody is refused, and nothing is done.
TEST_F(Once, OperationsThatHeedNoKeySaySo) {
  const auto check = make(name_, key_);
  const auto all = api().post("/api/v1/bulk", api().admin(),
                              {{"operations",
                                {{{"method", "DELETE"},
                                  {"path", "/api/v1/checks/" + check.json["id"].get<std::string>()},
                                  {"idempotency_key", key_}}}}});
  EXPECT_EQ(all.json["results"][0]["status"], 422) << all.text;
  EXPECT_EQ(made(name_), 1u);
}

// POST routes that heed none, and why.
const std::map<std::string, std::string, std::less<>>& heedless() {
  static const std::string kSession = "there is no caller before it, and what it gives is a secret";
  static const std::string kAccount = "of one's own account: a second time changes or refuses it";
  static const std::string kSecret = "what it gives is a secret that is never kept";
  static const std::string kReads = "it makes nothing";
  static const std::string kTries = "it tries something now, and each time anew";
  static const std::string kSame = "a second time comes to the same";
  static const std::map<std::string, std::string, std::less<>> all = {
      {"/api/v1/auth/register", kSession},
      {"/api/v1/auth/login", kSession},
      {"/api/v1/auth/login/verify", kSession},
      {"/api/v1/auth/refresh", kSession},
      {"/api/v1/auth/oidc/session", kSession},
      {"/api/v1/auth/invitations/accept", kSession},
      {"/api/v1/auth/password", kAccount},
      {"/api/v1/auth/password/forgot", kAccount},
      {"/api/v1/auth/password/reset", kAccount},
      {"/api/v1/auth/email/verify", kAccount},
      {"/api/v1/me/email-verification", kAccount},
      {"/api/v1/me/totp", kSecret},
      {"/api/v1/me/totp/confirm", kSecret},
      {"/api/v1/me/totp/disable", kAccount},
      {"/api/v1/tokens", kSecret},
      {"/api/v1/enrolment-tokens", kSecret},
      {"/api/v1/agents/enrol", kSecret},
      {"/api/v1/stream/tickets", kSecret},
      {"/api/v1/auth/logout", kSame},
      {"/api/v1/servers", kSame},
      {"/api/v1/jobs/{id}/cancel", kSame},
      {"/api/v1/admin/tsdb/delete_series", kSame},
      {"/api/v1/alertmanager/notifications", kSame},
      {"/api/v1/drills", kSame},
      {"/api/v1/channels/{id}/test", kTries},
      {"/api/v1/checks/test", kTries},
      {"/api/v1/checks/{id}/run", kTries},
      {"/api/v1/query", kReads},
      {"/api/v1/query_range", kReads},
      {"/api/v1/format_query", kReads},
      {"/api/v1/query_exemplars", kReads},
      {"/api/v1/series", kReads},
      {"/api/v1/labels", kReads},
      {"/api/v1/label/{name}/values", kReads},
      {"/api/v1/metadata", kReads},
      {"/api/v1/status/buildinfo", kReads},
      {"/api/v1/status/tsdb", kReads},
      {"/api/v1/admin/tsdb/status", kReads},
      {"/api/v1/selectors/preview", kReads},
      {"/api/v1/maintenance-windows/preview", kReads},
      {"/api/v1/rules/import", kReads},
      {"/api/v1/rules/replay", "only as a job, which says so"},
      {"/api/v1/config/plan", "only as a job, which says so"},
      {"/api/v1/config/import", "only as a job; else a plan is done once"},
      {"/api/v1/graphql", "each field asks a route with the key"},
      {"/api/v1/bulk", "each operation has a key of its own"}};
  return all;
}

// Every POST heeds it and says so, or is listed above; what is said is true.
TEST_F(Once, TheRouteTableSaysWhere) {
  const auto document = api().get("/api/v1/openapi.json", "").json;
  const Json parameter = {{"$ref", "#/components/parameters/idempotencyKey"}};
  int heeding = 0;
  auto unmet = heedless();
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
    EXPECT_EQ(told, later || route.access.once) << described;
    if (route.method != Method::post) continue;
    auto name = described.starts_with("/prometheus/") ? described.substr(11) : described;
    unmet.erase(name);
    EXPECT_NE(route.access.once, heedless().contains(name)) << described << " has to say why";
    if (!route.access.once) continue;
    for (const auto* status : {"409", "422"}) {
      EXPECT_TRUE(operation["responses"].contains(status)) << described << " " << status;
    }
    const auto answer = api().ask(Method::post, path, api().admin(), Json::object(),
                                  {{"Idempotency-Key", std::string(256, 'k')}});
    EXPECT_EQ(fields_of(answer), Names{"Idempotency-Key"}) << path << answer.text;
    ++heeding;
  }
  EXPECT_GT(heeding, 20);
  for (const auto& [path, why] : unmet) ADD_FAILURE() << path << " is no route: " << why;
}

}  // namespace
}  // namespace monitron::api
