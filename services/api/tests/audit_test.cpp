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

// S16: of everything that is secret, nothing is in the trail.
TEST_F(AuditRoutes, KnowNoSecrets) {
  const std::string secret = "Tr0ub4dor-" + Uuid::make().str();
  const auto post = [&](const std::string& path, const Json& body) {
    auto answer = api().post(path, api().admin(), body);
    EXPECT_LT(answer.status, 300) << path << answer.text;
    return answer.json;
  };
  post("/api/v1/users",
       {{"email", Uuid::make().str() + "@example.org"}, {"password", secret}, {"role", "viewer"}});
  post("/api/v1/checks", {{"kind", "http"},
                          {"target", "https://shop.example/"},
                          {"settings", {{"http", {{"username", "u"}, {"password", secret}}}}}});
  post("/api/v1/channels", {{"name", "hook"},
                            {"kind", "webhook"},
                            {"url", "https://hook.example/x"},
                            {"secret", secret}});
  std::vector<std::string> secrets = {secret, "sealed:1:", "$2b$"};
  secrets.push_back(post("/api/v1/tokens", {{"name", "s"}, {"scopes", {"read"}}})["token"]);
  secrets.push_back(post("/api/v1/enrolment-tokens", {{"name", "s"}})["token"]);
  const auto count = api().database->transact([&](pqxx::work& tx) {
    int found = 0;
    for (const auto& word : secrets) {
      found +=
          tx.exec_params1("SELECT count(*) FROM audit_log a WHERE strpos(a::text, $1) > 0", word)[0]
              .as<int>();
    }
    return found;
  });
  EXPECT_EQ(count.value(), 0);
}

}  // namespace
}  // namespace monitron::api
