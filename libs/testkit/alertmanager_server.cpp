#include "testkit/alertmanager_server.hpp"

#include "http/client.hpp"

#include <filesystem>
#include <fstream>

namespace monitron::testkit {

AlertmanagerServer::AlertmanagerServer() : server_("alertmanager", 1) {
  const auto settings = server_.directory() + "/settings.yml";
  std::ofstream(settings) << "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n";
  std::filesystem::permissions(settings, std::filesystem::perms(0644));
  server_.prepare({std::to_string(server_.port()), settings});
  server_.start();
}

std::string AlertmanagerServer::url() const {
  return "http://127.0.0.1:" + std::to_string(server_.port());
}

std::vector<nlohmann::json> AlertmanagerServer::alerts(const std::string& label,
                                                       const std::string& value) const {
  http::ClientRequest request;
  request.url = url() + "/api/v2/alerts";
  const auto answer = http::fetch(request);
  std::vector<nlohmann::json> found;
  if (!answer || answer->status != 200) return found;
  for (const auto& alert : nlohmann::json::parse(answer->body)) {
    if (alert["labels"].value(label, "") == value) found.push_back(alert);
  }
  return found;
}

}  // namespace monitron::testkit
