#pragma once
// An Alertmanager of one's own.

#include "testkit/tool_server.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace monitron::testkit {

class AlertmanagerServer {
 public:
  static constexpr const char* kTellsNobody =
      "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n";
  static constexpr const char* kWebhookToken = "shown by the webhook";  // the file webhook_token
  // Tells one webhook of each alert by itself, soon.
  static std::string telling(const std::string& url, const std::string& group_wait = "0s",
                             const std::string& group_interval = "1s");

  // With its settings (YAML); `cluster`: shares silences and notifications with this one.
  explicit AlertmanagerServer(const std::string& settings = kTellsNobody,
                              const AlertmanagerServer* cluster = nullptr, bool clustered = false);

  std::string url() const;
  // The active ones with this label.
  std::vector<nlohmann::json> alerts(const std::string& label, const std::string& value) const;
  // What GET says, null when nothing comes.
  nlohmann::json get(const std::string& path) const;
  void kill() { server_.kill(); }            // SIGKILL
  void terminate() { server_.terminate(); }  // SIGTERM: it keeps what it knows
  void start() { server_.start(); }

 private:
  int cluster_port() const { return server_.port(1); }

  ToolServer server_;
};

}  // namespace monitron::testkit
