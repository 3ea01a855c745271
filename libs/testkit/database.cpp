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

void set_strange_defaults(const std::string& url) {
  pqxx::connection connection(url);
  pqxx::nontransaction tx(connection);
  const auto database = tx.exec1("SELECT quote_ident(current_database())")[0].as<std::string>();
  for (const char* setting :
       {"datestyle = 'German, DMY'", "intervalstyle = 'sql_standard'",
        "timezone = 'America/St_Johns'", "bytea_output = 'escape'", "extra_float_digits = -10",
        "client_encoding = 'LATIN1'", "array_nulls = off", "standard_conforming_strings = off",
        "default_transaction_isolation = 'repeatable read'"}) {
    tx.exec("ALTER DATABASE " + database + " SET " + setting);
  }
}

}  // namespace monitron::testkit
