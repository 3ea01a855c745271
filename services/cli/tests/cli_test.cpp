// What people see of answers, and the exit codes of failures.

#include "cli/api.hpp"
#include "cli/commands.hpp"
#include "cli/program.hpp"
#include "cli/table.hpp"

#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <sstream>

namespace monitron::cli {
namespace {

class Cli : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/monitron-cli-XXXXXX";
    home_ = mkdtemp(pattern);
    ::setenv("XDG_CONFIG_HOME", home_.c_str(), 1);
    ::unsetenv("MONITRON_URL");
    ::unsetenv("MONITRON_TOKEN");
  }
  void TearDown() override { std::filesystem::remove_all(home_); }

  int run_with(std::vector<const char*> words) {
    words.insert(words.begin(), "monitron");
    out_.str("");
    err_.str("");
    return run(static_cast<int>(words.size()), words.data(), out_, err_);
  }

  std::string home_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(Cli, AlignsTablesAndTakesTheSteeringOutOfNames) {
  Table table({"NAME", "STATE"});
  table.add({"größe", "up"});
  table.add({"\x1b[31mred\n", "down"});
  EXPECT_EQ(table.text(), "NAME       STATE\ngröße      up\n?[31mred?  down\n");
}

TEST_F(Cli, TellsWhatAProblemSays) {
  http::Response response;
  response.status = 400;
  response.body =
      R"({"title":"Bad Request","detail":"wrong","errors":[{"field":"name","message":"is missing"}]})";
  const auto answer = read_answer(response);
  EXPECT_EQ(answer.error().fault, Fault::invalid);
  EXPECT_EQ(answer.error().text, "wrong\n  name: is missing");
  response.status = 502;
  response.body = "<html>";
  EXPECT_EQ(read_answer(response).error().fault, Fault::unavailable);
}

TEST_F(Cli, EncodesCursors) { EXPECT_EQ(percent_encoded("a+/=&z"), "a%2B%2F%3D%26z"); }

TEST_F(Cli, KeepsTheLoginForItsOwnerAndItsServerAlone) {
  ASSERT_TRUE(save_login({"https://a.example", "secret", "again"}).has_value());
  EXPECT_EQ(std::filesystem::status(login_path()).permissions(), std::filesystem::perms(0600));
  EXPECT_EQ(load_login()->token, "secret");
  ::setenv("MONITRON_URL", "https://b.example/", 1);
  EXPECT_EQ(load_login()->url, "https://b.example");
  EXPECT_EQ(load_login()->token, "") << "a token goes only to its own server";
  ::setenv("MONITRON_TOKEN", "other", 1);
  EXPECT_EQ(load_login()->token, "other");
}

TEST_F(Cli, ExitCodesTellWhatHappened) {
  EXPECT_EQ(run_with({"version"}), 0);
  EXPECT_EQ(out_.str().substr(0, 9), "monitron ");
  EXPECT_EQ(run_with({"--help"}), 0);
  EXPECT_EQ(run_with({}), 2);
  EXPECT_EQ(run_with({"statsu"}), 2);
  EXPECT_NE(err_.str().find("no command \"statsu\""), std::string::npos) << err_.str();
  EXPECT_EQ(run_with({"status", "-o", "xml"}), 2);
  ::setenv("MONITRON_URL", "http://127.0.0.1:1", 1);
  EXPECT_EQ(run_with({"status"}), 69);
  EXPECT_NE(err_.str().find("http://127.0.0.1:1"), std::string::npos);
}

TEST_F(Cli, HelpOfACommandIsWhatItSaysItself) {
  EXPECT_EQ(run_with({"login", "--help"}), 0);
  const auto said = out_.str();
  EXPECT_NE(said.find("--email"), std::string::npos) << said;
  EXPECT_EQ(run_with({"help", "login"}), 0);
  EXPECT_EQ(out_.str(), said);
  EXPECT_EQ(run_with({"--help"}), 0);
  const auto all = out_.str();
  EXPECT_EQ(run_with({"help"}), 0);
  EXPECT_EQ(out_.str(), all);
  EXPECT_EQ(run_with({"help", "logni"}), 2);
  EXPECT_NE(err_.str().find("no command \"logni\""), std::string::npos) << err_.str();
}

}  // namespace
}  // namespace monitron::cli
