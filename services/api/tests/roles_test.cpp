#include "suite.hpp"

namespace monitron::api {
namespace {

class Roles : public ApiTest {};

struct Someone {
  std::string name;
  std::string token;
  std::set<std::string> permissions;
};

// M-025: every route of the table × everybody: who is let in is what the route declares.
TEST_F(Roles, EveryRouteLetsInWhomItsPermissionSays) {
  const auto enrolment =
      api().post("/api/v1/enrolment-tokens", api().admin(), {{"name", "matrix"}});
  const auto agent =
      api().post("/api/v1/agents/enrol", "",
                 {{"enrolment_token", enrolment.json["token"]}, {"hostname", "matrix-agent"}});
  const std::vector<Someone> everybody = {
      {"anonymous", "", {}},
      {"forged", "eyJhbGciOiJub25lIn0.e30.AA", {}},
      {"viewer", api().viewer(), {"read", "session"}},
      {"admin", api().admin(), {"read", "write", "ingest", "admin", "session"}},
      {"read token", api().api_token({"read"}), {"read"}},
      {"write token", api().api_token({"write"}), {"read", "write"}},
      {"ingest token", api().api_token({"ingest"}), {"ingest"}},
      {"agent", agent.json["token"].get<std::string>(), {"ingest"}}};
  int asked = 0;
  for (const auto& route : api().router->routes()) {
    if (route.access.open) continue;
    std::string path;
    for (const auto& segment : route.segments) {
      path += "/" + (segment.front() == ':' ? Uuid::make().str() : segment);
    }
    for (const auto& someone : everybody) {
      // A body that no route takes: nothing is changed by those who are let in.
      const auto answer = api().send(route.method, path, someone.token, "[]", {});
      const bool inside = answer.status != 401 && answer.status != 403;
      const bool may = someone.permissions.count(route.access.permission) > 0;
      EXPECT_EQ(inside, may) << http::to_string(route.method) << " " << path << " as "
                             << someone.name << ": " << answer.status;
      // 503: what the route needs is not set up here (Alertmanager).
      EXPECT_TRUE(answer.status < 500 || answer.status == 503) << path << " " << answer.text;
      ++asked;
    }
  }
  EXPECT_GT(asked, 300);
}

TEST_F(Roles, OnlyTheseAreOpenToAll) {
  std::set<std::string> open;
  for (const auto& route : api().router->routes()) {
    if (route.access.open) {
      open.insert(std::string(http::to_string(route.method)) + " " + route.pattern);
    }
  }
  const std::set<std::string> expected = {
      "POST /api/v1/auth/register",
      // By a token of its own.
      "POST /api/v1/alertmanager/notifications", "POST /api/v1/auth/login",
      "POST /api/v1/auth/refresh", "POST /api/v1/auth/logout", "POST /api/v1/agents/enrol",
      "GET /health", "GET /readyz", "GET /api/v1/openapi.json", "GET /api/v1/openapi.yaml"};
  EXPECT_EQ(open, expected);
}

}  // namespace
}  // namespace monitron::api
