#include "testkit/servers.hpp"

#include "base/text.hpp"

#include <cstdlib>
#include <fstream>
#include <map>

namespace monitron::testkit {
namespace {

std::optional<ServerAddresses> read_addresses() {
  const char* path = std::getenv("MONITRON_TEST_SERVERS");
  std::ifstream file(path == nullptr ? "" : path);
  std::map<std::string, std::string> values;
  for (std::string line; std::getline(file, line);) {
    const auto at = line.find('=');
    if (at != std::string::npos)
      values[line.substr(0, at)] = std::string(trim(line.substr(at + 1)));
  }
  if (values.empty()) return std::nullopt;
  return ServerAddresses{.database_url = values["MONITRON_TEST_DATABASE_URL"],
                         .rabbitmq_url = values["MONITRON_TEST_RABBITMQ_URL"],
                         .rabbitmq_management = values["MONITRON_TEST_RABBITMQ_MANAGEMENT"]};
}

}  // namespace

const std::optional<ServerAddresses>& server_addresses() {
  static const auto addresses = read_addresses();
  return addresses;
}

bool servers_are_required() { return std::getenv("CI") != nullptr; }

}  // namespace monitron::testkit
