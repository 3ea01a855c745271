#pragma once
// The real servers of a test run: the ctest fixture "servers" starts one PostgreSQL and one
// RabbitMQ (tools/servers/test-servers) and names their addresses in the file MONITRON_TEST_SERVERS
// points to.

#include <optional>
#include <string>

namespace monitron::testkit {

struct ServerAddresses {
  std::string database_url;         // superuser, database postgres
  std::string rabbitmq_url;         // amqp://user:password@127.0.0.1:port
  std::string rabbitmq_management;  // http://user:password@127.0.0.1:port
};

// Nothing when no fixture runs. Call through MONITRON_REQUIRE_SERVERS.
const std::optional<ServerAddresses>& server_addresses();

// True where a missing server must fail the test instead of skipping it (CI).
bool servers_are_required();

}  // namespace monitron::testkit

// In SetUp or at the head of a test.
#define MONITRON_REQUIRE_SERVERS()                                                             \
  do {                                                                                         \
    if (!::monitron::testkit::server_addresses()) {                                            \
      ASSERT_FALSE(::monitron::testkit::servers_are_required()) << "no test servers";          \
      GTEST_SKIP() << "no test servers: run under ctest, or tools/servers/test-servers start"; \
    }                                                                                          \
  } while (false)
