#pragma once
// Somebody who has a permission on some instances alone; what belongs to those, and what does not.

#include "account_test.hpp"
#include "incident_scene.hpp"
#include "series/writer.hpp"

namespace monitron::api {

inline constexpr std::int64_t kSampled = 1'700'000'000;

class Scopes : public AccountTest {
 protected:
  struct Person {
    std::string id;
    std::string email;
    std::string token;
  };

  void SetUp() override {
    AccountTest::SetUp();
    if (IsSkipped()) return;
    env_ = "env-" + Uuid::make().str().substr(24);
    own_ = instance({{"env", env_}, {"tier", "web"}});
    foreign_ = instance({{"env", "other"}});
    own_check_ = check(own_);
    foreign_check_ = check(foreign_);
    loose_check_ = check(nullptr);
  }

  std::string make(const std::string& path, const Json& body) {
    const auto made = api().post(path, api().admin(), body);
    EXPECT_EQ(made.status, 201) << path << " " << made.text;
    return made.json.value("id", "");
  }
  std::string instance(const Json& labels) {
    return make("/api/v1/instances",
                {{"hostname", Uuid::make().str() + ".example.org"}, {"labels", labels}});
  }
  std::string check(const Json& instance) {
    return make("/api/v1/checks",
                {{"kind", "http"}, {"target", "http://a.example"}, {"instance_id", instance}});
  }
  Person person(const std::string& role = "member") {
    const auto email = Uuid::make().str() + "@example.org";
    const auto id =
        make("/api/v1/users", {{"email", email}, {"password", kPhrase}, {"role", role}});
    EXPECT_TRUE(api().grants->refresh());
    return {id, email, api().login(email, kPhrase)};
  }
  std::string grant(const std::string& user, const std::string& role, const Json& labels) {
    return make("/api/v1/grants", {{"user_id", user}, {"role", role}, {"labels", labels}});
  }
  // Of what these labels say; empty: nothing.
  std::string incident(const std::string& server, const std::string& check) {
    StagedIncident staged;
    if (!server.empty()) staged.labels["server_id"] = server;
    if (!check.empty()) staged.labels["check_id"] = check;
    change([&](pqxx::work& tx) {
      store::open_incident(tx, staged.alert_id, staged.change(staged.opened_at));
    });
    return staged.id.str();
  }
  void sample(const std::string& source) {
    contracts::Block block;
    const std::vector<contracts::Series> series{
        {"scoped_total", {{"of", source.substr(24)}, {"x_" + source.substr(24), "1"}}}};
    block.dictionary = contracts::pack_dictionary(series);
    block.series_count = 1;
    block.frames = {{kSampled * 1000, {1.0}}};
    contracts::Batch batch;
    batch.id.source = SourceId{*Uuid::parse(source)};
    batch.id.seq = 1;
    batch.blocks.push_back(std::move(block));
    series::Load load;
    load.batches.push_back(std::move(batch));
    series::Writer writer(
        {.database_url = api().config.database_url, .application_name = "scope test"});
    ASSERT_TRUE(writer.write(load));
  }
  Json own_labels() const { return {{"env", env_}}; }
  Answer ask(http::Method method, const std::string& path, const std::string& token,
             const Json& body = nullptr) {
    return api().ask(method, path, token, body);
  }
  std::set<std::string> listed(const std::string& path, const std::string& token) {
    const auto answer = api().get(path + "?limit=1000", token);
    EXPECT_EQ(answer.status, 200) << path << " " << answer.text;
    std::set<std::string> ids;
    for (const auto& one : answer.json["items"]) ids.insert(one["id"]);
    return ids;
  }

  std::string env_, own_, foreign_, own_check_, foreign_check_, loose_check_;
};

}  // namespace monitron::api
