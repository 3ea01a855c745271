// Who says what of which host: agents, tokens that send measurements, those who may change
// instances.

#include "suite.hpp"

#include <pqxx/pqxx>

namespace monitron::api {
namespace {

class Enrolment : public ApiTest {
 protected:
  std::string host() { return "h" + Uuid::make().str().substr(24) + ".example.org"; }
  Answer enrol(const std::string& hostname, const Json& labels = Json::object()) {
    const auto token = api().post("/api/v1/enrolment-tokens", api().admin(), {{"name", "one"}});
    return api().post(
        "/api/v1/agents/enrol", "",
        {{"enrolment_token", token.json["token"]}, {"hostname", hostname}, {"labels", labels}});
  }
  Answer registers(const std::string& token, const std::string& hostname, const char* env) {
    return api().post("/api/v1/servers", token,
                      {{"hostname", hostname},
                       {"ip_address", "192.0.2.66"},
                       {"os", "other"},
                       {"labels", {{"env", env}, {"seen", "yes"}}}});
  }
  Json instance(const std::string& id) {
    return api().get("/api/v1/instances/" + id, api().admin()).json;
  }
  std::string made(const std::string& hostname) {
    const auto answer = api().post(
        "/api/v1/instances", api().admin(),
        {{"hostname", hostname}, {"ip_address", "192.0.2.1"}, {"labels", {{"env", "prod"}}}});
    EXPECT_EQ(answer.status, 201) << answer.text;
    return answer.json["id"];
  }
  void rename(const std::string& from, const std::string& to) {
    ASSERT_TRUE(api().database->transact(
        [&](pqxx::work& tx) { tx.exec0("ALTER TABLE " + from + " RENAME TO " + to); }));
  }
};

// S-12: agent A cannot speak of B, nor learn of it.
TEST_F(Enrolment, AnAgentRegistersOnlyItself) {
  const auto other = host();
  const auto id = made(other);
  const auto before = instance(id);
  const auto own = host();
  const auto agent = enrol(own, {{"env", "dev"}});
  ASSERT_EQ(agent.status, 201) << agent.text;
  const std::string token = agent.json["token"];
  for (const auto& hostname : {other, host()}) {
    const auto refused = registers(token, hostname, "dev");
    EXPECT_EQ(fields_of(refused), Names{"hostname"}) << refused.text;
    EXPECT_EQ(refused.text.find("192.0.2.1"), std::string::npos);
  }
  EXPECT_EQ(instance(id), before);
  const auto itself = registers(token, own, "prod");
  EXPECT_EQ(itself.status, 200) << itself.text;
  EXPECT_EQ(itself.json["id"], agent.json["server_id"]);
  const auto after = instance(agent.json["server_id"]);
  EXPECT_EQ(after["ip_address"], "192.0.2.66");
  EXPECT_EQ(after["labels"], Json({{"env", "dev"}, {"seen", "yes"}}))
      << "labels decide who reaches it: it adds some, and changes none";
}

// S-12, R-006: the same id again; but nothing is changed, and nothing told, by who only sends.
TEST_F(Enrolment, WhoOnlySendsMeasurementsChangesNoInstanceThatIsThere) {
  const auto hostname = host();
  const auto id = made(hostname);
  const auto before = instance(id);
  const auto known = registers(api().api_token({"ingest"}), hostname, "dev");
  EXPECT_EQ(known.status, 200) << known.text;
  EXPECT_EQ(known.json, Json({{"id", id}, {"hostname", hostname}}));
  EXPECT_EQ(instance(id), before);
  const auto fresh = host();
  const auto first = registers(api().api_token({"ingest"}), fresh, "dev");
  EXPECT_EQ(first.status, 201) << first.text;
  EXPECT_EQ(first.json["labels"]["env"], "dev");
  EXPECT_EQ(registers(api().api_token({"ingest"}), fresh, "dev").json["id"], first.json["id"]);
  EXPECT_EQ(registers(api().admin(), hostname, "stage").json["labels"]["env"], "stage");
}

// S-12: an enrolment token is no key to a host whose agent is at work.
TEST_F(Enrolment, NobodyEnrolsInThePlaceOfAnAgentAtWork) {
  const auto hostname = host();
  const auto id = made(hostname);
  const auto lost = enrol(hostname, {{"env", "dev"}, {"region", "eu"}});
  ASSERT_EQ(lost.status, 201) << lost.text;
  EXPECT_EQ(lost.json["server_id"], id);
  EXPECT_EQ(instance(id)["labels"], Json({{"env", "prod"}, {"region", "eu"}}));
  EXPECT_EQ(enrol(hostname).status, 409) << "it may be about to use it";
  // Its answer never came: it tries again, and what it did not get is worth nothing.
  const auto age = [&] {
    ASSERT_TRUE(api().database->transact([&](pqxx::work& tx) {
      tx.exec_params0(
          "UPDATE api_tokens SET created_at = now() - interval '3 minutes' WHERE instance_id = $1",
          id);
    }));
  };
  age();
  const auto agent = enrol(hostname);
  ASSERT_EQ(agent.status, 201) << agent.text;
  EXPECT_EQ(api().get("/api/v1/me", lost.json["token"]).status, 401);
  EXPECT_EQ(api().get("/api/v1/me", agent.json["token"]).status, 403);
  // Noted a little later, and also when it could not be at first.
  rename("api_tokens", "not_there");
  api().access->note_used_tokens();
  rename("not_there", "api_tokens");
  api().access->note_used_tokens();
  age();
  const auto before = instance(id);
  const auto refused = enrol(hostname, {{"stolen", "yes"}});
  EXPECT_EQ(refused.status, 409) << refused.text;
  EXPECT_NE(refused.text.find("/api/v1/agents"), std::string::npos);
  EXPECT_EQ(instance(id), before);
  const auto agents = api().get("/api/v1/agents?server_id=" + id, api().admin()).json["items"];
  ASSERT_EQ(agents.size(), 1U);
  const auto place = "/api/v1/agents/" + agents[0]["id"].get<std::string>();
  EXPECT_EQ(api().ask(http::Method::delete_, place, api().admin()).status, 204);
  const auto again = enrol(hostname);
  EXPECT_EQ(again.status, 201) << again.text;
  EXPECT_EQ(again.json["server_id"], id);
}

}  // namespace
}  // namespace monitron::api
