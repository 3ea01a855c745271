// M-057: over TLS the agent speaks only to a server whose certificate it can trust.

#include "agent/tests/program.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace monitron::agent {
namespace {

using namespace std::chrono_literals;

// Waits until `file` holds `text`.
bool comes(const std::string& file, const std::string& text, std::chrono::seconds limit = 20s) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (read_file(file).find(text) == std::string::npos) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

class TlsDoor {
 public:
  explicit TlsDoor(const std::string& folder) {
    const auto make =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        "-subj /CN=door -addext subjectAltName=IP:127.0.0.1 -keyout " +
        folder + "/key.pem -out " + folder + "/cert.pem 2>" + folder + "/openssl.log";
    EXPECT_EQ(std::system(make.c_str()), 0);
    const std::string script =
        std::string(MONITRON_SOURCE_DIR) + "/services/agent/tests/tls_door.py";
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::execlp("python3", "python3", script.c_str(), folder.c_str(), nullptr);
    ::_exit(127);
  }
  ~TlsDoor() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

 private:
  pid_t pid_;
};

TEST(AgentTls, SpeaksOnlyToAServerItTrusts) {
  StateDir folder;
  TlsDoor door(folder.path());
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (read_file(folder.path() + "/port").empty()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the door did not start";
    std::this_thread::sleep_for(10ms);
  }
  const auto url = "https://127.0.0.1:" + read_file(folder.path() + "/port");
  const std::vector<std::string> flags{"--server",   url,           "--enrolment-token",
                                       "join-me",    "--state-dir", folder.path() + "/agent",
                                       "--interval", "0.1"};
  {
    Program agent(flags, folder.path() + "/untrusting");
    EXPECT_TRUE(comes(folder.path() + "/untrusting", "agent.not_enrolled"));
    EXPECT_EQ(read_file(folder.path() + "/requests"), "") << "the token left the machine";
  }
  auto trusting = flags;
  trusting.insert(trusting.end(), {"--ca-file", folder.path() + "/cert.pem"});
  Program agent(trusting, folder.path() + "/trusting");
  EXPECT_TRUE(comes(folder.path() + "/requests", "/api/v1/telemetry"))
      << read_file(folder.path() + "/trusting");
}

}  // namespace
}  // namespace monitron::agent
