#pragma once
// GraphQL asked over HTTP as clients do.

#include "incident_scene.hpp"

namespace monitron::api {

class GraphqlTest : public IncidentTest {
 protected:
  Answer post(const std::string& token, const std::string& query, const Json& variables = nullptr,
              HeaderList headers = {}) {
    return api().ask(http::Method::post, "/api/v1/graphql", token,
                     {{"query", query}, {"variables", variables}}, std::move(headers));
  }
  // The data of an answer without errors.
  Json data(const std::string& query, const Json& variables = nullptr) {
    const auto answer = post(api().admin(), query, variables);
    EXPECT_EQ(answer.status, 200) << answer.text;
    EXPECT_FALSE(answer.json.contains("errors")) << answer.text;
    return answer.json.value("data", Json());
  }
  // The code of the only error, which is at `path`.
  std::string refused(const std::string& token, const std::string& query, const Json& path,
                      const Json& variables = nullptr) {
    const auto answer = post(token, query, variables);
    const auto errors = answer.json.value("errors", Json::array());
    EXPECT_EQ(errors.size(), 1) << answer.text;
    if (errors.size() != 1) return "";
    EXPECT_EQ(errors[0].value("path", Json()), path) << answer.text;
    EXPECT_TRUE(errors[0].contains("locations")) << answer.text;
    return errors[0]["extensions"].value("code", "");
  }

  std::string make_instance(const std::string& hostname) {
    const auto made = api().post("/api/v1/instances", api().admin(), {{"hostname", hostname}});
    EXPECT_EQ(made.status, 201) << made.text;
    return made.json.value("id", "");
  }
  std::string make_check(const std::string& name, const Json& instance = nullptr) {
    const auto made = api().post("/api/v1/checks", api().admin(),
                                 {{"kind", "tcp"},
                                  {"name", name},
                                  {"target", "127.0.0.1:9"},
                                  {"instance_id", instance},
                                  {"timeout_seconds", 1}});
    EXPECT_EQ(made.status, 201) << made.text;
    return made.json.value("id", "");
  }
};

}  // namespace monitron::api
