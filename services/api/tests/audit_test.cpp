#include "suite.hpp"

#include <pqxx/pqxx>
#include <sstream>

namespace monitron::api {
namespace {

using http::Method;

class AuditRoutes : public ApiTest {
 protected:
  Answer get(const std::string& rest) { return api().get("/api/v1/audit" + rest, api().admin()); }
  std::string make_instance() {
    const auto hostname = Uuid::make().str() + ".example.org";
    const auto made = api().post("/api/v1/instances", api().admin(), {{"hostname", hostname}});
    EXPECT_EQ(made.status, 201) << made.text;
    return made.json.value("id", "");
  }
};

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// M-153, S19: who, what, before and after, from where.
TEST_F(AuditRoutes, AnEntryTellsEverything) {
  const auto id = make_instance();
  api().ask(Method::patch, "/api/v1/instances/" + id, api().api_token({"write"}), {{"os", "Linux"}},
            {{"X-Forwarded-For", "192.0.2.7"}, {"X-Request-Id", "told-by-the-gateway"}});
  const auto items = get("?object=" + id).json["items"];
  ASSERT_EQ(items.size(), 2U) << items;
  const auto& change = items[0];
  EXPECT_EQ(change["action"], "instance.update");
  EXPECT_EQ(change["actor_kind"], "token");
  EXPECT_EQ(change["actor_name"], "test");
  EXPECT_EQ(change["credential"], change["actor_id"]);
  EXPECT_EQ(change["change"]["before"]["os"], "");
  EXPECT_EQ(change["change"]["after"]["os"], "Linux");
  EXPECT_EQ(change["peer"], "192.0.2.7");
  EXPECT_EQ(change["request_id"], "told-by-the-gateway");
  EXPECT_EQ(items[1]["actor_name"], kAdminEmail);
  EXPECT_TRUE(Uuid::parse(items[1]["credential"].get<std::string>())) << items[1];
}

TEST_F(AuditRoutes, FindsObjectsAndWords) {
  const auto id = make_instance();
  EXPECT_EQ(get("?q=" + id).json["items"].size(), 1U);
  EXPECT_EQ(get("?object=instance&q=" + id).json["items"].size(), 1U);
  EXPECT_EQ(get("?object=rule&q=" + id).json["items"].size(), 0U);
  EXPECT_EQ(fields_of(get("?nonsense=1")), Names{"nonsense"});
}

TEST_F(AuditRoutes, AreExportedInTwoForms) {
  const auto id = make_instance();
  const auto json = get("/export?object=" + id);
  EXPECT_EQ(json.type, "application/x-ndjson");
  EXPECT_EQ(lines(json.text), 1U);
  EXPECT_EQ(Json::parse(json.text)["object_id"], id);
  const auto csv = get("/export?format=csv&object=" + id);
  EXPECT_EQ(csv.type, "text/csv; charset=utf-8");
  EXPECT_EQ(lines(csv.text), 2U) << csv.text;
  EXPECT_EQ(csv.header("content-disposition"), "attachment; filename=\"audit.csv\"");
  EXPECT_EQ(fields_of(get("/export?format=xml")), Names{"format"});
  EXPECT_EQ(api().get("/api/v1/audit/export", api().viewer()).status, 403);
}

// However many rows there are, an answer has its bound, and the links lead through all of them.
TEST_F(AuditRoutes, ALongExportGoesOn) {
  EXPECT_TRUE(api().database->transact([](pqxx::work& tx) {
    tx.exec(
        "INSERT INTO audit_log (actor_kind, actor_id, action, object, object_id, peer, "
        "request_id, hash) SELECT 'nobody', '', 'many.make', 'many', n::text, '', '', '' "
        "FROM generate_series(1, 2001) n");
  }));
  const auto first = get("/export?object=many");
  EXPECT_EQ(lines(first.text), 2'000U);
  const auto link = first.header("link");
  const auto next = link.substr(1, link.find('>') - 1);
  const auto rest = api().get(next, api().admin());
  EXPECT_EQ(lines(rest.text), 1U) << link;
  EXPECT_EQ(Json::parse(rest.text)["object_id"], "1");
  EXPECT_EQ(rest.header("link"), "");
}

// M-153, S19: what somebody changed behind the suite's back is found and named.
// S-19.
TEST_F(AuditRoutes, SayWhetherTheChainHolds) {
  make_instance();
  const auto whole = get("/verification");
  ASSERT_EQ(whole.status, 200) << whole.text;
  EXPECT_EQ(whole.json["holds"], true) << whole.text;
  const auto id = whole.json["head"]["id"].get<std::int64_t>();
  const auto noted =
      "?id=" + std::to_string(id) + "&hash=" + whole.json["head"]["hash"].get<std::string>();
  EXPECT_EQ(get("/verification" + noted).json["holds"], true);
  const auto alter = [&](const std::string& what) {
    EXPECT_TRUE(api().database->transact([&](pqxx::work& tx) {
      tx.exec("ALTER TABLE audit_log DISABLE TRIGGER audit_log_kept");
      tx.exec("UPDATE audit_log SET action = " + what + " WHERE id = " + std::to_string(id));
      tx.exec("ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_kept");
    }));
  };
  alter("'x' || action");
  const auto broken = get("/verification");
  EXPECT_EQ(broken.json["holds"], false);
  EXPECT_EQ(broken.json["broken"]["id"], id) << broken.text;
  alter("substr(action, 2)");
  EXPECT_EQ(get("/verification").json["holds"], true);
  EXPECT_EQ(fields_of(get("/verification?id=1")), Names{"hash"});
  EXPECT_EQ(api().get("/api/v1/audit/verification", api().viewer()).status, 403);
}

// Of every resource that has secrets one, made by its administrator.
class WrittenOnly : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    if (IsSkipped()) return;
    make("/api/v1/users", {{"email", Uuid::make().str() + "@example.org"},
                           {"password", secret_},
                           {"role", "viewer"}});
    make("/api/v1/checks", {{"kind", "http"},
                            {"target", "https://shop.example/"},
                            {"settings", {{"http", {{"username", "u"}, {"password", secret_}}}}}});
    make("/api/v1/channels", {{"name", "hook"},
                              {"kind", "webhook"},
                              {"url", "https://hook.example/x"},
                              {"secret", secret_}});
    secrets_.push_back(make("/api/v1/tokens", {{"name", "s"}, {"scopes", {"read"}}})["token"]);
    secrets_.push_back(make("/api/v1/enrolment-tokens", {{"name", "s"}})["token"]);
  }
  Json make(const std::string& path, const Json& body) {
    auto answer = api().post(path, api().admin(), body);
    EXPECT_LT(answer.status, 300) << path << answer.text;
    made_.push_back(path + "/" + answer.json.value("id", ""));
    return answer.json;
  }
  void expect_no_secret(const std::string& path, const std::string& text) {
    for (const auto& word : secrets_) {
      EXPECT_EQ(text.find(word), std::string::npos) << path << " tells " << word;
    }
  }

  const std::string secret_ = "Tr0ub4dor-" + Uuid::make().str();
  std::vector<std::string> secrets_ = {secret_, "sealed:1:", "$2b$"};
  std::vector<std::string> made_;
};

// S16: of everything that is secret, nothing is in the trail.
// S-16.
TEST_F(WrittenOnly, SecretsAreNotInTheAudit) {
  const auto trail = api().database->transact([](pqxx::work& tx) {
    std::string text;
    for (const auto& row : tx.exec("SELECT a::text FROM audit_log a")) text += row[0].c_str();
    return text;
  });
  EXPECT_GT(trail.value().size(), 1000U);
  expect_no_secret("audit_log", *trail);
}

// S16: nor in any answer: of each route that is read without more, and of the things themselves.
// S-16.
TEST_F(WrittenOnly, SecretsAreInNoAnswer) {
  std::size_t read = 0;
  for (const auto& route : api().router->routes()) {
    const bool plain = route.method == Method::get && route.pattern.find(':') == std::string::npos;
    if (!plain || route.pattern.find("openapi") != std::string::npos) continue;
    const auto answer = api().get(route.pattern, api().admin());
    expect_no_secret(route.pattern, answer.text);
    if (answer.status == 200) ++read;
  }
  EXPECT_GT(read, 20U);
  for (const auto& path : made_) {
    expect_no_secret(path, api().get(path, api().admin()).text);
    const auto changed = api().ask(Method::patch, path, api().admin(), {{"name", "renamed"}});
    expect_no_secret(path, changed.text);
  }
}

}  // namespace
}  // namespace monitron::api
