// What is defined anew while something is wrong. Most definitions say nothing new, and cost little;
// what they do alter is looked at again.

#include "alert_scene.hpp"

namespace monitron::notifier {
namespace {

using Change = AlertScene::Change;
using Status = AlertScene::Status;

struct Definitions : testing::Test, AlertScene {
  Changes value(double value) {
    ++second;
    return sends(definitions.instances.front().id, {{"node_load1", {}}, {"node_load5", {}}},
                 {value, 100});
  }
};

TEST_F(Definitions, OfWhatIsAsItWasNothingFollows) {
  rule();
  const auto shop = check("shop");
  define();
  result(shop, Status::down);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(define().empty());
  EXPECT_EQ(decided(), "fired ");
}

TEST_F(Definitions, ANewRuleIsAboutChecksThatAreDownAlready) {
  const auto shop = check("shop");
  define();
  result(shop, Status::down);
  rule();
  ASSERT_EQ(define().size(), 1u);
  definitions.rules.front().label_selector = {{"env", "prod"}};
  define();
  definitions.rules.front().label_selector.clear();
  define();
  EXPECT_EQ(decided(), "fired resolved fired ");
}

TEST_F(Definitions, ACheckThatGetsTheLabelsOfARuleFires) {
  rule().label_selector = {{"env", "prod"}};
  const auto shop = check("shop", {{"env", "test"}});
  define();
  result(shop, Status::down);
  EXPECT_EQ(decided(), "");
  definitions.checks.front().labels["env"] = "prod";
  define();
  EXPECT_EQ(decided(), "fired ");
}

TEST_F(Definitions, ACheckOfAServerThatIsRenamedFires) {
  rule().label_selector = {{"instance", "web-1"}};
  server("web-2");
  const auto shop = check("shop");
  definitions.checks.front().instance_id = definitions.instances.front().id;
  define();
  result(shop, Status::down);
  EXPECT_EQ(decided(), "");
  definitions.instances.front().hostname = "web-1";
  define();
  EXPECT_EQ(decided(), "fired ");
}

TEST_F(Definitions, AThresholdIsAboutSeriesThatWereSeenBefore) {
  server("web-1");
  threshold("node_load15 > 4");
  define();
  value(9);
  auto& edited = definitions.rules.front();
  edited.expr = "node_load1 > 4";
  define();
  value(9);
  EXPECT_EQ(decided(), "fired ");
  edited.expr = "node_load1 > 10";
  define();
  value(9);
  EXPECT_EQ(decided(), "fired resolved ");
}

TEST_F(Definitions, AServerThatGetsTheLabelsOfAThresholdFires) {
  server("web-1", {{"env", "test"}});
  threshold("node_load1{env=\"prod\"} > 4");
  define();
  value(9);
  EXPECT_EQ(decided(), "");
  definitions.instances.front().labels["env"] = "prod";
  define();
  value(9);
  EXPECT_EQ(decided(), "fired ");
}

TEST_F(Definitions, AServerThatIsGoneAndComesBackHasItsNewLabels) {
  const auto known = server("web-1", {{"env", "prod"}});
  threshold("node_load1{env=\"prod\"} > 4");
  define();
  value(1);
  definitions.instances.clear();
  define();
  definitions.instances = {known};
  definitions.instances.front().labels["env"] = "test";
  define();
  value(9);
  EXPECT_EQ(decided(), "");
}

// A name that no rule asks for, sent as one that a rule does.
TEST_F(Definitions, AThresholdIsAboutWhatASenderCallsIt) {
  const auto& host = server("web-1");
  threshold("load > 4");
  define();
  const std::string sent_as(contracts::kMetricNameLabel);
  sends(host.id, {{"host_load", {{sent_as, "load"}}}}, {9});
  EXPECT_EQ(decided(), "fired ");
}

}  // namespace
}  // namespace monitron::notifier
