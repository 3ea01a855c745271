// Script checks through the built spawner.

#include "probe/tests/target.hpp"
#include "testkit/eventually.hpp"
#include "testkit/script_folder.hpp"

#include <gtest/gtest.h>
#include <map>

namespace monitron::probe {

using namespace std::chrono_literals;
using domain::CheckKind;
using domain::CheckStatus;

namespace {

class ScriptProbe : public testing::Test {
 protected:
  void SetUp() override { folder_.write("say", "echo -e \"$1\"; exit $2"); }

  EngineSettings::Wishes wishes(std::size_t at_once = 0) const {
    EngineSettings::Wishes wishes;
    wishes.scripts = {folder_.path(), "", at_once, MONITRON_BINARY_DIR "/bin/monitron-spawner"};
    return wishes;
  }
  static domain::CheckDefinition script(const std::string& command,
                                        std::vector<std::string> arguments = {},
                                        std::chrono::milliseconds timeout = 5s) {
    auto check = check_of(CheckKind::script, "192.0.2.1", timeout);
    check.use<domain::ScriptSettings>() = {command, std::move(arguments)};
    return check;
  }
  domain::ProbeOutcome say(const std::string& text, int status) const {
    return run_once(script("say", {text, std::to_string(status)}), wishes());
  }

  const testkit::ScriptFolder folder_;
};

}  // namespace

// M-104.
TEST_F(ScriptProbe, ExitStatusesMeanWhatPluginsMean) {
  const auto fine = say("OK - fine", 0);
  EXPECT_EQ(fine.status, CheckStatus::up);
  EXPECT_FALSE(fine.warning);
  EXPECT_EQ(fine.reason, "OK - fine");
  const auto warning = say("WARNING - 91 % full", 1);
  EXPECT_EQ(warning.status, CheckStatus::up) << "like a certificate near its expiry";
  EXPECT_TRUE(warning.warning);
  EXPECT_EQ(warning.reason, "WARNING - 91 % full");
  EXPECT_EQ(value_of(warning, "probe_script_exit_code"), 1);
  const auto down = say("CRITICAL - nothing there", 2);
  EXPECT_EQ(down.status, CheckStatus::down);
  EXPECT_EQ(down.reason, "CRITICAL - nothing there");
  EXPECT_EQ(say("UNKNOWN - bad arguments", 3).status, CheckStatus::unknown);
  const auto strange = say("what?", 42);
  EXPECT_EQ(strange.status, CheckStatus::unknown);
  EXPECT_EQ(strange.reason, "exit status 42: what?");
}

// By a variable or its input, never by an argument; and not in what it is heard to say.
TEST_F(ScriptProbe, SecretsReachTheScriptAndNotItsOutput) {
  folder_.write("login",
                "read -r line; echo \"$PASSWORD $line\" | md5sum | cut -c1-8;"
                "echo \"as $PASSWORD and $line\"; echo \"$PASSWORD\" >&2");
  auto check = script("login");
  auto& settings = check.use<domain::ScriptSettings>();
  settings.secrets["PASSWORD"] = {"s3cret-one"};
  settings.input = {"s3cret-two"};
  const auto outcome = run_once(check, wishes());
  EXPECT_EQ(outcome.reason, "3d1ef8ac");  // of "s3cret-one s3cret-two"
  EXPECT_EQ(outcome.details.at("output"), "3d1ef8ac\nas ******** and ********");
}

TEST_F(ScriptProbe, APartOfASecretAtACutEndIsMaskedToo) {
  folder_.write("long", "printf 'x%.0s' {1..4090}; printf '%s' \"$PASSWORD\"");
  auto check = script("long");
  check.use<domain::ScriptSettings>().secrets["PASSWORD"] = {"s3cret-one"};
  const auto outcome = run_once(check, wishes());
  for (const auto& [name, text] : outcome.details) {
    EXPECT_EQ(text.find("s3cr"), std::string::npos) << name;
  }
  EXPECT_EQ(outcome.reason.find("s3cr"), std::string::npos);
}

// Sealed on the way here; who cannot open them does not run the check.
TEST_F(ScriptProbe, ASecretThatCannotBeOpenedIsTroubleOfOurs) {
  auto check = script("say", {"OK", "0"});
  check.use<domain::ScriptSettings>().input = {"sealed:1:…"};
  auto strict = wishes();
  strict.open_secret = [](const auto&, const auto&) -> Result<std::string> {
    return fail(Fault::invalid, "a secret was sealed with another ENCRYPTION_KEY");
  };
  const auto outcome = run_once(check, strict);
  EXPECT_EQ(outcome.status, CheckStatus::unknown);
  EXPECT_EQ(outcome.reason, "a secret was sealed with another ENCRYPTION_KEY");
}

TEST_F(ScriptProbe, NumbersBecomeSamplesAndMoreLinesDetails) {
  const auto outcome = say("OK | time=20ms;1;2 users=3\\nmore\\nlines | size=4KB", 0);
  std::map<std::string, double> found;
  for (const auto& value : outcome.values) {
    if (value.name != "probe_script_value") continue;
    EXPECT_TRUE(std::is_sorted(value.labels.begin(), value.labels.end()));
    found[value.labels[0].second + "/" + (value.labels.size() > 1 ? value.labels[1].second : "")] =
        value.value;
  }
  EXPECT_EQ(found, (std::map<std::string, double>{
                       {"time/seconds", 0.02}, {"users/", 3}, {"size/bytes", 4000}}));
  EXPECT_EQ(outcome.reason, "OK");
  EXPECT_EQ(outcome.details.at("output"), "OK\nmore\nlines");
  EXPECT_EQ(outcome.details.at("performance_data"), "time=20ms;1;2 users=3\nsize=4KB");
}

TEST_F(ScriptProbe, TheScriptIsToldWhatItIsAbout) {
  folder_.write("tell",
                "echo \"$MONITRON_ADDRESS $MONITRON_CHECK_NAME $MONITRON_TIMEOUT_SECONDS\"");
  EXPECT_EQ(run_once(script("tell"), wishes()).reason, "192.0.2.1 test 5");
}

TEST_F(ScriptProbe, AScriptThatDoesNotEndIsDown) {
  folder_.write("hang", "echo begun; sleep 1000");
  const auto outcome = run_once(script("hang", {}, 1s), wishes());
  EXPECT_EQ(outcome.status, CheckStatus::down);
  EXPECT_EQ(outcome.reason, "the script did not end within 1000 ms: begun");
  EXPECT_GE(outcome.duration, 1s);
  EXPECT_LT(outcome.duration, 6s);
}

TEST_F(ScriptProbe, WhatCannotRunIsUnknown) {
  const auto absent = run_once(script("absent"), wishes());
  EXPECT_EQ(absent.status, CheckStatus::unknown);
  EXPECT_EQ(absent.reason, "script absent is not in this checker's folder");
  folder_.write("crash", "kill -SEGV $$");
  EXPECT_EQ(run_once(script("crash"), wishes()).status, CheckStatus::unknown);
  folder_.write("flood", "yes");
  EXPECT_EQ(run_once(script("flood"), wishes()).status, CheckStatus::unknown);
  const auto nowhere = run_once(script("say"), {});
  EXPECT_EQ(nowhere.status, CheckStatus::unknown);
  EXPECT_EQ(nowhere.reason,
            "scripts are not allowed on this checker: MONITRON_CHECKER_SCRIPTS_DIR is not set");
}

TEST_F(ScriptProbe, NoOutputAndStrangeBytesAreSaidSo) {
  folder_.write("silent", "echo 'no such module' >&2; exit 2");
  EXPECT_EQ(run_once(script("silent"), wishes()).reason, "no output; on stderr: no such module");
  EXPECT_EQ(say("gr\\xff\\xffn", 2).reason, "gr??n");
  EXPECT_EQ(say(std::string(3000, 'x'), 0).reason.size(), 503U) << "500 and an ellipsis";
}

TEST_F(ScriptProbe, WaitingTooLongForAPlaceIsUnknown) {
  folder_.write("slow", "sleep 1000");
  loop::Loop loop;
  std::map<std::string, domain::ProbeOutcome> outcomes;
  Engine engine(loop, EngineSettings::make(wishes(1)).value());
  loop.post([&] {
    const auto run = [&](const std::string& name, std::chrono::milliseconds timeout) {
      engine.start(script("slow", {}, timeout), [&, name](domain::ProbeOutcome outcome) {
        outcomes[name] = std::move(outcome);
        if (outcomes.size() == 2) loop.stop();
      });
    };
    run("first", 1500ms);
    run("second", 200ms);
  });
  loop.run();
  EXPECT_EQ(outcomes["first"].status, CheckStatus::down);
  EXPECT_EQ(outcomes["second"].status, CheckStatus::unknown);
  EXPECT_EQ(outcomes["second"].reason,
            "overrun: no place to run the script became free within 200 ms");
}

TEST_F(ScriptProbe, WaitingIsNotTakenFromTheScriptsTime) {
  folder_.write("half", "sleep 1; echo OK");
  loop::Loop loop;
  std::vector<domain::ProbeOutcome> outcomes;
  Engine engine(loop, EngineSettings::make(wishes(1)).value());
  loop.post([&] {
    for (int i = 0; i < 2; ++i) {
      engine.start(script("half", {}, 1600ms), [&](domain::ProbeOutcome outcome) {
        outcomes.push_back(std::move(outcome));
        if (outcomes.size() == 2) loop.stop();
      });
    }
  });
  loop.run();
  for (const auto& outcome : outcomes) {
    EXPECT_EQ(outcome.status, CheckStatus::up) << outcome.reason;
    EXPECT_GE(outcome.duration, 1s);
    EXPECT_LT(outcome.duration, 1600ms);
  }
}

TEST_F(ScriptProbe, AnEngineThatEndsLeavesNoScript) {
  folder_.write("slow", "sleep 1000");
  loop::Loop loop;
  const auto settings = EngineSettings::make(wishes()).value();
  auto engine = std::make_unique<Engine>(loop, settings);
  bool called = false;
  loop.post([&] {
    engine->start(script("slow", {}, 60s), [&](const domain::ProbeOutcome&) { called = true; });
  });
  auto look = loop.every(10ms, [&] {
    if (folder_.process("slow") == 0) return;
    engine.reset();
    loop.stop();
  });
  loop.run();
  EXPECT_TRUE(testkit::eventually(20s, [&] { return folder_.process("slow") == 0; }));
  EXPECT_FALSE(called);
}

}  // namespace monitron::probe
