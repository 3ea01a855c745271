// What every route does alike: conditional reads, selected members, limits, other pages, older
// paths.

#include "api/openapi.hpp"
#include "base/text.hpp"
#include "suite.hpp"

namespace monitron::api {
namespace {

using http::Method;

class Conventions : public ApiTest {
 protected:
  std::string make_instance() {
    const auto made = api().post("/api/v1/instances", api().admin(),
                                 {{"hostname", Uuid::make().str() + ".example.org"}});
    EXPECT_EQ(made.status, 201) << made.text;
    return made.header("location");
  }
  Answer get(const std::string& path, const HeaderList& headers = {}) {
    return api().ask(Method::get, path, api().admin(), nullptr, headers);
  }
};

TEST_F(Conventions, WhoHasItAlreadyGetsNotModified) {
  const auto path = make_instance();
  for (const auto& one : {path, std::string("/api/v1/instances?limit=1"),
                          std::string("/api/v1/rules"), std::string("/api/v1/openapi.json")}) {
    const auto tag = get(one).header("etag");
    ASSERT_FALSE(tag.empty()) << one;
    for (const auto& known : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
      const auto again = get(one, {{"If-None-Match", known}});
      EXPECT_EQ(again.status, 304) << one << " " << known;
      EXPECT_EQ(again.text, "");
      EXPECT_EQ(again.header("etag"), tag);
    }
    EXPECT_EQ(get(one, {{"If-None-Match", "\"v1\""}}).status, 200) << one;
  }
  const auto tag = get(path).header("etag");
  EXPECT_EQ(
      api().ask(Method::patch, path, api().admin(), {{"os", "x"}}, {{"If-Match", tag}}).status,
      200);
  EXPECT_EQ(get(path, {{"If-None-Match", tag}}).status, 200) << "it has changed";
  EXPECT_EQ(
      api().ask(Method::patch, path, api().admin(), {{"os", "y"}}, {{"If-Match", tag}}).status,
      412);
}

// On both servers.
TEST_F(Conventions, QueriesAreConditionalToo) {
  const auto ask = [&](const HeaderList& headers) {
    http::ClientRequest request{
        .url =
            "http://127.0.0.1:" + std::to_string(api().query_server->port()) + "/api/v1/metadata"};
    request.headers = headers;
    request.headers.emplace_back("Authorization", "Bearer " + api().admin());
    return http::fetch(request).value();
  };
  const auto first = ask({});
  ASSERT_EQ(first.status, 200);
  const auto tag = std::find_if(first.headers.begin(), first.headers.end(),
                                [](const auto& header) { return header.first == "etag"; });
  ASSERT_NE(tag, first.headers.end());
  const auto again = ask({{"If-None-Match", tag->second}});
  EXPECT_EQ(again.status, 304);
  EXPECT_EQ(again.body, "");
}

TEST_F(Conventions, FieldsSelectMembers) {
  const auto path = make_instance();
  const auto one = get(path + "?fields=hostname,nothing");
  EXPECT_EQ(one.status, 200) << one.text;
  EXPECT_EQ(one.json.size(), 2U) << one.text;
  EXPECT_TRUE(one.json.contains("id") && one.json.contains("hostname")) << one.text;
  const auto page = get("/api/v1/instances?limit=1&fields=name");
  EXPECT_TRUE(page.json.contains("next_cursor"));
  EXPECT_EQ(page.json["items"][0].size(), 2U) << page.text;
  EXPECT_EQ(fields_of(get(path + "?fields=")), Names{"fields"});
  EXPECT_EQ(fields_of(get(path + "?fields=name&other=1")), Names{"other"});
  const auto missing = "/api/v1/instances/" + Uuid::make().str() + "?fields=name";
  EXPECT_EQ(get(missing).json["status"], 404);
}

// A path of the pattern that names nothing there is.
std::string path_of(std::string pattern) {
  while (pattern.find("/:") != std::string::npos) {
    const auto start = pattern.find("/:") + 1;
    pattern.replace(start, std::min(pattern.find('/', start), pattern.size()) - start,
                    Uuid::make().str());
  }
  return pattern;
}

TEST_F(Conventions, EveryPathSaysWhatItTakes) {
  for (const auto& route : api().router->routes()) {
    const auto path = path_of(route.pattern);
    const auto options = api().ask(Method::options, path);
    EXPECT_EQ(options.status, 204) << path;
    EXPECT_NE(options.header("allow").find(http::to_string(route.method)), std::string::npos)
        << path << " " << options.header("allow");
  }
}

// Before anybody is asked who he is.
TEST_F(Conventions, EveryPathRefusesOtherMethodsAndNamesItsOwn) {
  std::set<std::string> patterns;
  for (const auto& route : api().router->routes()) patterns.insert(route.pattern);
  for (const auto& pattern : patterns) {
    const auto path = path_of(pattern);
    const auto allow = api().ask(Method::options, path).header("allow");
    const auto allowed = split_list(allow);
    for (const auto method :
         {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::delete_}) {
      const auto name = http::to_string(method);
      if (std::find(allowed.begin(), allowed.end(), name) != allowed.end()) continue;
      const auto refused = api().ask(method, path);
      EXPECT_EQ(refused.status, 405) << name << " " << path;
      EXPECT_EQ(refused.header("allow"), allow) << name << " " << path;
    }
  }
}

// HEAD answers as GET does, and without a body.
TEST_F(Conventions, EveryPathThatIsReadAnswersToHead) {
  int seen = 0;
  for (const auto& route : api().router->routes()) {
    const bool named = route.pattern.find("/:") != std::string::npos;
    if (route.method != Method::get || named) continue;
    const auto got = get(route.pattern);
    const auto head = api().ask(Method::head, route.pattern, api().admin());
    EXPECT_EQ(head.status, got.status) << route.pattern;
    EXPECT_EQ(head.type, got.type) << route.pattern;
    EXPECT_EQ(head.text, "") << route.pattern;
    ++seen;
  }
  EXPECT_GT(seen, 30);
}

TEST_F(Conventions, TheOlderFormNamesItsSuccessor) {
  const auto answer = get("/api/v1/servers");
  EXPECT_EQ(answer.header("deprecation"), "@1795305600");
  EXPECT_EQ(answer.header("link"), "</api/v1/instances>; rel=\"successor-version\"");
  const auto none = get("/api/v1/servers/" + Uuid::make().str());
  EXPECT_EQ(none.status, 404);
  EXPECT_EQ(none.header("link"), "</api/v1/instances/{id}>; rel=\"successor-version\"");
  EXPECT_EQ(get("/api/v1/instances").header("deprecation"), "");
}

// The same routes with a limit and other pages allowed, as settings make them.
class Guarded : public Conventions {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    if (IsSkipped()) return;
    router_.emplace(api().workers,
                    [this](const http::Request& request) { return (*api().access)(request); });
    add_routes(*router_, *api().context);
    router_->allow_origins({"https://status.example.org"});
    router_->limit(&rate_);
    server_.emplace(http::ServerConfig{}, [this](auto request, auto responder) {
      router_->serve(std::move(request), std::move(responder));
    });
    ASSERT_TRUE(server_->start());
  }
  Answer ask(Method method, const std::string& path, HeaderList headers) {
    http::ClientRequest request{
        .method = method, .url = "http://127.0.0.1:" + std::to_string(server_->port()) + path};
    request.headers = std::move(headers);
    const auto answer = http::fetch(request).value();
    return {answer.status, answer.content_type, answer.body,
            Json::parse(answer.body, nullptr, false), answer.headers};
  }

  http::RateLimit rate_{system_clock(), 5};
  std::optional<http::Router> router_;
  std::optional<http::Server> server_;
};

// S21: exactly those pages, and never with cookies.
// S-21.
TEST_F(Guarded, OnlyPagesOfAllowedOriginsReadAnswers) {
  const HeaderList preflight = {{"Origin", "https://status.example.org"},
                                {"Access-Control-Request-Method", "PATCH"},
                                {"Access-Control-Request-Headers", "authorization, if-match"}};
  const auto asked = ask(Method::options, "/api/v1/instances/" + Uuid::make().str(), preflight);
  EXPECT_EQ(asked.status, 204);
  EXPECT_EQ(asked.header("access-control-allow-origin"), "https://status.example.org");
  EXPECT_NE(asked.header("access-control-allow-methods").find("PATCH"), std::string::npos);
  EXPECT_NE(asked.header("access-control-allow-headers").find("If-Match"), std::string::npos);
  EXPECT_EQ(asked.header("vary"), "Origin");
  const auto read = ask(Method::get, "/api/v1/me", {{"Origin", "https://status.example.org"}});
  EXPECT_EQ(read.status, 401) << "a refusal is readable, too";
  EXPECT_EQ(read.header("access-control-allow-origin"), "https://status.example.org");
  EXPECT_EQ(read.header("access-control-allow-credentials"), "");
  for (const auto* other : {"https://status.example.org.evil.example", "http://status.example.org",
                            "null", "*", "https://status.example.org:444"}) {
    auto headers = preflight;
    headers[0].second = other;
    const auto refused = ask(Method::options, "/api/v1/instances", headers);
    EXPECT_EQ(refused.header("access-control-allow-origin"), "") << other;
    EXPECT_EQ(refused.header("vary"), "Origin");
  }
  const auto off = api().ask(Method::options, "/api/v1/instances", "", nullptr, preflight);
  EXPECT_EQ(off.header("access-control-allow-origin"), "") << "off unless it is set";
}

// S21: what would allow more than an exact origin is refused at the start.
TEST(ApiConfig, OriginsAreExact) {
  const auto config = [](const std::string& origins) {
    return config_of(*service::Settings::from("api", {{"JWT_SECRET", std::string(32, 'j')},
                                                      {"ENCRYPTION_KEY", std::string(32, 'e')},
                                                      {"MONITRON_API_ALLOWED_ORIGINS", origins}}));
  };
  EXPECT_EQ(config("https://A.example:8443, http://b.example")->allowed_origins,
            (std::vector<std::string>{"https://a.example:8443", "http://b.example"}));
  EXPECT_TRUE(config("")->allowed_origins.empty());
  for (const auto* wrong : {"*", "null", "a.example", "https://", "https://*.example",
                            "https://a.example/", "https://u@a.example"}) {
    EXPECT_FALSE(config(wrong)) << wrong;
  }
}

// S22: who asks too much is told when to come back; others are not concerned.
// S-22.
TEST_F(Guarded, EachCallerHasALimit) {
  const auto bearer = [](const std::string& token) {
    return HeaderList{{"Authorization", "Bearer " + token}};
  };
  const auto first = ask(Method::get, "/api/v1/me", bearer(api().admin()));
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.header("ratelimit-policy"), "\"requests\";q=5;w=60");
  EXPECT_EQ(first.header("ratelimit"), "\"requests\";r=4;t=12");
  for (int i = 0; i < 4; ++i) ask(Method::get, "/api/v1/me", bearer(api().admin()));
  const auto refused = ask(Method::get, "/api/v1/me", bearer(api().admin()));
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.type, "application/problem+json");
  const auto wait = parse_number<int>(refused.header("retry-after"));
  ASSERT_TRUE(wait);
  EXPECT_GE(*wait, 1);
  EXPECT_LE(*wait, 12);
  EXPECT_EQ(ask(Method::get, "/api/v1/me", bearer(api().viewer())).status, 200);
}

// S-17, S-22: guessing tokens is limited by address.
TEST_F(Guarded, WhoIsNobodyIsLimitedByAddress) {
  const HeaderList wrong = {{"Authorization", "Bearer mtr_nonsense"},
                            {"X-Forwarded-For", "192.0.2.1"}};
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(Method::get, "/api/v1/me", wrong).status, 401);
  EXPECT_EQ(ask(Method::get, "/api/v1/me", wrong).status, 429);
  const HeaderList another = {{"Authorization", "Bearer mtr_nonsense"},
                              {"X-Forwarded-For", "192.0.2.2"}};
  EXPECT_EQ(ask(Method::get, "/api/v1/me", another).status, 401);
}

class OtherSites : public Conventions {};

// S-21: what a form or a script of another site can send without being asked for leave.
TEST_F(OtherSites, DoNothingInTheNameOfOthers) {
  const Json right = {{"email", kAdminEmail}, {"password", kAdminPassword}};
  const Json instance = {{"hostname", Uuid::make().str() + ".example.org"}};
  for (const auto* type : {"text/plain", "application/x-www-form-urlencoded",
                           "multipart/form-data; boundary=x", "text/plain; application/json"}) {
    const HeaderList simple = {{"Content-Type", type}, {"Origin", "null"}};
    const auto in = api().send(Method::post, "/api/v1/auth/login", "", right.dump(), simple);
    EXPECT_EQ(in.status, 415) << type << in.text;
    const auto made =
        api().send(Method::post, "/api/v1/instances", api().admin(), instance.dump(), simple);
    EXPECT_EQ(made.status, 415) << type << made.text;
  }
  const auto token = api().admin();
  for (const auto* name : {"access_token", "token", "session", "Authorization"}) {
    const HeaderList cookie = {{"Cookie", std::string(name) + "=" + token}};
    EXPECT_EQ(api().ask(Method::get, "/api/v1/me", "", nullptr, cookie).status, 401) << name;
    EXPECT_EQ(api().get("/api/v1/me?" + std::string(name) + "=" + token, "").status, 401) << name;
  }
}

// Each described address that is read, with the name of each parameter of its query.
std::vector<std::string> described_queries() {
  const auto described = Json::parse(openapi_text());
  std::vector<std::string> found;
  for (const auto& [path, operations] : described["paths"].items()) {
    const bool other = path.find("/stream") != std::string::npos ||
                       path.find("/oidc/") != std::string::npos ||
                       path.find('{') != std::string::npos;
    if (other || !operations.contains("get")) continue;
    for (const auto& one : operations["get"].value("parameters", Json::array())) {
      const auto& parameter =
          one.contains("$ref")
              ? described.at(Json::json_pointer(one["$ref"].get<std::string>().substr(1)))
              : one;
      if (parameter["in"] == "query") {
        found.push_back(path + "?" + parameter["name"].get<std::string>() + "=");
      }
    }
  }
  return found;
}

// S-24: what would end or widen a statement is a value like any other, or is refused.
TEST_F(Conventions, NoTextOfAQueryEndsAStatement) {
  const auto queries = described_queries();
  EXPECT_GT(queries.size(), 60U);
  for (const auto& query : queries) {
    for (const auto* evil : {"'", "%27%20OR%201%3D1--", "%5C", "%00", "$1", "%3B%20SELECT%201",
                             "%F0%9F%92%A5", "%25", "1%29%3B--"}) {
      const auto answer = get(query + evil);
      EXPECT_TRUE(answer.status < 500 || answer.status == 503) << query << evil << answer.text;
      EXPECT_EQ(answer.text.find("syntax error at or near"), std::string::npos) << answer.text;
    }
  }
}

}  // namespace
}  // namespace monitron::api
