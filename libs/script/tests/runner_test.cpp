// Scripts as real processes, run by the built spawner.

#include "script/runner.hpp"

#include "testkit/eventually.hpp"
#include "testkit/program.hpp"
#include "testkit/script_folder.hpp"

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <mutex>
#include <sstream>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace monitron::script {

using namespace std::chrono_literals;
using How = Ending::How;
using testkit::eventually;
using testkit::has_ended;
using testkit::read_file;

namespace {

const std::string kSpawner = MONITRON_BINARY_DIR "/bin/monitron-spawner";

class Scripts : public testing::Test {
 protected:
  Runner& runner(std::size_t at_once = 0) {
    if (!runner_) {
      runner_ = std::make_unique<Runner>(RunnerConfig{folder_.path(), "", at_once, kSpawner});
    }
    return *runner_;
  }

  std::uint64_t start(const std::string& command, std::vector<std::string> arguments = {},
                      std::chrono::milliseconds timeout = 10s,
                      std::vector<std::string> environment = {}) {
    Order order{0, timeout, command, std::move(arguments), std::move(environment)};
    return runner().start(std::move(order), {[this] { ++started_; },
                                             [this](Ending ending) {
                                               {
                                                 const std::lock_guard lock(mutex_);
                                                 ended_[ending.id] = std::move(ending);
                                               }
                                               changed_.notify_all();
                                             }});
  }
  Ending wait_for(std::uint64_t id) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, 20s, [&] { return ended_.count(id) > 0; })) {
      ADD_FAILURE() << "no end";
      return {};
    }
    return ended_[id];
  }
  Ending run(const std::string& command, std::vector<std::string> arguments = {},
             std::chrono::milliseconds timeout = 10s, std::vector<std::string> environment = {}) {
    return wait_for(start(command, std::move(arguments), timeout, std::move(environment)));
  }
  std::size_t ended() {
    const std::lock_guard lock(mutex_);
    return ended_.size();
  }

  const testkit::ScriptFolder folder_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, Ending> ended_;
  std::atomic<int> started_{0};
  std::unique_ptr<Runner> runner_;
};

}  // namespace

TEST(Order, SurvivesTheWire) {
  const Order order{7, 1500ms, "check_x", {"-w", "", "a b\n"}, {"A=b"}};
  EXPECT_EQ(std::get<Order>(*decode(encode(order))), order);
  EXPECT_EQ(std::get<Stop>(*decode(encode(Stop{9}))), Stop{9});
  EXPECT_EQ(std::get<Started>(*decode(encode(Started{9, 12}))), (Started{9, 12}));
  const Ending ending{3, How::killed, 9, std::string("a\0b", 3), true, "c", "d", 7us};
  EXPECT_EQ(std::get<Ending>(*decode(encode(ending))), ending);
}

TEST(Order, WhatIsNoMessageIsRefused) {
  const std::string good = encode(Order{1, 1s, "a", {"b"}, {}});
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(decode(good.substr(0, length))) << length;
  }
  EXPECT_FALSE(decode("\x02" + good.substr(1))) << "another version";
  EXPECT_FALSE(decode(encode(Order{1, 1s, std::string("a\0b", 3), {}, {}})));
  EXPECT_FALSE(decode(encode(Order{1, 0ms, "a", {}, {}})));
}

// M-104.
TEST_F(Scripts, ExitStatusAndOutputAreTold) {
  folder_.write("check_a", "echo \"it is $1\"; echo problem >&2; exit $2");
  const auto ending = run("check_a", {"so; echo not this", "2"});
  EXPECT_EQ(ending.how, How::exited);
  EXPECT_EQ(ending.code, 2);
  EXPECT_EQ(ending.output, "it is so; echo not this\n") << "no shell reads the arguments";
  EXPECT_EQ(ending.complaint, "problem\n");
  EXPECT_FALSE(ending.cut);
  EXPECT_EQ(started_, 1);
}

// S-02, S-25.
TEST_F(Scripts, OnlyPlainFilesOfTheFolderRun) {
  folder_.write("plain", "exit 0");
  folder_.write("mode", "exit 0", 0644);
  folder_.write("open", "exit 0", 0757);
  (void)!symlink("plain", folder_.path("link").c_str());
  mkdir(folder_.path("sub").c_str(), 0755);
  folder_.write("sub/deep", "exit 0");
  std::ofstream(folder_.path("text")) << "no program\n";
  chmod(folder_.path("text").c_str(), 0755);
  const std::map<std::string, std::string> refused{
      {"../" + folder_.path().substr(5) + "/plain", "is not a file name"},
      {"..", "is not a file name"},
      {"", "is not a file name"},
      {"/bin/true", "is not a file name"},
      {"sub/deep", "is not a file name"},
      {"absent", "is not in this checker's folder"},
      {"link", "it is a link"},
      {"sub", "it is not a regular file"},
      {"mode", "it is not executable"},
      {"open", "everybody may write it"},
      {"text", "Exec format error"},
  };
  for (const auto& [name, why] : refused) {
    const auto ending = run(name);
    EXPECT_EQ(ending.how, How::refused) << name;
    EXPECT_NE(ending.problem.find(why), std::string::npos) << name << ": " << ending.problem;
  }
  EXPECT_EQ(started_, 0);
  EXPECT_EQ(run("plain").how, How::exited);
}

// A folder that is replaced by turning a link, as Kubernetes does it.
TEST_F(Scripts, TheFolderMayBeALinkThatIsTurned) {
  mkdir(folder_.path("one").c_str(), 0755);
  mkdir(folder_.path("two").c_str(), 0755);
  folder_.write("one/check", "echo one");
  folder_.write("two/check", "echo two");
  (void)!symlink("one", folder_.path("now").c_str());
  runner_ = std::make_unique<Runner>(RunnerConfig{folder_.path("now"), "", 0, kSpawner});
  EXPECT_EQ(run("check").output, "one\n");
  (void)!symlink("two", folder_.path("next").c_str());
  rename(folder_.path("next").c_str(), folder_.path("now").c_str());
  EXPECT_EQ(run("check").output, "two\n");
}

// S-02.
TEST_F(Scripts, AScriptGetsNothingOfOurs) {
  setenv("JWT_SECRET", "a secret of the suite", 1);
  const int open_here = dup(0);
  fcntl(open_here, F_SETFD, 0);  // would be inherited
  folder_.write(
      "look",
      "env; ls -l /proc/self/fd; read line; echo \"read: $? $line\"; ulimit -c; pwd; "
      "grep NoNewPrivs /proc/self/status; cat /proc/self/oom_score_adj /proc/$PPID/environ");
  const auto ending = run("look", {}, 10s, {"MONITRON_ADDRESS=192.0.2.1"});
  close(open_here);
  unsetenv("JWT_SECRET");
#ifndef __SANITIZE_ADDRESS__
  EXPECT_EQ(prctl(PR_GET_DUMPABLE), 0) << "nor can it read our environment in /proc";
#endif
  const auto& text = ending.output;
  EXPECT_EQ(text.find("SECRET"), std::string::npos) << text;
  EXPECT_NE(text.find("MONITRON_ADDRESS=192.0.2.1"), std::string::npos) << text;
  EXPECT_NE(text.find("LANG=C.UTF-8"), std::string::npos) << text;
  EXPECT_EQ(text.find("socket:"), std::string::npos) << text;
  EXPECT_NE(text.find(" 0 -> /dev/null"), std::string::npos) << text;
  EXPECT_NE(text.find("read: 1"), std::string::npos) << text;
  EXPECT_NE(text.find("\n0\n/\n"), std::string::npos) << text;
  EXPECT_NE(text.find("NoNewPrivs:\t1\n500\n"), std::string::npos) << text;
}

TEST_F(Scripts, ATimeoutEndsGrandchildrenToo) {
  // One in the group, one in a group of its own, one in a session of its own.
  folder_.write("hang",
                "sleep 1000 & echo $! >> $1; set -m; sleep 1000 & echo $! >> $1; "
                "setsid bash -c 'echo $$ >> $0; sleep 1000' $1 & echo begun; wait");
  const std::string pids = folder_.path("pids");
  const auto begun = std::chrono::steady_clock::now();
  const auto ending = run("hang", {pids}, 2s);
  EXPECT_EQ(ending.how, How::timed_out);
  EXPECT_EQ(ending.output, "begun\n");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
  std::istringstream list(read_file(pids));
  int count = 0;
  for (std::string pid; list >> pid; ++count) {
    EXPECT_TRUE(eventually(20s, [&] { return has_ended(pid); })) << pid;
  }
  EXPECT_EQ(count, 3);
}

TEST_F(Scripts, WhatAScriptLeavesBehindEndsWithIt) {
  folder_.write("leave", "sleep 1000 & echo $!; setsid sleep 1000 & echo $!; exit 1");
  const auto ending = run("leave");
  EXPECT_EQ(ending.how, How::exited) << "though a pipe was still held open";
  EXPECT_EQ(ending.code, 1);
  std::istringstream list(ending.output);
  for (std::string pid; list >> pid;) {
    EXPECT_TRUE(eventually(20s, [&] { return has_ended(pid); })) << pid;
  }
}

TEST_F(Scripts, LongOutputIsCutAndAFloodIsEnded) {
  folder_.write("long",
                "head -c 100000 /dev/zero | tr '\\0' x; head -c 9000 /dev/zero >&2; exit 0");
  const auto cut = run("long");
  EXPECT_EQ(cut.how, How::exited);
  EXPECT_TRUE(cut.cut);
  EXPECT_EQ(cut.output, std::string(kOutputBytes, 'x'));
  EXPECT_EQ(cut.complaint.size(), kOutputBytes);
  folder_.write("flood", "yes");
  const auto flood = run("flood");
  EXPECT_EQ(flood.how, How::flooded);
  folder_.write("quiet_flood", "yes >&2");
  EXPECT_EQ(run("quiet_flood").how, How::flooded);
}

TEST_F(Scripts, ASignalIsTold) {
  folder_.write("crash", "kill -SEGV $$");
  const auto ending = run("crash");
  EXPECT_EQ(ending.how, How::killed);
  EXPECT_EQ(ending.code, SIGSEGV);
}

TEST_F(Scripts, ClosedPipesDoNotEndAScript) {
  folder_.write("closes", "exec >&- 2>&-; sleep 0.2; exit 1");
  EXPECT_EQ(run("closes").code, 1);
}

TEST_F(Scripts, FiftyAtOnceKeepToTheLimit) {
  // Each counts how many run beside it.
  folder_.write("count", "touch $1/run.$$; ls $1/run.* | wc -l; sleep 0.05; rm $1/run.$$");
  runner(4);
  std::vector<std::uint64_t> ids;
  ids.reserve(50);
  for (int i = 0; i < 50; ++i) ids.push_back(start("count", {folder_.path()}));
  int most = 0;
  for (const auto id : ids) {
    const auto ending = wait_for(id);
    EXPECT_EQ(ending.how, How::exited);
    most = std::max(most, std::atoi(ending.output.c_str()));
  }
  EXPECT_GT(most, 1);
  EXPECT_LE(most, 4);
}

TEST_F(Scripts, AKilledSpawnerLosesWhatRunsAndIsReplaced) {
  folder_.write("slow", "sleep 1000 & echo $! > $1; wait");
  folder_.write("quick", "echo ok");
  const std::string file = folder_.path("pid");
  runner(1);
  const auto running = start("slow", {file}, 60s);
  const auto waiting = start("quick");
  ASSERT_TRUE(eventually(20s, [&] { return !read_file(file).empty() && started_ == 1; }));
  const int before = runner().spawner();
  kill(before, SIGKILL);
  const auto lost = wait_for(running);
  EXPECT_EQ(lost.how, How::lost);
  EXPECT_FALSE(lost.problem.empty());
  const auto ending = wait_for(waiting);
  EXPECT_EQ(ending.how, How::exited) << "what waited runs with the next one";
  EXPECT_NE(runner().spawner(), before);
  std::istringstream pid(read_file(file));
  std::string grandchild;
  pid >> grandchild;
  EXPECT_TRUE(eventually(20s, [&] { return has_ended(grandchild); }));
}

TEST_F(Scripts, AMissingSpawnerIsSaid) {
  Runner none({folder_.path(), "", 0, "/nonexistent/monitron-spawner"});
  runner_.reset();
  std::mutex mutex;
  std::string problem;
  none.start(Order{0, 1s, "a", {}, {}}, {[] {},
                                         [&](const Ending& ending) {
                                           const std::lock_guard lock(mutex);
                                           problem = ending.problem;
                                         }});
  EXPECT_TRUE(eventually(20s, [&] {
    const std::lock_guard lock(mutex);
    return problem.find("No such file") != std::string::npos;
  }));
}

TEST_F(Scripts, AnAbandonedScriptEndsUnheard) {
  folder_.write("slow", "echo $$ > $1; sleep 1000");
  const std::string file = folder_.path("pid");
  runner(1);
  const auto running = start("slow", {file}, 60s);
  const auto waiting = start("slow", {file}, 60s);
  ASSERT_TRUE(eventually(20s, [&] { return !read_file(file).empty(); }));
  runner().abandon(waiting);
  runner().abandon(running);
  std::istringstream pid(read_file(file));
  std::string number;
  pid >> number;
  EXPECT_TRUE(eventually(20s, [&] { return has_ended(number); }));
  folder_.write("quick", "exit 0");
  EXPECT_EQ(run("quick").how, How::exited) << "its place is free again";
  EXPECT_EQ(ended(), 1U);
}

TEST_F(Scripts, TheEndOfTheRunnerEndsScripts) {
  folder_.write("slow", "setsid sleep 1000 & echo $! > $1; wait");
  const std::string file = folder_.path("pid");
  start("slow", {file}, 60s);
  ASSERT_TRUE(eventually(20s, [&] { return !read_file(file).empty(); }));
  const int spawner = runner().spawner();
  runner_.reset();
  EXPECT_TRUE(has_ended(std::to_string(spawner)));
  std::istringstream pid(read_file(file));
  std::string number;
  pid >> number;
  EXPECT_TRUE(eventually(20s, [&] { return has_ended(number); }));
}

TEST_F(Scripts, WhatCannotBeOrderedHarmsNoOther) {
  folder_.write("quick", "exit 0");
  EXPECT_EQ(run("quick", {std::string(100'000, 'x')}).how, How::refused);
  EXPECT_EQ(run("quick", {std::string("a\0b", 3)}).how, How::refused);
  EXPECT_EQ(run("quick").how, How::exited);
}

TEST_F(Scripts, SettingsAreCheckedAtTheStart) {
  EXPECT_TRUE(check({}));
  EXPECT_TRUE(check({folder_.path(), "", 0, ""}));
  EXPECT_FALSE(check({"scripts", "", 0, ""})) << "not absolute";
  EXPECT_FALSE(check({folder_.path("absent"), "", 0, ""}));
  EXPECT_FALSE(check({folder_.path(), "no such user", 0, ""}));
  chmod(folder_.path().c_str(), 0777);
  EXPECT_FALSE(check({folder_.path(), "", 0, ""})) << "everybody may write it";
}

TEST_F(Scripts, RootRunsThemAsAnotherUser) {
  if (geteuid() != 0) {
    EXPECT_EQ(check({folder_.path(), "nobody", 0, ""}).error().fault, Fault::denied);
    GTEST_SKIP() << "needs root";
  }
  folder_.write("who", "id -un; id -Gn");
  runner_ = std::make_unique<Runner>(RunnerConfig{folder_.path(), "nobody", 0, kSpawner});
  EXPECT_EQ(run("who").output, "nobody\nnogroup\n");
}

}  // namespace monitron::script
