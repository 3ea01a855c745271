// monitron rules check and test; and that promtool comes to the same verdicts.

#include "cli/rule_files.hpp"

#include "cli/program.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>

namespace monitron::cli {
namespace {

const std::string kFolder = std::string(MONITRON_SOURCE_DIR) + "/services/cli/tests/rule_files/";

class RuleFiles : public testing::Test {
 protected:
  int run_with(std::vector<std::string> words) {
    words.insert(words.begin(), "monitron");
    std::vector<const char*> arguments;
    for (const auto& word : words) arguments.push_back(word.c_str());
    out_.str("");
    err_.str("");
    return run(static_cast<int>(arguments.size()), arguments.data(), out_, err_);
  }

  std::ostringstream out_, err_;
};

TEST_F(RuleFiles, TestsThatPassAreCounted) {
  EXPECT_EQ(run_with({"rules", "test", kFolder + "passing.yml", kFolder + "defaults.yml"}), 0)
      << out_.str() << err_.str();
  EXPECT_EQ(out_.str(),
            kFolder + "passing.yml: 1 test passed\n" + kFolder + "defaults.yml: 1 test passed\n");
}

TEST_F(RuleFiles, WhatIsExpectedAndWhatIsThereAreShown) {
  EXPECT_EQ(run_with({"rules", "test", kFolder + "failing_alert.yml"}), 1);
  EXPECT_EQ(out_.str(), kFolder +
                            "failing_alert.yml: FAILED\n"
                            "  name: nobody is told, alertname: Down, time: 3m\n"
                            "    exp: nothing\n"
                            "    got:\n"
                            "      {alertname=\"Down\", job=\"shop\", severity=\"critical\"} "
                            "{value=\"up is 0\"}\n");
}

TEST_F(RuleFiles, WhatIsNotThereIsNamed) {
  EXPECT_EQ(run_with({"rules", "test", kFolder + "absent.yml"}), 1);
  EXPECT_EQ(err_.str(), kFolder + "absent.yml: No such file or directory\n");
  const auto path = std::filesystem::temp_directory_path() / "monitron_absent_test.yml";
  std::ofstream(path) << "rule_files: [nothing-*.yml]\n";
  EXPECT_EQ(run_with({"rules", "test", path.string()}), 1);
  EXPECT_EQ(err_.str(), path.string() + ": no rule file matches nothing-*.yml\n");
  std::filesystem::remove(path);
}

TEST_F(RuleFiles, FilesOfRulesAreChecked) {
  EXPECT_EQ(run_with({"rules", "check", kFolder + "rules.yml"}), 0);
  EXPECT_TRUE(
      out_.str().starts_with(kFolder + "rules.yml: 5 rules in 2 groups\nwarning: alerts, "));
  EXPECT_EQ(run_with({"rules", "check", kFolder + "failing_alert.yml", kFolder + "rules.yml"}), 1);
  EXPECT_NE(err_.str().find("failing_alert.yml:1: rule_files: is not known here\n"),
            std::string::npos);
  EXPECT_TRUE(
      out_.str().starts_with(kFolder + "rules.yml: 5 rules in 2 groups\nwarning: alerts, "));
  EXPECT_EQ(run_with({"rules"}), 2);
  EXPECT_EQ(run_with({"rules", "test"}), 2);
}

TEST_F(RuleFiles, AFileIsJudgedAsTheImportDoes) {
  const auto path = (std::filesystem::temp_directory_path() / "monitron_judged_test.yml").string();
  const auto check = [&](const std::string& rule) {
    std::ofstream(path) << "groups: [{name: shop, limit: 5, rules: [{alert: Slow, " + rule + "}]}]";
    return run_with({"rules", "check", path});
  };
  const std::pair<const char*, const char*> refused[] = {
      {"expr: \"'a'\"", ".expr: rule result is not a vector or scalar"},
      {"expr: 'foo[5m]'", ".expr: rule result is not a vector or scalar"},
      {"expr: up @ 5", ".expr: a rule cannot look at a fixed time (@ with a number)"},
      {"expr: up offset 32d", ".expr: a rule cannot look back further than 31 days"},
      {"expr: up, for: 8d", ".for: must be at most 7 days"}};
  for (const auto& [rule, why] : refused) {
    EXPECT_EQ(check(rule), 1) << rule;
    EXPECT_EQ(err_.str(), path + ": groups[0].rules[0]" + why + "\n") << out_.str();
  }
  EXPECT_EQ(check("expr: up, annotations: {a: '{{ $labels.x '}"), 1);
  EXPECT_EQ(err_.str(), path + ":1: groups[0].rules[0].annotations: a: unclosed action\n");
  EXPECT_EQ(check("expr: up, labels: {severity: page}, annotations: {a: '{{ if 1 }}{{ end }}'}"),
            0);
  EXPECT_EQ(out_.str().substr(0, out_.str().find(" cannot be used")),
            path +
                ": 1 rule in 1 group\n"
                "warning: shop: limit: is not applied\n"
                "warning: shop, Slow: labels.severity: the label severity is \"page\": critical is "
                "taken\n"
                "warning: shop, Slow: annotations.a: stays as it is written: \"if\"");
  std::filesystem::remove(path);
}

TEST_F(RuleFiles, PromtoolComesToTheSameVerdicts) {
  if (std::system("promtool --version > /dev/null 2>&1") != 0) {
    ASSERT_EQ(std::getenv("CI"), nullptr) << "promtool is missing";
    GTEST_SKIP() << "promtool is not here";
  }
  int good = 0;
  int bad = 0;
  for (const auto& file : std::filesystem::directory_iterator(kFolder)) {
    const auto path = file.path().string();
    if (file.path().filename().string().starts_with("rules")) continue;
    const int ours = run_with({"rules", "test", path});
    const auto command = "promtool test rules '" + path + "' > /dev/null 2>&1";
    const int theirs = std::system(command.c_str()) == 0 ? 0 : 1;
    EXPECT_EQ(ours, theirs) << path << "\n" << out_.str() << err_.str();
    ++(ours == 0 ? good : bad);
  }
  EXPECT_GE(good, 2);
  EXPECT_GE(bad, 7);
}

}  // namespace
}  // namespace monitron::cli
