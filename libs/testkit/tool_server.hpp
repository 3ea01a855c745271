#pragma once
// A server of one's own, run by its script in tools/servers, on free ports and in a folder that
// goes with it. For tests that need it alone, or kill it.

#include "testkit/program.hpp"
#include "testkit/servers.hpp"

#include <memory>
#include <string>
#include <vector>

namespace monitron::testkit {

// The first of `count` ports in a row that nobody listens on.
int free_ports(int count);

// Why servers written in Java can not be had (tools/servers/jars); empty: they can.
const std::string& missing_java_servers();

class ToolServer {
 public:
  ToolServer(const std::string& tool, int ports);
  ~ToolServer();

  const std::string& directory() const { return directory_; }
  int port(int number = 0) const { return first_port_ + number; }

  void prepare(const std::vector<std::string>& arguments);
  void start();        // until it is ready; throws when it does not come
  void kill();         // SIGKILL; start() again goes on with the same data
  void terminate();    // SIGTERM, until it has ended
  void stand_still();  // SIGSTOP
  void go_on();

 private:
  bool succeeds(const std::string& command) const;

  const std::string tool_;
  std::string directory_;
  int first_port_ = 0;
  std::unique_ptr<Program> process_;
};

}  // namespace monitron::testkit

// In SetUp.
#define MONITRON_REQUIRE_JAVA_SERVERS()                                                      \
  do {                                                                                       \
    const auto& missing = ::monitron::testkit::missing_java_servers();                       \
    ASSERT_TRUE(missing.empty() || !::monitron::testkit::servers_are_required()) << missing; \
    if (!missing.empty()) GTEST_SKIP() << missing;                                           \
  } while (false)
