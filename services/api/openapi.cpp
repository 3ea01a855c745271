#include "api/openapi.hpp"

#include "api/checks.hpp"

namespace monitron::api {

Json check_components(const contracts::CheckTypes& types) {
  Json kinds = {{"type", "string"},
                {"enum", check_kinds(types)},
                {"description",
                 "A built-in kind, or a type that was defined here (GET /api/v1/check-types)."}};
  Json properties = Json::object();
  for (const auto& kind : kinds["enum"]) {
    const auto name = kind.get<std::string>();
    properties[name] = Json::parse(contracts::settings_schema(types, name).dump());
  }
  return {{"CheckKind", std::move(kinds)},
          {"CheckSettings",
           {{"type", "object"},
            {"description", "Only the member of the check's kind."},
            {"properties", std::move(properties)},
            {"additionalProperties", false}}}};
}

void add_openapi_routes(http::Router& router, Context& context) {
  const auto serve = [&context](const char* type) {
    return [&context, type](const http::Request&) {
      Json document = Json::parse(openapi_text());
      auto& schemas = document["components"]["schemas"];
      Json components = check_components(own_types(context));
      for (auto& [name, schema] : components.items()) {
        schemas[name] = std::move(schema);
      }
      return http::Response{.status = 200,
                            .content_type = type,
                            .body = document.dump(1),
                            .headers = {{"Cache-Control", "public, max-age=60"}}};
    };
  };
  using http::Method;
  router.add(Method::get, "/api/v1/openapi.json", http::open_to_all(), serve("application/json"));
  // JSON is YAML.
  router.add(Method::get, "/api/v1/openapi.yaml", http::open_to_all(), serve("application/yaml"));
}

}  // namespace monitron::api
