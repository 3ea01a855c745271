#include "testkit/database.hpp"

#include "base/ids.hpp"
#include "db/pool.hpp"
#include "testkit/servers.hpp"

#include <pqxx/pqxx>

namespace monitron::testkit {

std::string fresh_database() {
  const auto& url = server_addresses()->database_url;
  const std::string name =
      "test_" + Uuid::make().str().substr(19, 4) + Uuid::make().str().substr(24);
  {
    pqxx::connection admin(url);
    pqxx::nontransaction(admin).exec("CREATE DATABASE " + name);
  }
  const auto slash = url.find('/', url.find("//") + 2);
  const auto query = url.find('?', slash);
  return url.substr(0, slash + 1) + name + (query == std::string::npos ? "" : url.substr(query));
}

}  // namespace monitron::testkit
