#include "auth/roles.hpp"

#include "suite.hpp"
#include "testkit/eventually.hpp"

namespace monitron::api {
namespace {

class Roles : public ApiTest {
 protected:
  struct Person {
    std::string id;
    std::string token;
  };
  Person with_role(const std::string& role) {
    const auto email = Uuid::make().str() + "@example.org";
    const std::string password = "a long enough phrase";
    const auto made = api().post("/api/v1/users", api().admin(),
                                 {{"email", email}, {"password", password}, {"role", role}});
    EXPECT_EQ(made.status, 201) << made.text;
    EXPECT_TRUE(api().grants->refresh());
    return {made.json["id"], api().login(email, password)};
  }
};

struct Someone {
  std::string name;
  std::string token;
  auth::Permissions permissions;
};

// M-025: every route of the table × everybody: who is let in is what the route declares.
// S-09.
TEST_F(Roles, EveryRouteLetsInWhomItsPermissionSays) {
  const auto enrolment =
      api().post("/api/v1/enrolment-tokens", api().admin(), {{"name", "matrix"}});
  const auto agent =
      api().post("/api/v1/agents/enrol", "",
                 {{"enrolment_token", enrolment.json["token"]}, {"hostname", "matrix-agent"}});
  const std::vector<Someone> everybody = {
      {"anonymous", "", {}},
      {"forged", "eyJhbGciOiJub25lIn0.e30.AA", {}},
      {"viewer", api().viewer(), auth::permissions_of_role("viewer")},
      {"operator", with_role("operator").token, auth::permissions_of_role("operator")},
      {"admin", api().admin(), auth::permissions_of_role("admin")},
      {"read token", api().api_token({"read"}), auth::permissions_of_scopes({"read"})},
      {"write token", api().api_token({"write"}), auth::permissions_of_scopes({"write"})},
      {"ingest token", api().api_token({"ingest"}), auth::permissions_of_scopes({"ingest"})},
      {"token of one", api().api_token({"checks:run"}), {"checks:run"}},
      {"agent", agent.json["token"].get<std::string>(), auth::permissions_of_scopes({"ingest"})}};
  int asked = 0;
  for (const auto& route : api().router->routes()) {
    if (route.access.open) continue;
    EXPECT_TRUE(auth::is_permission(route.access.permission)) << route.access.permission;
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

// M-025: everybody knows what they may: the interface shows nothing else.
TEST_F(Roles, TheOwnAccountSaysWhatItMay) {
  const auto person = with_role("operator");
  const auto own = api().get("/api/v1/me", person.token);
  EXPECT_EQ(own.json["permissions"].get<auth::Permissions>(),
            auth::permissions_of_role("operator"));
}

// S-09.
TEST_F(Roles, ATokenNeverMayMoreThanItsMaker) {
  const auto maker = with_role("admin");
  const auto made = api().post("/api/v1/tokens", maker.token,
                               {{"name", "t"}, {"scopes", {"write", "checks:run", "ingest"}}});
  ASSERT_EQ(made.status, 201) << made.text;
  const auto token = made.json["token"].get<std::string>();
  const auto tries = [&](const std::string& path) { return api().post(path, token, "[]").status; };
  EXPECT_EQ(tries("/api/v1/checks"), 400);
  const auto becomes = [&](const std::string& role) {
    const auto path = "/api/v1/users/" + maker.id;
    EXPECT_EQ(api().ask(http::Method::patch, path, api().admin(), {{"role", role}}).status, 200);
  };
  const auto soon = [&](int status) {
    return testkit::eventually(std::chrono::seconds(10),
                               [&] { return tries("/api/v1/checks") == status; });
  };
  becomes("operator");
  EXPECT_TRUE(soon(403));
  EXPECT_EQ(tries("/api/v1/servers"), 403);
  EXPECT_EQ(tries("/api/v1/checks/" + Uuid::make().str() + "/run"), 404);
  EXPECT_EQ(api().get("/api/v1/checks", token).status, 200);
  becomes("admin");
  EXPECT_TRUE(soon(400));
  const auto path = "/api/v1/users/" + maker.id;
  EXPECT_EQ(api().ask(http::Method::delete_, path, api().admin()).status, 204);
  const auto refused = api().post("/api/v1/tokens", api().admin(),
                                  {{"name", "t"}, {"scopes", {"read", "users:read", "admin"}}});
  EXPECT_EQ(fields_of(refused), (Names{"scopes[1]", "scopes[2]"}));
}

// S-09.
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
      // By a browser, whose cookie says the rest.
      "GET /api/v1/auth/methods", "GET /api/v1/auth/oidc/start", "GET /api/v1/auth/oidc/callback",
      "GET /api/v1/auth/oidc/logout", "POST /api/v1/auth/oidc/session",
      // By what a letter said.
      "POST /api/v1/auth/email/verify", "POST /api/v1/auth/invitations/accept",
      "POST /api/v1/auth/login/verify", "POST /api/v1/auth/password/forgot",
      "POST /api/v1/auth/password/reset", "POST /api/v1/auth/refresh", "POST /api/v1/auth/logout",
      "POST /api/v1/agents/enrol", "GET /health", "GET /readyz", "GET /api/v1/openapi.json",
      "GET /api/v1/openapi.yaml",
      // For the public.
      "GET /api/v1/public/status/:slug", "GET /api/v1/public/status/:slug/badge"};
  EXPECT_EQ(open, expected);
}

}  // namespace
}  // namespace monitron::api
