#pragma once
// An Alertmanager that tells nobody.

#include "testkit/tool_server.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace monitron::testkit {

class AlertmanagerServer {
 public:
  AlertmanagerServer();

  std::string url() const;
  // The active ones with this label.
  std::vector<nlohmann::json> alerts(const std::string& label, const std::string& value) const;
  void kill() { server_.kill(); }  // SIGKILL
  void start() { server_.start(); }

 private:
  ToolServer server_;
};

}  // namespace monitron::testkit
