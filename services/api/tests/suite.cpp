#include "suite.hpp"

#include "api/accounts.hpp"
#include "api/openapi.hpp"
#include "db/migrations.hpp"
#include "testkit/database.hpp"

#include <atomic>
#include <pqxx/pqxx>

namespace monitron::api {
namespace {

std::string database_with_schema() {
  const auto url = testkit::fresh_database();
  EXPECT_TRUE(db::migrate_up(url, db::built_in_migrations()));
  return url;
}

}  // namespace

Names fields_of(const Answer& refusal) {
  Names fields;
  if (!refusal.json.contains("errors")) return fields;
  for (const auto& error : refusal.json["errors"]) fields.insert(error["field"]);
  return fields;
}

std::string Answer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

Suite::Suite() {
  config.bcrypt_cost = 4;
  config.public_url = "https://monitron.example.org";
  config.registration = Registration::open;
  config.encryption_keys = {"fedcba9876543210fedcba9876543210"};
  config.admin_email = kAdminEmail;
  config.admin_password = kAdminPassword;
  config.database_url = database_with_schema();
  database = std::make_unique<db::Pool>(
      db::Config{.url = config.database_url, .application_name = "api_test"});
  promql::Limits limits;
  limits.samples = kQuerySamples;
  queries = std::make_unique<Queries>(
      QuerySettings{.database_url = config.database_url, .jobs = 2, .limits = limits}, metrics);
  waits = std::make_unique<Waits>(*database);
  grants = std::make_unique<Grants>(*database);
  access = std::make_unique<Access>(*database, jwt, *grants, system_clock());
  status = std::make_unique<StatusBoard>(*database, system_clock());
  context =
      std::make_unique<Context>(Context{config, system_clock(), *database, jwt, *grants, throttles,
                                        hashing, *queries, *waits, vault, *status});
  router = std::make_unique<http::Router>(
      workers, [this](const http::Request& request) { return (*access)(request); });
  add_routes(*router, *context);
  graphql = std::make_unique<GraphqlDoor>(*router, openapi_text(),
                                          GraphqlDoor::Settings{.introspection = true});
  const auto serve = [this](http::Request request, http::Responder responder) {
    router->serve(std::move(request), std::move(responder));
  };
  server = std::make_unique<http::Server>(http::ServerConfig{}, serve);
  query_server = std::make_unique<http::LoopServer>(http::ServerConfig{}, serve);
  EXPECT_TRUE(make_first_admin(*context));
  EXPECT_TRUE(grants->refresh());
  EXPECT_TRUE(server->start());
  EXPECT_TRUE(query_server->start());
}

Answer Suite::send(http::Method method, const std::string& path, const std::string& token,
                   const std::string& body, const HeaderList& headers) {
  http::ClientRequest request;
  request.method = method;
  request.url = "http://127.0.0.1:" + std::to_string(server->port()) + path;
  request.body = body;
  request.headers = headers;
  request.max_response_bytes = std::size_t{100} << 20;  // exports of the whole trail
  if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
  const auto answer = http::fetch(request);
  EXPECT_TRUE(answer) << path << ": " << (answer ? "" : answer.error().text);
  if (!answer) return {};
  return {answer->status, answer->content_type, answer->body,
          Json::parse(answer->body, nullptr, false), answer->headers};
}

Answer Suite::ask(http::Method method, const std::string& path, const std::string& token,
                  const Json& body, HeaderList headers) {
  if (!body.is_null()) headers.emplace_back("Content-Type", "application/json");
  return send(method, path, token, body.is_null() ? "" : body.dump(), headers);
}

std::string Suite::login(const std::string& email, const std::string& password) {
  const auto answer = post("/api/v1/auth/login", "", {{"email", email}, {"password", password}});
  EXPECT_EQ(answer.status, 200) << answer.text;
  return answer.json.value("access_token", "");
}

std::string Suite::admin() {
  if (admin_token_.empty()) admin_token_ = login(kAdminEmail, kAdminPassword);
  return admin_token_;
}

std::string Suite::viewer() {
  if (viewer_token_.empty()) {
    const Json account = {{"email", "viewer@example.org"}, {"password", "a long enough phrase"}};
    const auto made =
        ask(http::Method::post, "/api/v1/auth/register", "", account, from_elsewhere());
    EXPECT_EQ(made.status, 201);
    viewer_token_ = login("viewer@example.org", "a long enough phrase");
  }
  return viewer_token_;
}

std::string Suite::api_token(const std::vector<std::string>& scopes) {
  const auto answer = post("/api/v1/tokens", admin(), {{"name", "test"}, {"scopes", scopes}});
  EXPECT_EQ(answer.status, 201) << answer.text;
  return answer.json.value("token", "");
}

HeaderList from_elsewhere() {
  static std::atomic<int> clients = 0;
  const int client = ++clients;
  return {{"X-Forwarded-For",
           "10.9." + std::to_string(client / 250) + "." + std::to_string(client % 250)}};
}

Suite& suite() {
  static Suite* const one = new Suite;  // lives as long as the program
  return *one;
}

}  // namespace monitron::api
