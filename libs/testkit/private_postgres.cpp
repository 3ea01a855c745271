#include "testkit/private_postgres.hpp"

namespace monitron::testkit {

PrivatePostgres::PrivatePostgres() : server_("postgres", 1) {
  server_.prepare({std::to_string(server_.port())});
  server_.start();
}

std::string PrivatePostgres::url() const {
  auto password = read_file(server_.directory() + "/password");
  while (password.ends_with('\n')) password.pop_back();
  return "postgres://postgres:" + password + "@127.0.0.1:" + std::to_string(server_.port()) +
         "/postgres";
}

}  // namespace monitron::testkit
