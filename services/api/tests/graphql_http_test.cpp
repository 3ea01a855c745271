// GraphQL over HTTP, as https://graphql.github.io/graphql-over-http/draft/ has it.

#include "graphql_scene.hpp"

namespace monitron::api {
namespace {

class GraphqlOverHttp : public GraphqlTest {
 protected:
  Answer send(const std::string& body, const HeaderList& headers) {
    return api().send(http::Method::post, "/api/v1/graphql", api().viewer(), body, headers);
  }
  Answer get(const std::string& query, const HeaderList& headers = {}) {
    return api().send(http::Method::get, "/api/v1/graphql?" + query, api().viewer(), "", headers);
  }
  static inline const std::string kJson = "application/json";
  static inline const std::string kResponse = "application/graphql-response+json";
};

TEST_F(GraphqlOverHttp, TheMediaTypeIsTheOneThatIsAccepted) {
  const std::string body = R"({"query": "{ __typename }"})";
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", kJson},
      {"*/*", kJson},
      {"application/*", kJson},
      {kJson, kJson},
      {"application/json; charset=utf-8", kJson},
      {kResponse, kResponse},
      {"application/json;q=0.5, application/graphql-response+json", kResponse},
      {"application/graphql-response+json; charset=utf-8, application/json; charset=utf-8",
       kResponse},
      {"application/json, application/graphql-response+json;q=0.2", kJson}};
  for (const auto& [accept, type] : table) {
    HeaderList headers = {{"Content-Type", kJson}};
    headers.emplace_back("Accept", accept);
    const auto answer = send(body, headers);
    EXPECT_EQ(answer.status, 200) << accept << answer.text;
    EXPECT_EQ(answer.type, type + "; charset=utf-8") << accept;
    EXPECT_EQ(answer.json["data"]["__typename"], "Query");
  }
  EXPECT_EQ(send(body, {{"Content-Type", kJson}, {"Accept", "text/html"}}).status, 406);
}

TEST_F(GraphqlOverHttp, WhatIsNoRequestIsRefusedInBothMediaTypes) {
  const std::vector<std::pair<std::string, int>> bodies = {
      {"", 400},
      {"{", 400},
      {"[]", 400},
      {R"([{"query": "{ __typename }"}])", 400},  // no batches
      {"{}", 400},
      {R"({"query": 7})", 400},
      {R"({"query": {"a": 1}})", 400},
      {R"({"query": "{ __typename }", "operationName": 7})", 400},
      {R"({"query": "{ __typename }", "variables": "{}"})", 400},
      {R"({"query": "{ __typename }", "variables": []})", 400},
      {R"({"query": "{ __typename }", "extensions": 0})", 400},
      {R"({"query": "{ __typename }", "query": "{ me { id } }"})", 400},
      {R"({"query": "{ __typename }", "variables": null, "operationName": null})", 200},
      {R"({"query": "{ __typename }", "variables": {}, "extensions": {"a": 1}})", 200}};
  for (const auto& accept : {kJson, kResponse}) {
    for (const auto& [body, status] : bodies) {
      const auto answer = send(body, {{"Content-Type", kJson}, {"Accept", accept}});
      EXPECT_EQ(answer.status, status) << body << answer.text;
      EXPECT_EQ(answer.json.contains("errors"), status != 200) << answer.text;
    }
  }
}

TEST_F(GraphqlOverHttp, BodiesAreJsonInUtf8) {
  const std::string body = R"({"query": "{ __typename }"})";
  for (const auto* type : {"text/plain", "application/graphql", "application/jsonp",
                           "application/json; charset=iso-8859-1"}) {
    EXPECT_EQ(send(body, {{"Content-Type", type}}).status, 415) << type;
  }
  EXPECT_EQ(send(body, {{"Content-Type", "application/json; charset=utf-8"}}).status, 200);
  EXPECT_EQ(send("{\"query\": \"{ \xff }\"}", {{"Content-Type", kJson}}).status, 400);
}

TEST_F(GraphqlOverHttp, WhatIsNoValidOperationIs400OrAnErrorIn200) {
  for (const auto* query : {"{", "{ nothing }", "query ($x: Int!) { __typename }",
                            "query A { __typename } query B { __typename }"}) {
    const auto body = Json{{"query", query}}.dump();
    const auto json = send(body, {{"Content-Type", kJson}, {"Accept", kJson}});
    EXPECT_EQ(json.status, 200) << query;
    EXPECT_FALSE(json.json.contains("data"));
    const auto response = send(body, {{"Content-Type", kJson}, {"Accept", kResponse}});
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_EQ(response.json["errors"], json.json["errors"]);
  }
}

TEST_F(GraphqlOverHttp, QueriesMayComeByGetAndNothingElse) {
  const auto answer =
      get("query=query%20A(%24i%3ABoolean!)%7B__typename%20%40include(if%3A%24i)%7D"
          "&operationName=A&variables=%7B%22i%22%3Atrue%7D&extensions=%7B%7D");
  EXPECT_EQ(answer.json["data"]["__typename"], "Query") << answer.text;
  EXPECT_EQ(get("query=%7B__typename%7D&variables=%7B").status, 400);
  EXPECT_EQ(get("").status, 400);
  for (const auto& accept : {kJson, kResponse}) {
    const auto refused = get("query=mutation%7B__typename%7D", {{"Accept", accept}});
    EXPECT_EQ(refused.status, 405) << refused.text;
    EXPECT_EQ(refused.header("allow"), "POST");
  }
  EXPECT_EQ(api().ask(http::Method::put, "/api/v1/graphql", api().viewer(), Json::object()).status,
            405);
}

}  // namespace
}  // namespace monitron::api
