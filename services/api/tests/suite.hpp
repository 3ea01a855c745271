#pragma once
// The REST interface on a database of its own, asked over HTTP as clients do.

#include "api/answer.hpp"
#include "api/app.hpp"
#include "api/graphql/door.hpp"
#include "api/status_board.hpp"
#include "http/client.hpp"
#include "http/loop_server.hpp"
#include "http/server.hpp"
#include "testkit/servers.hpp"

#include <gtest/gtest.h>
#include <set>

namespace monitron::api {

inline constexpr const char* kAdminEmail = "admin@example.org";
inline constexpr const char* kAdminPassword = "correct horse battery";

inline constexpr std::uint64_t kQuerySamples = 1000;  // that a query may read and hold

struct Answer {
  int status = 0;
  std::string type{};
  std::string text{};
  Json json{};
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string header(std::string_view name) const;
};

// The members that a refusal complains about.
using Names = std::set<std::string>;
Names fields_of(const Answer& refusal);

using HeaderList = std::vector<std::pair<std::string, std::string>>;

class Suite {
 public:
  Suite();
  ~Suite() { workers.stop(); }  // what nobody waits for any more still uses the rest
  Suite(const Suite&) = delete;
  Suite& operator=(const Suite&) = delete;
  Answer send(http::Method method, const std::string& path, const std::string& token,
              const std::string& body, const HeaderList& headers);
  Answer ask(http::Method method, const std::string& path, const std::string& token = "",
             const Json& body = nullptr, HeaderList headers = {});
  Answer get(const std::string& path, const std::string& token) {
    return ask(http::Method::get, path, token);
  }
  Answer post(const std::string& path, const std::string& token, const Json& body) {
    return ask(http::Method::post, path, token, body);
  }
  std::string login(const std::string& email, const std::string& password);
  std::string admin();   // token of the first administrator
  std::string viewer();  // token of a registered viewer
  std::string api_token(const std::vector<std::string>& scopes);

  Config config;
  std::unique_ptr<db::Pool> database;
  auth::Jwt jwt{"0123456789abcdef0123456789abcdef"};
  std::unique_ptr<Grants> grants;
  Throttles throttles{system_clock()};
  loop::Workers hashing{"hashing", 2, 32};
  service::Metrics metrics;
  std::unique_ptr<Queries> queries;
  std::unique_ptr<Waits> waits;
  auth::Vault vault{"fedcba9876543210fedcba9876543210"};
  loop::Workers workers{"api", 4, 256};
  std::unique_ptr<Access> access;
  std::unique_ptr<StatusBoard> status;
  std::unique_ptr<Context> context;
  std::unique_ptr<http::Router> router;
  std::unique_ptr<GraphqlDoor> graphql;
  std::unique_ptr<http::Server> server;
  std::unique_ptr<http::LoopServer> query_server;  // the same, and it notices clients that go

 private:
  std::string admin_token_;
  std::string viewer_token_;
};

// As the gateway tells of a client that nobody has seen before: opening accounts is throttled by
// network.
HeaderList from_elsewhere();

// One for the whole test program: what tests make has names of its own.
Suite& suite();

class ApiTest : public ::testing::Test {
 protected:
  void SetUp() override { MONITRON_REQUIRE_SERVERS(); }
  Suite& api() { return suite(); }
};

}  // namespace monitron::api
