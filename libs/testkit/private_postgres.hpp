#pragma once
// A PostgreSQL of one's own, for tests that kill it.

#include "testkit/tool_server.hpp"

#include <string>

namespace monitron::testkit {

class PrivatePostgres {
 public:
  PrivatePostgres();
  std::string url() const;           // stays the same over restarts
  void kill() { server_.kill(); }    // SIGKILL
  void start() { server_.start(); }  // again, on the same data

 private:
  ToolServer server_;
};

}  // namespace monitron::testkit
