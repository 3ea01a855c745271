#pragma once
// GET /openapi.json and /openapi.yaml: docs/swagger.json, built in.

#include "http/router.hpp"

#include <string_view>

namespace monitron::api {

std::string_view openapi_text();
void add_openapi_routes(http::Router& router);

}  // namespace monitron::api
