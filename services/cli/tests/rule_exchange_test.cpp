// Rule files to a server and from it.

#include "cli/rule_exchange.hpp"

#include "answering.hpp"
#include "cli/rule_files.hpp"

#include <cstdio>
#include <fstream>
#include <gtest/gtest.h>

namespace monitron::cli {
namespace {

using nlohmann::json;

class CliRuleExchange : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/monitron-rules-XXXXXX";
    const int file = ::mkstemp(name);
    ASSERT_GE(file, 0);
    ::close(file);
    path_ = name;
    std::ofstream(path_) << "groups: []\n";
  }
  void TearDown() override { std::remove(path_.c_str()); }

  Answering server_;
  Api api_{server_.login()};
  std::string path_;
};

TEST_F(CliRuleExchange, AFileIsSentAsItIsAndWhatChangedIsShown) {
  server_.answers["POST /api/v1/rules/import"] = {
      {"items",
       {{{"action", "created"}, {"group", "shop"}, {"name", "Slow"}, {"kind", "promql"}},
        {{"action", "unchanged"}, {"group", "shop"}, {"name", "Down"}, {"kind", "promql"}}}},
      {"warnings",
       {{{"group", "shop"},
         {"rule", "Slow"},
         {"field", "limit"},
         {"reason", "is not\x1b applied"}}}}};
  const auto taken = import_rules(api_, {path_}, false, Output::table);
  ASSERT_TRUE(taken) << taken.error().text;
  EXPECT_EQ(server_.asked["POST /api/v1/rules/import"], "groups: []\n");
  EXPECT_EQ(taken->text, path_ +
                             ": 1 rules changed, 1 are as they were\n"
                             "ACTION   GROUP  RULE  KIND\n"
                             "created  shop   Slow  promql\n"
                             "warning: shop, Slow: limit: is not? applied\n");
}

TEST_F(CliRuleExchange, WhatIsNotTakenIsTold) {
  EXPECT_EQ(import_rules(api_, {path_ + "-none"}, false, Output::table).error().fault,
            Fault::not_found);
  const auto refused = import_rules(api_, {path_}, true, Output::table);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text, path_ + ": nothing has this id");
}

TEST_F(CliRuleExchange, WhatIsExportedIsTheFileItself) {
  const std::string yaml = "# a comment\ngroups: []\n";
  server_.answers["GET /api/v1/rules/export"] = yaml;
  const auto shown = export_rules(api_, "shop & co");
  ASSERT_TRUE(shown) << shown.error().text;
  EXPECT_EQ(shown->text, yaml);
}

}  // namespace
}  // namespace monitron::cli
