// Which settings hold for an agent, as PostgreSQL reads it. M-058.

#include "store/agent_configurations.hpp"

#include "fixture.hpp"
#include "store/instances.hpp"

namespace monitron::store {
namespace {

class AgentConfigurations : public StoreTest {
 protected:
  Uuid host(const Labels& labels) {
    Instance instance;
    instance.id = Uuid::make();
    instance.name = instance.hostname = instance.id.str();
    instance.labels = labels;
    EXPECT_TRUE(in_transaction([&](pqxx::work& tx) { insert_instance(tx, instance); }));
    return instance.id;
  }
  Uuid say(const std::string& name, const Labels& labels, int priority,
           const std::string& settings) {
    const AgentConfiguration one{.id = Uuid::make(),
                                 .name = name,
                                 .labels = labels,
                                 .priority = priority,
                                 .settings = settings};
    EXPECT_TRUE(in_transaction([&](pqxx::work& tx) { insert_agent_configuration(tx, one); }));
    return one.id;
  }
  std::optional<AgentSettings> of(const Uuid& instance) {
    const auto found =
        in_transaction([&](pqxx::work& tx) { return agent_settings_of(tx, instance); });
    EXPECT_TRUE(found) << found.error().text;
    return found.value_or(std::nullopt);
  }
};

TEST_F(AgentConfigurations, OfEachSettingTheHighestPriorityIsObeyed) {
  const auto here = host({{"env", "prod"}, {"site", "x"}}), there = host({{"env", "dev"}});
  const auto nothing = of(here);
  ASSERT_TRUE(nothing);
  EXPECT_EQ(nothing->settings, "{}");
  say("all", {}, 0, R"({"a": 1, "b": 1, "c": 1})");
  say("z prod", {{"env", "prod"}}, 5, R"({"b": 2, "c": 2})");
  say("a site", {{"env", "prod"}, {"site", "x"}}, 5, R"({"c": 3, "b": 3})");
  const auto last = say("elsewhere", {{"env", "prod"}, {"site", "y"}}, 9, R"({"a": 9})");
  EXPECT_EQ(of(here)->settings, R"({"a": 1, "b": 2, "c": 2})") << "of the same, the last by name";
  EXPECT_EQ(of(there)->settings, R"({"a": 1, "b": 1, "c": 1})");
  EXPECT_FALSE(of(Uuid::make()));
  const auto version = of(here)->version;
  EXPECT_NE(version, of(there)->version);
  EXPECT_NE(version, nothing->version);
  EXPECT_TRUE(in_transaction([&](pqxx::work& tx) { delete_agent_configuration(tx, last); }));
  EXPECT_EQ(of(here)->version, version) << "the same settings";
}

}  // namespace
}  // namespace monitron::store
