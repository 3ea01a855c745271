#include "testkit/alertmanager_server.hpp"

#include "http/client.hpp"

#include <filesystem>
#include <fstream>

namespace monitron::testkit {

std::string AlertmanagerServer::telling(const std::string& url, const std::string& group_wait,
                                        const std::string& group_interval) {
  return "route: {receiver: hook, group_by: ['...'], group_wait: " + group_wait +
         ", group_interval: " + group_interval +
         ", repeat_interval: 4h}\n"
         "receivers: [{name: hook, webhook_configs: [{url: '" +
         url + "', send_resolved: true}]}]\n";
}

AlertmanagerServer::AlertmanagerServer(const std::string& settings,
                                       const AlertmanagerServer* cluster, bool clustered)
    : server_("alertmanager", 2) {
  const auto file = server_.directory() + "/settings.yml";
  std::ofstream(file) << settings;
  std::filesystem::permissions(file, std::filesystem::perms(0644));
  const auto token = server_.directory() + "/token";
  std::ofstream(token) << kWebhookToken;
  server_.prepare({std::to_string(server_.port()), file, token});
  if (clustered || cluster != nullptr) {
    std::ofstream cluster_file(server_.directory() + "/cluster");
    cluster_file << "127.0.0.1:" << cluster_port() << "\n";
    if (cluster != nullptr) cluster_file << "127.0.0.1:" << cluster->cluster_port() << "\n";
  }
  server_.start();
}

std::string AlertmanagerServer::url() const {
  return "http://127.0.0.1:" + std::to_string(server_.port());
}

nlohmann::json AlertmanagerServer::get(const std::string& path) const {
  http::ClientRequest request;
  request.url = url() + path;
  const auto answer = http::fetch(request);
  if (!answer || answer->status != 200) return nullptr;
  return nlohmann::json::parse(answer->body, nullptr, false);
}

std::vector<nlohmann::json> AlertmanagerServer::alerts(const std::string& label,
                                                       const std::string& value) const {
  std::vector<nlohmann::json> found;
  for (const auto& alert : get("/api/v2/alerts")) {
    if (alert["labels"].value(label, "") == value) found.push_back(alert);
  }
  return found;
}

}  // namespace monitron::testkit
