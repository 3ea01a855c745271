#include "api/openapi.hpp"

namespace monitron::api {

void add_openapi_routes(http::Router& router) {
  const auto serve = [](const char* type) {
    return [type](const http::Request&) {
      return http::Response{.status = 200,
                            .content_type = type,
                            .body = std::string(openapi_text()),
                            .headers = {{"Cache-Control", "public, max-age=300"}}};
    };
  };
  using http::Method;
  router.add(Method::get, "/api/v1/openapi.json", http::open_to_all(), serve("application/json"));
  // JSON is YAML.
  router.add(Method::get, "/api/v1/openapi.yaml", http::open_to_all(), serve("application/yaml"));
}

}  // namespace monitron::api
